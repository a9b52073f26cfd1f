"""Commands and inputs as nobody should give them, made at random: seeded, so that a case that went wrong is made again.

python tests/hostile.py --cases 2000 --seed 7      # runs them, prints what went wrong
python tests/hostile.py --case 1234 --seed 7       # runs one, prints what it said
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import typer

import calc.catalog
from calc.cli import build
from calc.messages import translations
from tests.command import ROOT, Done, run
from tests.generator import as_given, random_facts

SECONDS = 60  # a run that takes longer has lost its way
CODES = (0, 1, 2, 130)
NEVER = ("Traceback", *(said.partition("{")[0] for said in translations("cli.bug")))
SYSTEM = re.compile(r"No such file|Permission denied|Is a directory|Not a directory|No space left|File name too long|\[Errno|codec can't|invalid literal")
ESCAPE = re.compile(r"\x1b(?!\[[0-9;]*m)|\x07")

TEXTS = [
    "", " ", "-", "--", "=1+1", "@x", "../x", "\udcff\udcfe", "①5000万元", "１２３", "1e999", "-1e-999", "NaN", "inf", "-5", "9" * 400, "0", "1/0", "%",
    "万元", "是", "否", "无", "😀", "\x1b]52;c;aGk=\x07", "\u202e", "a" * 3000, "{}", "[]", "[1]", "null", "true", "'", '"', ";", "、", "2023-02-30",
    "9999-12-31", "0001-01-01", "10000-01-01", "2024-02-29", "1亿元", "85%", "0.5", "1.5", "3年", "12个月", "18个月又3天", "2.5倍", "1000000000000000000元",
    "{x}", "%s", "\\", "x\ny", "\t", "loans", "loans.rate", "loans[1].rate", "*", "~", "$HOME", "中文", "plan", "ΟΣ", "ǅ", "\u200b", "--help",
]  # fmt: skip
CELLS = [one for one in TEXTS if "\udcff" not in one]
SCHEMES = [
    "1.01", "1.02", "1.21", "1.21-equipment-loan-interest@2025", "2.01", "3.01", "4.05", "5.01", "6.01", "g01", "g07", "g20", "1", "g", "9.99",
    "1.01/investment-grant", "plan",
]  # fmt: skip
FACTS = [
    "fixed_asset_investment", "固定资产投资", "introduced_industry", "loans", "loans[1].principal", "loans.start", "occupancy_rate_one_year", "fields",
    "年份", "名称",
]  # fmt: skip
VALUES = [
    "1.2亿元", "18%", "是", "制造业", "2023-03-01", "12", "3年", "集成电路；机器人",
    "[{\"principal\": \"8000万元\", \"rate\": \"3.8%\", \"start\": \"2023-03-01\", \"end\": \"2026-03-01\"}]",
]  # fmt: skip
RANGES = [
    "1000万元..3亿元:500万元", "10%..40%:1%", "2023-01-01..2023-12-31:1个月", "9999-12-01..9999-12-31:1个月", "0..1:0", "3..1:1", "-5..5:1", "甲|乙",
    "0..9999999:1", "1元..2元:-1元", "..", ":", "|||",
]  # fmt: skip
ENCODINGS = [
    "utf-8", "gbk", "utf-16", "utf-16-le", "utf-32", "big5", "cp037", "punycode", "idna", "hex", "rot13", "base64", "unicode_escape", "undefined",
    "utf-7", "x",
]  # fmt: skip
WORDS: dict[str, list[str]] = {  # by what help calls the value
    "DATE": ["2023-10-01", "2026年3月1日", "9999-12-31", "0001-01-01", "10000-01-01"],
    "AMOUNT": ["5000万元", "0", "1亿元", "1e30"],
    "NAME": [*ENCODINGS, "贷款", "Sheet1", "项目"],
    "COLUMN": ["项目编号", "id", "项目名称", "企业", "1"],
    "TEXT": ["厂房", "贷款"],
    "WORD…": ["投资", "loans"],
    "APPLICANT": ["企业", "enterprise"],
    "FIELD": ["robotics", "机器人"],
    "MATTER": ["loan", "贷款"],
    "KIND": ["grant"],
    "NATURE": ["fixed", "ceiling"],
    "STATE": ["in-force"],
    "OUTCOME": ["money"],
    "1…6|g": list("123456g"),
    "DATE 1Y 5Y": ["2026-12-21", "3%", "3.5%"],
}
FILES = {
    "PROJECT": "project",
    "PROJECT…": "project",
    "TABLE": "table",
    "RESULT": "table",
    "FILE": "any",
    "FILE…": "scheme",
    "OLD": "text",
    "NEW": "text",
    "NAME…": "text",
}
OUTPUTS = [
    "out.json", "out.csv", "out.md", "out.html", "out.xlsx", "out.svg", "out.png", "out.parquet", "out.jsonl", "out.toml", "out.ics", "out.pdf", "out.xls",
    "out", "out.txt", "", "-", ".", "no/out.csv", "/dev/null", "/dev/full", "\udcd2\udcbb.csv", "名 称.csv", "o" * 250 + ".csv", "link.csv", "closed/out.csv",
]  # fmt: skip
NOT_RUN = {"watch", "install_completion", "show_completion", "help"}  # without end, or over the user's own files


def commands() -> dict[tuple[str, ...], Any]:
    """Every command by its words."""

    def walk(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, one in group.commands.items():
            if hasattr(one, "commands"):
                yield from walk(one, (*words, name))
            else:
                yield (*words, name), one

    return dict(walk(typer.main.get_command(build()), ()))


# ---------------------------------------------------------------- inputs


@dataclass
class Maker:
    """Writes inputs of one case into ``folder``."""

    rng: random.Random
    folder: Path
    scheme_id: str
    wild: float  # how often something is not as it should be
    labels: bool  # whether facts go by their labels

    def odd(self, value: Any) -> Any:
        """A value, seldom another in its place."""
        rng = self.rng
        if rng.random() > self.wild:
            return value
        return rng.choice([*CELLS, -1, 0, 10**30, 0.1, True, None, [], {}, [[]], [{}], [None], {"a": 1}, 1e300, value])

    def file(self, name: str, content: bytes) -> str:
        """Writes a file, whose bytes are seldom not all there or others; gives its path."""
        rng = self.rng
        if rng.random() < self.wild:
            kind = rng.randrange(6)
            at = rng.randrange(len(content) + 1)
            content = [
                content[:at], content[:at] + rng.randbytes(rng.choice((1, 4, 40))) + content[at:], rng.randbytes(200), b"", b"\xff\xfe" + content,
                content.replace(b"\n", b"\r\n", 1).replace(b"0", b"\0", 1),
            ][kind]  # fmt: skip
        place = os.path.join(self.folder, name)
        with open(os.fsencode(place), "wb") as out:
            out.write(content)
        return place

    def facts(self) -> dict[str, Any]:
        """Facts of a project as a file has them, some of them odd."""
        catalog = shipped()
        found = as_given(random_facts(catalog, self.scheme_id, self.rng))
        found = {id: [{k: self.odd(v) for k, v in row.items()} for row in value] if value and isinstance(value, list) and isinstance(value[0], dict) else value
                 for id, value in found.items()}  # fmt: skip
        labels = self.labels
        return {
            (catalog.facts[id].label if labels else id) if self.rng.random() > self.wild / 3 else self.rng.choice(CELLS): self.odd(v) for id, v in found.items()
        }

    def project(self) -> str:
        """A project file."""
        rng = self.rng
        if rng.random() < 0.2:
            return str(rng.choice(sorted((ROOT / "examples").glob("*.toml"))))
        facts = self.facts()
        document: Any = {"name": self.odd("某项目"), "facts": facts}
        if rng.random() < self.wild / 2:
            document = self.odd(rng.choice([facts, [facts], {"facts": 1}, {**document, "x": 1}, "x", 3]))
        if rng.random() < 0.2:
            return self.table(1)
        name = rng.choice(["p.json", "p.toml", "\udcd2\udcbb.toml", "=p.toml", "p q.toml", "p", "p.txt"])
        if rng.random() < 0.5 or not isinstance(document, dict):
            said = json.dumps(document, ensure_ascii=rng.random() < 0.5)
            if rng.random() < self.wild / 2:
                said = rng.choice(
                    [
                        said.replace('"facts"', '"\\ud800"', 1),
                        "[" * 5000,
                        '{"a":' * 5000,
                        said + said,
                        '{"facts":{"x":NaN,"x":1}}',
                        f'{{"facts":{{"x":{"9" * 5000}}}}}',
                    ]
                )
            return self.file(name if name != "p.toml" else "p.json", said.encode())
        return self.file(name, toml(document).encode("gbk" if rng.random() < 0.1 else "utf-8", "replace"))

    def table(self, count: int | None = None) -> str:
        """A table of projects, in any of the forms."""
        rng = self.rng
        if rng.random() < 0.15:
            return str(rng.choice(sorted((ROOT / "examples").glob("*.csv"))))
        rows = [
            {"项目编号": self.odd(f"P{n}"), **{k: v for k, v in self.facts().items() if not isinstance(v, dict)}}
            for n in range(rng.choice((0, 1, 2, 5)) if count is None else count)
        ]
        columns = list(dict.fromkeys(name for row in rows for name in row)) or ["项目编号"]
        if rng.random() < self.wild / 3:
            columns.append(rng.choice(columns))
        form = rng.choice(["csv", "csv", "tsv", "jsonl", "xlsx", "parquet"])
        cells = [[row.get(name) for name in columns] for row in rows]
        name = f"{rng.choice(['t', '表', 'a b', chr(0xDCD2) + chr(0xDCBB), '-t', '=t'])}.{form}"
        if form in ("csv", "tsv"):
            mark = "," if form == "csv" else "\t"
            flat = [[plain(cell) for cell in row] for row in [columns, *cells]]
            if rng.random() < self.wild:
                flat.insert(0, [rng.choice(["单位：万元", "某表", "#单位", ""])])
            said = "\r\n".join(mark.join(f'"{cell}"' if rng.random() < 0.3 else cell for cell in row) for row in flat)
            return self.file(name, said.encode(rng.choice(["utf-8", "utf-8-sig", "gbk", "utf-16"]), "replace"))
        if form == "jsonl":
            return self.file(name, "\n".join(json.dumps(row, ensure_ascii=rng.random() < 0.5) for row in rows).encode("utf-8", "replace"))
        place = Path(self.folder) / f"made.{form}"
        (self.workbook if form == "xlsx" else self.parquet)(place, columns, cells)
        return self.file(name, place.read_bytes())

    def workbook(self, place: Path, columns: list[str], rows: list[list[Any]]) -> None:
        import xlsxwriter

        with xlsxwriter.Workbook(str(place), {"strings_to_formulas": self.rng.random() < 0.5, "strings_to_urls": False, "nan_inf_to_errors": True}) as book:
            for name in ["项目", *self.rng.sample(["贷款", "说明", "loans"], self.rng.choice((0, 0, 1)))]:
                sheet = book.add_worksheet(name)
                style = book.add_format({"num_format": self.rng.choice(["0.00%", '0.00"%"', "#,##0", "yyyy-mm-dd", '0"万元"', "@", "General"])})
                for at, row in enumerate([columns, *rows]):
                    for column, cell in enumerate(row):
                        plain_cell = cell if isinstance(cell, (int, float, bool)) and abs(cell) < 1e18 else plain(cell)
                        if plain_cell != "":
                            sheet.write(at + self.rng.choice((0,) * 30 + (1, 1000)), column, plain_cell, style)

    def parquet(self, place: Path, columns: list[str], rows: list[list[Any]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = [
            pa.string(), pa.large_string(), pa.float64(), pa.float32(), pa.int8(), pa.uint64(), pa.bool_(), pa.timestamp("us", "UTC"), pa.date32(),
            pa.time64("us"), pa.decimal128(38, 10), pa.binary(), pa.list_(pa.string()), pa.dictionary(pa.int32(), pa.string()), pa.null(), pa.duration("s"),
        ]  # fmt: skip
        arrays = []
        for column in zip(*rows, strict=True) if rows else [()] * len(columns):
            kind = self.rng.choice(kinds) if self.rng.random() < self.wild else pa.string()
            try:
                arrays.append(pa.array([plain(v) for v in column]).cast(kind))
            except (pa.ArrowException, ValueError):
                arrays.append(pa.array([None if v is None else plain(v) for v in column], pa.string()))
        pq.write_table(pa.table(arrays, names=columns), place)

    def schemes(self) -> str:
        """A folder of schemes, some lines of which are others."""
        rng = self.rng
        place = Path(self.folder) / f"schemes{rng.randrange(10**9)}"
        shutil.copytree(ROOT / rng.choice(["tests/other_city", "examples/texts/schemes"]), place)
        kind = rng.randrange(8 if rng.random() < 3 * self.wild else 1) - 1
        if kind == 0:
            (place / "rules.toml").write_text(
                rng.choice(["x = 1", "[[exclusive]]\nid = 3", "exclusive = 1", "[[costs]]\nid = 'a'\nbenefits = 3", "facts = []", "[facts]\nx = 1"])
            )
        elif kind == 1:
            (place / "facts.toml").write_text(
                rng.choice(
                    ["x = 1", "[x]\ntype = 3\nlabel = 4", "[x]\ntype = 'list'\nlabel = 'x'\nfields = 3", "[x]\ntype='enum'\nlabel='x'\nvalues=[1]", "", "[[x]]"]
                )
            )
        elif kind == 2:
            os.mkfifo(place / "pipe.toml")
        elif kind == 3:
            os.symlink(place, place / "loop")
            os.symlink("gone.toml", place / "gone.toml")
        elif kind == 4:
            (place / "folder.toml").mkdir()
        elif kind == 5:
            with open(os.path.join(os.fsencode(place), b"\xd2\xbb.toml"), "wb") as out:
                out.write(b'title = "x"')
        for file in rng.sample(sorted(p for p in place.glob("*.toml") if p.is_file()), rng.choice((0, 0, 1, 2))):
            lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
            at = rng.randrange(len(lines))
            key, sign, value = lines[at].partition("=")
            lines[at] = rng.choice(
                [
                    f"{key}= {self.literal()}",
                    lines[at][: rng.randrange(len(lines[at]) + 1)],
                    f"{key}{sign}{value.swapcase()}",
                    "",
                    lines[at] + "\n" + rng.choice(lines),
                ]
            )
            file.write_text("\n".join(lines), encoding="utf-8", errors="replace")
        return str(place)

    def literal(self) -> str:
        """A value in TOML."""
        value = self.odd(self.rng.choice(CELLS))
        return json.dumps(value) if value is not None else '"x"'

    def lpr(self) -> str:
        """A table of rates."""
        rng = self.rng
        rows = [
            f"{rng.choice(['2019-08-20', '2023-06-20', *CELLS])},{rng.choice(['3.55', '4.2%', *CELLS])},{rng.choice(['4.2', *CELLS])}"
            for _ in range(rng.choice((0, 1, 3)))
        ]
        toml_form = "verified = 2026-01-01\n[[rates]]\ndate = 2023-06-20\n1Y = '3.55%'\n5Y = 4\n"
        return self.file(rng.choice(["l.csv", "l.toml"]), rng.choice(["\n".join(["date,1Y,5Y", *rows]), toml_form]).encode("utf-8", "replace"))

    def text(self) -> str:
        """A policy text."""
        if self.rng.random() < 0.5:
            return str(self.rng.choice(sorted((ROOT / "examples/texts").glob("*.txt"))))
        said = "".join(self.rng.choice(["第一条 ", "资助50%，", "最高不超过500万元。", "\n", *CELLS]) for _ in range(20))
        return self.file(self.rng.choice(["a.txt", "a.md", "a.docx", "a.html", "a.pdf", "a"]), said.encode("utf-8", "replace"))

    def scenarios(self) -> str:
        """Scenarios of a what-if."""
        return self.file("s.toml", toml({"甲": self.facts(), "乙": self.odd({"fixed_asset_investment": "1亿元"})}).encode("utf-8", "replace"))

    def any(self) -> str:
        """Some file, or what is no file."""
        rng = self.rng
        made: list[Callable[[], str]] = [self.project, self.table, self.lpr, self.text, self.scenarios]
        return rng.choice(made)() if rng.random() < 0.7 else rng.choice(["no.toml", str(self.folder), "/dev/null", "", "-", "/proc/self/mem", "n" * 300])

    def scheme(self) -> str:
        """A scheme file."""
        found = sorted(p for p in Path(self.schemes()).glob("*.toml") if p.is_file())
        return str(self.rng.choice(found))


def plain(cell: Any) -> str:
    """A cell as text."""
    return "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def toml(value: Any) -> str:
    """A document as TOML, inline below its first level."""

    def inline(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(str(k))} = {inline(v)}" for k, v in one.items() if v is not None) + "}"
        if isinstance(one, list):
            return "[" + ", ".join(inline(v) for v in one if v is not None) + "]"
        return json.dumps(one, ensure_ascii=False)

    said = ""
    for key, one in sorted(value.items(), key=lambda item: isinstance(item[1], dict)):
        if isinstance(one, dict):
            said += f"[{inline(str(key))}]\n" + "".join(f"{inline(str(k))} = {inline(v)}\n" for k, v in one.items() if v is not None)
        elif one is not None:
            said += f"{inline(str(key))} = {inline(one)}\n"
    return said


# ---------------------------------------------------------------- command lines


@cache
def shipped() -> Any:
    """The shipped catalogue."""
    found = calc.catalog.load_catalog()
    for id in found.ids:
        found.compiled(id)
    return found


def made(rng: random.Random, folder: Path) -> tuple[list[str], bytes]:
    """A command line and what stands at its standard input."""
    scheme = rng.choice(["1.01", "1.02", "1.21", "g07", rng.choice(shipped().ids)])
    maker = Maker(rng, folder, scheme, rng.choice((0.0, 0.02, 0.02, 0.15)), rng.random() < 0.5)
    known = list(commands_once().items())
    words, command = rng.choice([*known, *(one for one in known if one[0][0] in ("estimate", "batch", "batch", "match", "plan", "whatif", "ask", "check"))])
    line = list(words)
    often = {"-s": 0.9} if words[0] in ("estimate", "whatif", "plan", "batch", "calendar") else {}
    for param in command.params:
        if param.name in NOT_RUN:
            continue
        option = param.opts[-1]
        if param.param_type_name == "argument":
            if rng.random() > maker.wild / 5:
                line += [value(param, words, maker) for _ in range(rng.choice((1, 1, 1, 2)) if param.nargs == -1 else 1)]
        elif param.required or rng.random() < (often.get(option) or rng.choice((0.03, 0.06, maker.wild))):
            given = [] if getattr(param, "is_flag", False) else [value(param, words, maker) for _ in range(abs(param.nargs))]
            line += [option, *given]
    if words[0] == "whatif" and "--vary" not in line and "--scenarios" not in line:
        line += ["--vary", f"{rng.choice(sorted(shipped().scheme(scheme).facts) or FACTS)}={rng.choice(RANGES)}"]
    if words[0] == "batch" and "-s" not in line and rng.random() < 0.8:
        line += ["-s", scheme]
    if rng.random() < maker.wild / 4:
        line.insert(rng.randrange(len(line)), rng.choice([*TEXTS, "--lang", "--version", "--lang=en"]))
    if rng.random() < 0.1:
        line += ["--lang", "en"]
    stdin = "\n".join(rng.choice([*CELLS, *VALUES, "?", "q", "撤销", "1", "2"]) for _ in range(rng.choice((0, 5, 60)))).encode("utf-8", "replace")
    if rng.random() < 0.2:
        stdin = Path(os.fsdecode(os.fsencode(maker.table()))).read_bytes() if words[0] in ("batch", "reform") else rng.randbytes(50)
    return line, stdin


@cache
def commands_once() -> dict[tuple[str, ...], Any]:
    return commands()


def value(param: Any, words: tuple[str, ...], maker: Maker) -> str:
    """A value for a parameter: mostly such as it may be."""
    rng, name, meant = maker.rng, param.name, param.metavar or ""
    if rng.random() < maker.wild / 2:
        return rng.choice(TEXTS)
    if name in ("output", "rejects", "chart", "rows"):
        return output(maker)
    if name == "schemes" and meant == "DIR":
        return maker.schemes() if rng.random() > maker.wild else maker.any()
    if name == "lpr":
        return maker.lpr() if rng.random() > maker.wild else maker.any()
    if name == "scenarios":
        return maker.scenarios() if rng.random() > maker.wild else maker.any()
    if name == "against":
        return maker.schemes() if rng.random() < 0.6 else maker.scheme()
    if name == "change":
        return rng.choice(["1.01", "x", "n1"]) + rng.choice(["", "/"]) + rng.choice(TEXTS) + "=" + rng.choice(TEXTS)
    if meant == "FACT=VALUE":
        return f"{rng.choice([*FACTS, *shipped().scheme(maker.scheme_id).facts])}={rng.choice([*VALUES, maker.odd(rng.choice(CELLS))])}"
    if meant == "LIST=FILE":
        return f"{rng.choice(['loans', '贷款', 'x', 'loans.repayments'])}={maker.table()}"
    if meant == "SCHEME=AMOUNT":
        return f"{rng.choice(SCHEMES)}={rng.choice(VALUES)}"
    if meant.startswith("FACT=A"):
        return f"{rng.choice([*FACTS, *shipped().scheme(maker.scheme_id).facts])}={rng.choice(RANGES)}"
    if meant in FILES:
        return getattr(maker, FILES[meant])() if rng.random() > maker.wild else maker.any()
    if meant.startswith("SCHEME"):
        return maker.scheme_id if rng.random() < 0.8 else rng.choice(SCHEMES)
    if meant in WORDS:
        return rng.choice(WORDS[meant])
    if "|" in meant:
        return rng.choice(meant.split("|"))
    return rng.choice(["1", "3", "0", "-1", "x", *TEXTS])


def output(maker: Maker) -> str:
    """A place to write to."""
    name = maker.rng.choice(OUTPUTS)
    if name == "" or name.startswith(("/", "-")):
        return name
    if name == "link.csv" and not os.path.lexists(maker.folder / name):
        os.symlink(maker.folder / "gone" / "x.csv", maker.folder / name)
    return os.path.join(maker.folder, name)


# ---------------------------------------------------------------- running


class OverTime(BaseException):
    """A run that did not end."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what takes longer."""

    def end(number: int, frame: Any) -> None:
        raise OverTime

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def attempt(number: int, seed: int) -> tuple[list[str], Done | None, list[str]]:
    """One case: its command line, what came of it, and all that is wrong with that."""
    rng = random.Random(f"{seed} {number}")
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    wrong: list[str] = []
    done = None
    line: list[str] = []
    try:
        line, stdin = made(rng, folder)
        before = contents(folder)
        try:
            with within(SECONDS), one_catalog():
                done = run(line, stdin, cwd=folder, SUBSIDY_TEXTS=str(folder / "texts.sqlite"), XDG_CACHE_HOME=kept(), HOME=str(folder))
        except OverTime:
            wrong.append("did not end in time")
        except BaseException:
            wrong.append(traceback.format_exc())
        if done is not None:
            wrong += told_wrong(line, done)
            after = contents(folder)
            wrong += [f"input changed: {name}" for name, content in before.items() if after.get(name) != content and name not in os.fspath(" ".join(line))]
            wrong += [f"left behind: {name}" for name in after if name not in before and re.search(r"/\.[^/]*\.|\.part$|\.chunk$", "/" + name)]
    finally:
        shutil.rmtree(os.fsencode(folder), ignore_errors=True)
    return line, done, wrong


