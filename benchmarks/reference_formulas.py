"""Three reference formulas on the same rows: openfisca-core (float32), DuckDB decimals by hand, and our schemes; one process each.

    python benchmarks/reference_formulas.py --rows 2000000

Percent of a base with a cap; percentage by category with a threshold and a cap; bracket table. Printed are millions of
evaluations a second (best of several runs) and two ratios: ours to openfisca-core's (target at least 1) and our time to that of
the hand-written SQL (target at most 1). openfisca-core is installed, once, into a virtual environment of its own
(``--environment``); the run goes on without it where that cannot be done. Like is compared with like: with the SQL by hand
status and amount, the status as the number that the engine gives and as a word, with openfisca-core the amount alone. Load on the
machine changes the figures: take the ratios of a quiet run.

File to file: the same rows from Parquet to Parquet, inputs, all three amounts and (ours and by hand) statuses; openfisca-core reads
and writes with pyarrow. Seconds in process, imports and rules loaded before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

FORMULAS = ("percent with cap", "percent by category", "bracket table")
SCHEME = """
id = "reference"
title = "参照公式"
[source]
card = "0"
document = "参照"
authority = "参照"
"""
BENEFITS = {
    "percent with cap": """
amount = { percent = "30%", of = "investment" }
limits = [{ at_most = "5000万元", per = "project" }]
""",
    "percent by category": """
when = ["investment >= 500万元"]
amount = { percent = { by = "grade", a = "30%", b = "25%", c = "20%" }, of = "investment" }
limits = [{ at_most = "3000万元", per = "project" }]
""",
    "bracket table": """
amount = { by = "investment", tiers = [
  { below = "5000万元", amount = "0元" },
  { from = "5000万元", below = "1亿元", amount = "500万元" },
  { from = "1亿元", below = "1.5亿元", amount = "800万元" },
  { from = "1.5亿元", amount = "1000万元" } ] }
""",
}
BY_HAND = {
    "percent with cap": "CAST(LEAST(investment * 0.30, 50000000) AS DECIMAL(18,2))",
    "percent by category": "CASE WHEN investment >= 5000000 THEN CAST(LEAST(investment * CASE grade WHEN 'a' THEN 0.30 WHEN 'b' THEN 0.25 "
    "ELSE 0.20 END, 30000000) AS DECIMAL(18,2)) ELSE CAST(0 AS DECIMAL(18,2)) END",
    "bracket table": "CAST(CASE WHEN investment < 50000000 THEN 0 WHEN investment < 100000000 THEN 5000000 "
    "WHEN investment < 150000000 THEN 8000000 ELSE 10000000 END AS DECIMAL(18,2))",
}


STATUS_BY_HAND = {
    "percent with cap": "CASE WHEN investment IS NULL THEN 'incomplete' ELSE 'eligible' END",
    "percent by category": "CASE WHEN investment < 5000000 THEN 'ineligible' WHEN investment IS NULL OR grade IS NULL THEN 'incomplete' "
    "ELSE 'eligible' END",
    "bracket table": "CASE WHEN investment IS NULL THEN 'incomplete' ELSE 'eligible' END",
}


def best(run: Callable[[], object], times: int) -> float:
    """The shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def query_times(expressions: dict[str, list[str]], source: Path, times: int, select: Callable[[str, list[str]], str]) -> dict[str, float]:
    """Seconds for each formula's expressions over the rows in memory, results read to the end."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(f"CREATE TABLE projects AS FROM '{source}'")
    found = {}
    for name, columns in expressions.items():
        query = select(name, columns)
        outputs = "max(c0)" + (", count(c1)" if len(columns) > 1 else "")
        found[name] = best(lambda query=query, outputs=outputs: connection.execute(f"SELECT {outputs} FROM ({query})").fetchall(), times)
    return found


def by_hand(source: Path, times: int, words: bool = True) -> dict[str, float]:
    """Decimal SQL written by hand; ``words``: the status as a word, not as a number."""
    from calc.engines.statuses import CODE

    both = {name: [sql, STATUS_BY_HAND[name]] for name, sql in BY_HAND.items()}
    if not words:
        for status, code in CODE.items():
            both = {name: [sql, said.replace(f"'{status}'", f"{code}::UTINYINT")] for name, (sql, said) in both.items()}
    return query_times(both, source, times, lambda _, columns: f"SELECT {columns[0]} AS c0, {columns[1]} AS c1 FROM projects")


def ours(source: Path, times: int, alone: bool = False, words: bool = True) -> dict[str, float]:
    """The same as schemes, through the column engine; ``alone``: the amount without the status; ``words`` as for ``by_hand``."""
    from calc.engines.columns import ColumnType, compile_scheme, select
    from calc.engines.statuses import CODE
    from calc.facts.load import load_facts
    from calc.language.scheme import load_scheme
    from calc.rates.lpr import load_lpr

    grades = {"a": "甲", "b": "乙", "c": "丙"}
    facts = load_facts({"investment": {"type": "money", "label": "投资"}, "grade": {"type": "enum", "label": "级别", "values": grades}})
    types = {"investment": ColumnType("money", "DECIMAL(15,2)", 15, 2), "grade": ColumnType("enum", "VARCHAR")}
    made = {}
    for name, body in BENEFITS.items():
        head = '[[benefits]]\nid = "b"\nlabel = "支持"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\n'
        [made[name]] = compile_scheme(load_scheme(SCHEME + head + body, facts, "reference.toml"), facts, load_lpr(), types)
    named = " ".join(f"WHEN {code} THEN '{status}'" for status, code in CODE.items())
    texts = {name: [one.amount, *([] if alone else [f"CASE {one.status} {named} END" if words else one.status])] for name, one in made.items()}

    def query(name: str, columns: list[str]) -> str:
        return select("projects", {f"c{n}": sql for n, sql in enumerate(columns)}, made[name].lets)

    return query_times(texts, source, times, query)


def files_by_hand(source: Path, times: int) -> dict[str, float]:
    """Seconds from Parquet to Parquet by SQL written by hand."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    columns = [f'{sql} AS "{name}"' for name, sql in BY_HAND.items()] + [f'{sql} AS "{name} status"' for name, sql in STATUS_BY_HAND.items()]
    query = f"COPY (SELECT *, {', '.join(columns)} FROM '{source}') TO '{source.parent / 'hand.parquet'}'"
    return {"files": best(lambda: connection.execute(query), times)}


def files_ours(source: Path, times: int) -> dict[str, float]:
    """Seconds from Parquet to Parquet by ``batch``, wide, over three schemes."""
    from calc import load_catalog

    folder = source.parent / "schemes"
    folder.mkdir()
    grades = '{ a = "甲", b = "乙", c = "丙" }'
    facts = f'[investment]\ntype = "money"\nlabel = "投资"\n[grade]\ntype = "enum"\nlabel = "级别"\nvalues = {grades}\n'
    (folder / "facts.toml").write_text(facts, "utf-8")
    for number, body in enumerate(BENEFITS.values(), 1):
        head = '[[benefits]]\nid = "b"\nlabel = "支持"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\n'
        (folder / f"r{number}.toml").write_text(SCHEME.replace('"reference"', f'"r{number}"') + head + body, "utf-8")
    catalog = load_catalog(folder)
    return {"files": best(lambda: catalog.batch(source, source.parent / "ours.parquet", shape="wide", engine="columns"), times)}


ENGINES: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "hand": by_hand,
    "ours": ours,
    "hand, numbers": lambda source, times: by_hand(source, times, words=False),
    "ours, numbers": lambda source, times: ours(source, times, words=False),
    "ours, amount": lambda source, times: ours(source, times, alone=True),
    "files, hand": files_by_hand,
    "files, ours": files_ours,
}
OPENFISCA = '''
import json, sys, time
import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.taxscales import SingleAmountTaxScale
from openfisca_core.variables import Variable

Project = build_entity(key="project", plural="projects", label="", is_person=True)

class Grade(Enum):
    a = "a"
    b = "b"
    c = "c"

class investment(Variable):
    value_type, entity, definition_period = float, Project, DateUnit.YEAR

class grade(Variable):
    value_type, possible_values, default_value, entity, definition_period = Enum, Grade, Grade.a, Project, DateUnit.YEAR

class percent_with_cap(Variable):
    value_type, entity, definition_period = float, Project, DateUnit.YEAR
    def formula(project, period, parameters):
        return numpy.minimum(project("investment", period) * 0.3, 5e7)

class percent_by_category(Variable):
    value_type, entity, definition_period = float, Project, DateUnit.YEAR
    def formula(project, period, parameters):
        base, kind = project("investment", period), project("grade", period)
        rate = numpy.select([kind == Grade.a, kind == Grade.b], [0.3, 0.25], 0.2)
        return numpy.where(base >= 5e6, numpy.minimum(base * rate, 3e7), 0)

scale = SingleAmountTaxScale()
for low, amount in ((0, 0), (5e7, 5e6), (1e8, 8e6), (1.5e8, 1e7)):
    scale.add_bracket(low, amount)

class bracket_table(Variable):
    value_type, entity, definition_period = float, Project, DateUnit.YEAR
    def formula(project, period, parameters):
        return scale.calc(project("investment", period))

system = TaxBenefitSystem([Project])
system.add_variables(investment, grade, percent_with_cap, percent_by_category, bracket_table)
rows = numpy.load(sys.argv[1])
times = int(sys.argv[2])
found = {}
for name in ("percent_with_cap", "percent_by_category", "bracket_table"):
    best = 1e9
    for _ in range(times):
        builder = SimulationBuilder()
        simulation = builder.build_default_simulation(system, count=len(rows["investment"]))
        simulation.set_input("investment", "2024", rows["investment"].astype(numpy.float32))
        simulation.set_input("grade", "2024", rows["grade"])
        start = time.perf_counter()
        simulation.calculate(name, "2024")
        best = min(best, time.perf_counter() - start)
    found[name] = best

def files(source, target):
    table = pyarrow.parquet.read_table(source)
    builder = SimulationBuilder()
    simulation = builder.build_default_simulation(system, count=table.num_rows)
    simulation.set_input("investment", "2024", table["investment"].cast("float32").to_numpy())
    grades = pyarrow.compute.index_in(table["grade"], pyarrow.array(["a", "b", "c"]))
    simulation.set_input("grade", "2024", grades.to_numpy().astype(numpy.int16))
    for name in list(found):
        table = table.append_column(name, pyarrow.array(simulation.calculate(name, "2024")))
    pyarrow.parquet.write_table(table, target)

best = 1e9
for _ in range(times):
    start = time.perf_counter()
    files(sys.argv[3], sys.argv[3] + ".openfisca")
    best = min(best, time.perf_counter() - start)
print(json.dumps({**found, "files": best}))
'''