@cache
def kept() -> str:
    """A folder for the program's cache, gone when all cases are done."""
    place = tempfile.mkdtemp(prefix="hostile-cache-")
    atexit.register(shutil.rmtree, place, True)
    return place


def told_wrong(line: list[str], done: Done) -> list[str]:
    """What is wrong with how a run ended."""
    wrong = []
    if done.code not in CODES:
        wrong.append(f"exit code {done.code}")
    wrong += [f"says {word!r}" for word in NEVER if word in done.err or word in done.out]
    if done.code == 2 and not done.err.strip():
        wrong.append("refused without a word")
    if SYSTEM.search(done.err) and "en" not in line:
        wrong.append("an error of the system in English")
    if ESCAPE.search(done.err) or ESCAPE.search(done.out):
        wrong.append("a command to the terminal")
    if (
        done.code == 0
        and done.out
        and line[-1:] != ["--help"]
        and "--help" not in line
        and any(line[n : n + 2] == ["--format", "json"] for n in range(len(line)))
    ):
        try:
            json.loads(done.out)
        except ValueError:
            wrong.append("is not the JSON asked for")
    return wrong


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    found = {}
    for at, _, files in os.walk(folder):
        for name in files:
            place = os.path.join(at, name)
            if os.path.isfile(place) and not os.path.islink(place):
                with open(os.fsencode(place), "rb") as content:
                    found[os.path.relpath(place, folder)] = content.read()
    return found