def openfisca(folder: Path, environment: Path, times: int) -> dict[str, float] | None:
    """openfisca-core in an environment of its own; ``None`` where it cannot be installed."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    if subprocess.run([python, "-c", "import openfisca_core, pyarrow"], check=False, capture_output=True).returncode:
        made = subprocess.run([python, "-m", "pip", "install", "-q", "openfisca-core", "pyarrow"], check=False)
        if made.returncode:
            return None
    command = [python, "-c", OPENFISCA, str(folder / "rows.npz"), str(times), str(folder / "rows.parquet")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return None
    return dict(zip((*FORMULAS, "files"), json.loads(done.stdout.splitlines()[-1]).values(), strict=True))


def write_rows(folder: Path, count: int) -> None:
    """The same rows as Parquet and as NumPy arrays."""
    import duckdb
    import numpy

    duckdb.execute("SELECT setseed(0.42)")
    duckdb.execute(
        f"COPY (SELECT CAST(random() * 2e8 AS DECIMAL(15,2)) AS investment, (['a', 'b', 'c'])[1 + CAST(FLOOR(random() * 3) AS INTEGER)] AS grade "
        f"FROM range({count})) TO '{folder}/rows.parquet'"
    )
    found = duckdb.execute(f"SELECT investment::DOUBLE AS investment, grade FROM '{folder}/rows.parquet'").fetchnumpy()
    grades = numpy.searchsorted(numpy.array(["a", "b", "c"]), found["grade"].astype(str))
    numpy.savez(folder / "rows.npz", investment=found["investment"], grade=grades.astype(numpy.int16))


def main() -> int:
    """Runs the three in processes of their own and prints the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=7, help="runs of each formula, of which the best counts")
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "subsidy-openfisca", help="where openfisca-core goes")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.engine:
        print(json.dumps(ENGINES[asked.engine](asked.source, asked.times)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder, asked.rows)
        found: dict[str, dict[str, float] | None] = {"openfisca-core": openfisca(folder, asked.environment, asked.times)}
        for engine in ENGINES:
            command = [sys.executable, __file__, "--engine", engine, "--source", str(folder / "rows.parquet"), "--times", str(asked.times)]
            found[engine] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    files = {"openfisca-core": found["openfisca-core"], "by hand": found.pop("files, hand"), "ours": found.pop("files, ours")}
    print(f"{asked.rows:,} rows; million evaluations a second")
    print(f"{'':22}" + "".join(f"{engine:>16}" for engine in found) + f"{'x openfisca':>14}{'time / hand':>14}{'in numbers':>14}")
    for formula in (*FORMULAS, "all three"):
        names = FORMULAS if formula == "all three" else (formula,)
        seconds = {engine: sum(times[n] for n in names) if times else None for engine, times in found.items()}
        speeds = "".join(f"{asked.rows * len(names) / s / 1e6:16.1f}" if s else f"{'not there':>16}" for s in seconds.values())
        own, amount, hand, other = (seconds[name] for name in ("ours", "ours, amount", "hand", "openfisca-core"))
        numbers = [seconds[f"{name}, numbers"] for name in ("ours", "hand")]
        assert own and amount and hand and numbers[0] and numbers[1]
        print(f"{formula:22}{speeds}" + (f"{other / amount:14.2f}" if other else f"{'':14}") + f"{own / hand:14.2f}{numbers[0] / numbers[1]:14.2f}")
    took = {engine: times["files"] for engine, times in files.items() if times}
    print("file to file, seconds: " + ", ".join(f"{engine} {seconds:.2f}" for engine, seconds in took.items()), end="")
    print("; ours takes " + ", ".join(f"{took['ours'] / seconds:.2f}x {engine}" for engine, seconds in took.items() if engine != "ours"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