@contextmanager
def one_catalog() -> Iterator[None]:
    """The shipped catalogue is loaded once for all cases."""
    load = calc.catalog.load_catalog
    kept = shipped()
    calc.catalog.load_catalog = lambda folder=None, lpr=None: kept if folder is None and lpr is None else load(folder, lpr)
    try:
        yield
    finally:
        calc.catalog.load_catalog = load


def many(numbers: range, seed: int) -> list[tuple[int, list[str], list[str], float]]:
    """Runs some cases; those that went wrong, with what did and how long each took."""
    found = []
    for number in numbers:
        begun = time.perf_counter()
        line, _, wrong = attempt(number, seed)
        if wrong:
            found.append((number, line, wrong, time.perf_counter() - begun))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--case", type=int)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    if asked.case is not None:
        line, done, wrong = attempt(asked.case, asked.seed)
        print(line, *([f"exit code {done.code}", done.out, done.err] if done else []), *wrong, sep="\n")
        return bool(wrong)
    begun = time.perf_counter()
    bad = 0
    for number in range(asked.first, asked.first + asked.cases):
        start = time.perf_counter()
        line, _, wrong = attempt(number, asked.seed)
        seconds = time.perf_counter() - start
        if wrong or seconds > 3:
            bad += bool(wrong)
            print(number, f"{seconds:.1f} s", [w[:60] for w in line], *wrong, sep="\n", flush=True)
    print(f"{asked.cases} cases in {time.perf_counter() - begun:.0f} s, seed {asked.seed}: {bad} went wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
