"""For people who write schemes: JSON Schemas, new scheme files, checking while writing, shell completion, the doctor."""

import copy
import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from calc import Catalog, load_catalog
from calc.cli import COMMANDS, complete
from calc.errors import SchemeErrors
from calc.facts import Facts
from calc.language.scheme import load_scheme
from calc.messages import text, use
from calc.questions.schema import NAMES, catalog_schema, dump, facts_schema, project_schema, rules_schema, scheme_schema
from calc.store.check import changes
from tests.command import ROOT, run

SCHEMAS = ROOT / "docs" / "schemas"
SUBSIDY = [sys.executable, "-c", "from calc.cli import main; main()"]


@pytest.fixture(scope="module")
def validators(catalog: Catalog) -> dict[str, Draft202012Validator]:
    return {name: Draft202012Validator(catalog.schema(name)) for name in NAMES}


def document(content: str) -> Any:
    """A TOML text as an editor hands it to a schema: dates as text."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    return plain(tomli.loads(content))


def problems(validator: Draft202012Validator, value: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:120]}" for error in validator.iter_errors(value)]


# ---------------------------------------------------------------- schemas


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_files_are_up_to_date(catalog: Catalog, name: str) -> None:
    kept = (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")
    assert kept == dump(catalog.schema(name)), "run: make docs"
    assert json.loads(kept) == catalog.schema(name)


def test_the_schemas_are_schemas(catalog: Catalog) -> None:
    few = Facts({id: catalog.facts[id] for id in ("fixed_asset_investment", "introduced_industry", "renewable_capable", "loans")}, {})
    for made in (scheme_schema(few), facts_schema(few), rules_schema(), catalog_schema(), project_schema(few)):
        Draft202012Validator.check_schema(made)


def test_all_shipped_files_fit(catalog: Catalog, validators: dict[str, Draft202012Validator]) -> None:
    for path in catalog.files.values():
        assert problems(validators["scheme"], document(path.read_text(encoding="utf-8"))) == [], path.name
    for name in ("facts", "rules"):
        assert problems(validators[name], document((catalog.folder / f"{name}.toml").read_text(encoding="utf-8"))) == []


def test_all_examples_and_cases_fit(validators: dict[str, Draft202012Validator]) -> None:
    for path in (ROOT / "examples").glob("*.toml"):
        assert problems(validators["project"], document(path.read_text(encoding="utf-8"))) == [], path.name
    tried = 0
    for path in (ROOT / "tests" / "cases").glob("*.toml"):
        file = document(path.read_text(encoding="utf-8"))
        for case in file["case"][::5]:
            facts = {**file.get("base", {}), **case.get("given", {})}
            assert problems(validators["project"], {"facts": facts}) == [], (path.name, case.get("why"))
            tried += 1
    assert tried > 300


SCHEME = """
id = "7.01-green-roof"
title = "绿色屋顶补助"
[source]
card = "7.01"
document = "某文〔2024〕1号"
authority = "某局"
[[benefits]]
id = "grant"
label = "补助"
clause = "第五条"
nature = "ceiling"
support = "grant"
amount = { percent = "30%", of = "fixed_asset_investment" }
limits = [{ at_most = "500万元", per = "project" }]
"""
TIERS = '{ by = "fixed_asset_investment", tiers = [{ from = "1亿元", amount = "100万元" }] }'
AMOUNT = '{ percent = "30%", of = "fixed_asset_investment" }'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('nature = "ceiling"', 'nature = "cieling"'),
        ('support = "grant"', 'support = "gift"'),
        ('clause = "第五条"\n', ""),
        ('clause = "第五条"', "clause = 5"),
        ('title = "绿色屋顶补助"', 'titel = "绿色屋顶补助"'),
        ('id = "grant"', 'id = "Grant!"'),
        ('per = "project"', 'per = "projekt"'),
        ("at_most =", "atmost ="),
        ("percent =", "persent ="),
        (', of = "fixed_asset_investment"', ""),
        (AMOUNT, "true"),
        (AMOUNT, '{ each = "fixed_asset_investment", amount = "1元" }'),
        (AMOUNT, '{ each = "loans", amount = "1元", top = 0 }'),
        (AMOUNT, '{ interest_on = "loans" }'),
        (AMOUNT, '{ by = "fixed_asset_investment", tiers = [] }'),
        (AMOUNT, TIERS.replace("from", "form")),
        (AMOUNT, TIERS.replace('from = "1亿元", ', "")),
        (AMOUNT, '{ cases = [{ amount = "1元" }] }'),
        (AMOUNT, '{ sum = "1元" }'),
        ("[source]", 'combine = "best"\n[source]'),
    ],
)
def test_a_bad_scheme_fits_neither_schema_nor_check(
    catalog: Catalog, validators: dict[str, Draft202012Validator], before: str, after: str
) -> None:
    assert problems(validators["scheme"], document(SCHEME)) == []
    load_scheme(SCHEME, catalog.facts, "7.01-green-roof.toml")
    assert SCHEME.count(before) == 1
    bad = SCHEME.replace(before, after)
    assert problems(validators["scheme"], document(bad))
    with pytest.raises(SchemeErrors):
        load_scheme(bad, catalog.facts, "7.01-green-roof.toml")


@pytest.mark.parametrize(
    "amount",
    [
        "50",
        '"min(fixed_asset_investment, 3000万元)"',
        TIERS,
        '{ each = "loans", where = "principal > 1元", percent = "5%", of = "principal", at_most = "300万元", top = 3 }',
        '{ interest_on = "loans", rate = "min(LPR, actual)", years = 2, at_most = "1万元" }',
        '{ cases = [{ when = "renewable_capable", percent = "5%", of = "fixed_asset_investment" }, { otherwise = "1万元" }] }',
        '{ by = "introduced_industry", high_precision = "1万元", otherwise = { percent = "1%", of = "fixed_asset_investment" } }',
        '{ sum = ["1万元", { when = "renewable_capable", amount = "2万元" }] }',
        '{ count = "loans", per_unit = "1万元" }',
        '{ by = "fixed_asset_investment", marginal = true, tiers = [{ below = "1亿元", value = "1%" }, { from = "1亿元", value = "2%" }] }',
    ],
)
def test_every_mechanism_fits(catalog: Catalog, validators: dict[str, Draft202012Validator], amount: str) -> None:
    limits = 'limits = [{ at_most = "500万元", per = "project" }]\n'
    content = SCHEME.replace(AMOUNT, amount).replace(limits, "")
    assert problems(validators["scheme"], document(content)) == []
    if amount != "50":  # a number without a unit is well formed, and no amount
        load_scheme(content, catalog.facts, "7.01-green-roof.toml")


def tables(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the tables of a document stand."""
    if isinstance(value, dict):
        yield where
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from tables(one, (*where, key))


def test_an_unknown_key_fits_nowhere(catalog: Catalog, validators: dict[str, Draft202012Validator]) -> None:
    rng = random.Random("schema")
    for path in rng.sample(list(catalog.files.values()), 40):
        good = document(path.read_text(encoding="utf-8"))
        places = [where for where in tables(good) if where[:1] != ("let",)]
        bad = copy.deepcopy(good)
        target = bad
        for step in rng.choice(places):
            target = target[step]
        if "by" in target and "tiers" not in target:
            continue  # there any key may be a category; which ones exist the check knows
        target["unheard_of"] = "1元"
        assert problems(validators["scheme"], bad), (path.name, target)


@pytest.mark.parametrize(
    ("facts", "good"),
    [
        ({"fixed_asset_investment": "1.2亿元"}, True),
        ({"固定资产投资总额": 120000000}, True),
        ({"fixed_asset_investment": "很多"}, False),
        ({"fixed_asset_investment": True}, False),
        ({"fixed_asset_investmant": "1亿元"}, False),
        ({"introduced_industry": "高精尖产业"}, True),
        ({"introduced_industry": "high_precision"}, True),
        ({"introduced_industry": "高精尖"}, False),
        ({"renewable_capable": "是"}, True),
        ({"renewable_capable": "也许"}, False),
        ({"completion_date": "2023年3月1日"}, True),
        ({"completion_date": "去年"}, False),
        ({"loans": [{"principal": "1亿元", "年化实际利率": "3%"}]}, True),
        ({"loans": [{"principle": "1亿元"}]}, False),
        ({"loans": {"principal": "1亿元"}}, False),
        ({"loans": "", "fixed_asset_investment": ""}, True),
    ],
)
def test_a_project_fits_as_it_is_read(catalog: Catalog, validators: dict[str, Draft202012Validator], facts: dict[str, Any], good: bool) -> None:
    for project in ({"name": "甲", "facts": facts}, facts):
        assert (problems(validators["project"], project) == []) is good
    if good:
        catalog.read(facts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("facts", '[a]\ntype = "money"'),
        ("facts", '[a]\ntype = "gold"\nlabel = "金"'),
        ("facts", '[a]\ntype = "enum"\nlabel = "类"'),
        ("facts", '[a]\ntype = "list"\nlabel = "表"'),
        ("facts", '[a]\ntype = "money"\nlabel = "钱"\nlable_en = "x"'),
        ("facts", '[a]\ntype = "money"\nlabel = "钱"\nvalues = { a = "甲" }'),
        ("facts", '["A b"]\ntype = "money"\nlabel = "钱"'),
        ("rules", '[[exclusive]]\nid = "a"\nsource = "b"\nsays = "c"\nschemes = ["1.01"]'),
        ("rules", '[[exclusive]]\nid = "a"\nsource = "b"\nsays = "c"\nschemes = "1.01"\nper = "project"'),
        ("rules", '[[exclusiv]]\nid = "a"'),
        ("rules", "[objects]\nprojects = []"),
    ],
)
def test_a_bad_dictionary_or_rule_does_not_fit(validators: dict[str, Draft202012Validator], name: str, content: str) -> None:
    assert problems(validators[name], document(content))


def test_editors_find_the_schemas(catalog: Catalog) -> None:
    config = tomli.loads((ROOT / ".taplo.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for rule in config["rule"]:
        assert (ROOT / rule["schema"]["path"]).is_file()
        for pattern in rule["include"]:
            for path in ROOT.glob(pattern):
                assert path not in found, "one schema a file"
                found[str(path.relative_to(ROOT))] = Path(rule["schema"]["path"]).stem
    assert found["schemes/facts.toml"] == "facts"
    assert found["schemes/rules.toml"] == "rules"
    assert {path for path, name in found.items() if name == "scheme"} == {str(path.relative_to(ROOT)) for path in catalog.files.values()}
    assert {path for path, name in found.items() if name == "project"} == {f"examples/{p.name}" for p in (ROOT / "examples").glob("*.toml")}


def test_editors_read_each_key_and_fact(catalog: Catalog) -> None:
    """Editors show what a key means; a description beside a reference would be lost to them."""
    scheme, project = catalog.schema("scheme"), catalog.schema("project")
    for table in (scheme, *scheme["$defs"].values()):
        for key, one in table.get("properties", {}).items():
            assert one["description"], key
            assert "$ref" not in one, key
    fact = project["$defs"]["fact.fixed_asset_investment"]
    assert fact["title"] == "固定资产投资总额"
    assert catalog.facts["fixed_asset_investment"].help in fact["description"]
    use("en")
    assert catalog.schema("project")["$defs"]["fact.fixed_asset_investment"]["title"] == catalog.facts["fixed_asset_investment"].label_en
    use("zh")


def test_the_command_prints_a_schema(catalog: Catalog, tmp_path: Path) -> None:
    done = run("subsidy schema project")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == catalog.schema("project")
    assert run(["schema", "rules", "-o", str(tmp_path / "r.json")]).out == ""
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == catalog.schema("rules")
    wrong = run("subsidy schema scheem")
    assert (wrong.code, wrong.out) == (2, "")
    assert "scheme" in wrong.err


# ---------------------------------------------------------------- new schemes

NEW = """7.01-green-roof
绿色屋顶补助
Green roofs
某文〔2024〕1号
某局
2024年1月2日
2024-02-01

投资补助
第五条（一）

1
三成
30%
入驻
固定资产投资总额
500万元
1
energy_saving_rate >= 15元
energy_saving_rate >= 15%

{more}"""


def begun(tmp_path: Path, typed: str, *options: str) -> tuple[Any, Path]:
    file = tmp_path / "7.01-green-roof.toml"
    return run(["new", "-o", str(file), *options], (typed + "\n").encode()), file


def test_a_new_scheme_passes_the_check_and_pays(catalog: Catalog, tmp_path: Path) -> None:
    done, file = begun(tmp_path, NEW.format(more="否"))
    assert (done.code, done.out) == (0, "")
    assert "“三成”不可用" in done.err
    assert "没有“入驻”这个事实" in done.err
    assert "“energy_saving_rate >= 15元”不可用" in done.err
    checked = run(["check", str(file)])
    assert checked.code == 0
    shutil.copy(ROOT / "schemes" / "facts.toml", tmp_path / "facts.toml")
    project = tmp_path / "p.json"
    project.write_text(json.dumps({"fixed_asset_investment": "1000万元", "energy_saving_rate": "15%"}), encoding="utf-8")
    estimate = run(["estimate", str(project), "-s", "7.01", "--schemes", str(tmp_path), "--format", "json"])
    (result,) = json.loads(estimate.out)["schemes"]
    assert (result["status"], result["total"]) == ("eligible", "3000000.00")  # 30% of 1,000万元
    assert result["source"] == {"card": "7.01", "document": "某文〔2024〕1号", "authority": "某局", "published": "2024-01-02"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_taken_where_nothing_is_said_is_one_of_the_choices_as_they_are_called(tmp_path: Path, lang: str) -> None:
    done, _ = begun(tmp_path, NEW.format(more="否"), "--lang", lang)
    choices = {line.partition(") ")[2] for line in done.err.splitlines() if line.startswith("     ")}
    taken = re.findall(r"\[(.+)\]$", done.err, re.M)
    assert len(taken) >= 3 and set(taken) <= choices
    assert lang == "en" or "补助" in taken


def test_each_way_of_paying_can_be_begun(catalog: Catalog, tmp_path: Path) -> None:
    ways = [
        "是\n一次性奖励\n第六条\n奖励\n2\n50万元\n",
        "是\n引才奖励\n第七条\n奖励\n3\n5万元\nemployees\n\n",
        "是\n其他支持\n第八条\n\n4\n由主管部门酌定\n",
    ]
    done, file = begun(tmp_path, NEW.format(more="\n".join(ways) + "\n否"))
    assert done.code == 0
    scheme = load_scheme(file.read_text(encoding="utf-8"), catalog.facts, str(file))
    assert [b.id for b in scheme.benefits] == ["grant", "award", "award-2", "grant-2"]
    assert [b.nature for b in scheme.benefits] == ["ceiling", "fixed", "ceiling", "discretionary"]
    assert problems(Draft202012Validator(catalog.schema("scheme")), document(file.read_text(encoding="utf-8"))) == []


def test_interest_tiers_and_lists_can_be_begun_with_first_cases(tmp_path: Path) -> None:
    ways = [
        "是\n贴息\n第六条\n3\n5\nloans\n\n2\n300万元\n\n",
        "是\n分档\n第七条\n2\n6\nfixed_asset_investment\n1000\n1000万元 20万元\n5000万元 50万元\n\n",
        "是\n逐笔\n第八条\n1\n7\nloans\n1%\nprincipal\n10万元\nrate <= 5%\n\n",
    ]
    done, file = begun(tmp_path, NEW.format(more="\n".join(ways) + "\n否"))
    assert done.code == 0, done.err
    content = file.read_text(encoding="utf-8")
    assert 'amount = { interest_on = "loans", rate = "min(LPR, actual)", years = 2 }' in content
    assert '{ from = "1000万元", below = "5000万元", amount = "20万元" }' in content
    assert 'each = "loans", where = "rate <= 5%", at_most = "10万元", percent = "1%", of = "principal"' in content
    shutil.copy(ROOT / "schemes" / "facts.toml", tmp_path / "facts.toml")
    mine = load_catalog(tmp_path)
    found = mine.cases()
    assert mine.check() == [] and found.problems == [] and found.count == 7
    said = (tmp_path / "cases" / "7.01-green-roof.toml").read_text(encoding="utf-8")
    assert 'given = { fixed_asset_investment = "5000万元" }' in said and 'amount = "500000.00"' in said


def test_a_new_scheme_without_money_says_why(tmp_path: Path) -> None:
    done, file = begun(tmp_path, "7.02-praise\n表彰\n\n某文\n某局\n\n\n\n通报表彰\n第一条\n\n4\n只通报，不给钱\n\n否")
    file = file.rename(tmp_path / "7.02-praise.toml")
    assert done.code == 0
    assert tomli.loads(file.read_text(encoding="utf-8"))["outcome"] == "none"
    assert run(["check", str(file)]).code == 0


def test_answers_that_cannot_be_are_asked_again(tmp_path: Path) -> None:
    done, file = begun(tmp_path, "1.01-old-factory-renovation\nGrün\n" + NEW.format(more="否"))
    assert done.code == 0
    assert "还没有用过的编号" in done.err
    assert "“Grün”" in done.err
    assert file.exists()


def test_an_input_that_ends_early_writes_nothing(tmp_path: Path) -> None:
    done, file = begun(tmp_path, "7.01-green-roof\n绿色屋顶补助\n")
    assert (done.code, done.out) == (2, "")
    assert "文号" in done.err
    assert not file.exists()
    file.write_text("mine", encoding="utf-8")
    assert begun(tmp_path, NEW.format(more="否"))[0].code == 2
    assert file.read_text(encoding="utf-8") == "mine"
    assert begun(tmp_path, NEW.format(more="否"), "--force")[0].code == 0


# ---------------------------------------------------------------- checking while writing


def own_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "schemes"
    (folder / "7-own").mkdir(parents=True)
    shutil.copy(ROOT / "schemes" / "facts.toml", folder)
    (folder / "7-own" / "7.01-green-roof.toml").write_text(SCHEME, encoding="utf-8")
    return folder


def meanwhile(steps: list[Callable[[], object]], wait: float = 0.8) -> threading.Thread:
    def work() -> None:
        for step in steps:
            time.sleep(wait)
            step()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def replaced(file: Path, content: str) -> None:
    """A file written anew in one step, so that whoever looks sees one change."""
    fresh = file.with_suffix(".new")
    fresh.write_text(content, encoding="utf-8")
    fresh.replace(file)


def test_changes_are_seen(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    file, other = folder / "7-own" / "7.01-green-roof.toml", folder / "7-own" / "7.02-new.toml"
    seen = changes(folder, pause=0.01)
    thread = meanwhile([lambda: replaced(file, SCHEME + "\n"), other.touch, other.unlink], 0.2)
    assert [next(seen) for _ in range(3)] == [[file], [other], [other]]
    thread.join()


def test_watch_checks_again_after_each_change(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    file = folder / "7-own" / "7.01-green-roof.toml"
    thread = meanwhile(
        [
            lambda: replaced(file, SCHEME.replace("30%", "30元")),
            lambda: replaced(file, SCHEME),
        ]
    )
    done = run(["check", "--schemes", str(folder), "--watch", "--rounds", "3"])
    thread.join()
    assert done.code == 0  # the last round found nothing
    assert "第 2 轮" in done.err
    assert "第 3 轮" in done.err
    assert done.err.count("7.01-green-roof.toml") == 2
    assert done.err.count("发现 1 个问题") == 1
    assert done.out.count("没有问题") == 2
    assert "--rounds" not in run("subsidy check --help").out


# ---------------------------------------------------------------- shell completion


def completed(shell: str, line: str) -> list[str]:
    """What a shell is told on the line typed so far."""
    words = line.split(" ")
    told = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    out = run([], b"", 80, **{complete.ASKED: f"complete_{shell}", **told}).out
    return out.strip().split("\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("line", ["subsidy show g1", "subsidy estimate a.toml -s g1", "subsidy template 1.01 g1", "subsidy batch a.csv --scheme g1"])
def test_scheme_ids_are_completed(catalog: Catalog, shell: str, line: str) -> None:
    said = "\n".join(completed(shell, line))
    wanted = [id for id in catalog.ids if id.startswith("g1")]
    assert len([id for id in wanted if "@" not in id]) == 10
    assert [id for id in catalog.ids if id in said] == wanted
    if shell != "bash":
        assert catalog.scheme("g11").title in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_facts_and_values_are_completed(catalog: Catalog, shell: str) -> None:
    for line in ("subsidy match a.toml --set fixed_asset", "subsidy whatif a.toml -s 1.01 --vary fixed_asset"):
        said = completed(shell, line)
        assert "fixed_asset_investment" in said[0]
    if shell == "zsh":
        said = completed(shell, "subsidy match a.toml --set introduced_industry=")
        assert all(f"introduced_industry={slug}" in one for slug, one in zip(catalog.facts["introduced_industry"].values, said, strict=True))
        assert [one.split('"')[1] for one in completed(shell, "subsidy match a.toml --set renewable_capable=")] == [
            "renewable_capable=是", "renewable_capable=否"
        ]


def test_every_fact_is_found_without_loading_the_dictionary(catalog: Catalog) -> None:
    content = (catalog.folder / "facts.toml").read_text(encoding="utf-8")
    found = {id: label for id, label, _ in complete._facts(content)}
    assert found == {id: definition.label for id, definition in catalog.facts.by_id.items()}


def test_commands_are_completed_and_all_have_what_they_need() -> None:
    assert completed("bash", "subsidy te") == ["template", "texts"]
    assert completed("bash", "subsidy texts check 1.0")[0].startswith("1.01")
    assert sorted(completed("bash", "subsidy ")) == sorted(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_shown_and_installed(tmp_path: Path, shell: str) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    shown = subprocess.run([*SUBSIDY, "--show-completion", shell], env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    assert complete.ASKED in shown.stdout
    if shell != "fish":  # fish reads its folder by itself
        (tmp_path / f".{shell}rc").touch()
    done = subprocess.run([*SUBSIDY, "--install-completion", shell], env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "补全已装好" in done.stderr
    assert any(complete.ASKED in path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes(tmp_path: Path) -> None:
    command = tmp_path / "subsidy"
    command.write_text(f"#!/bin/sh\ncd '{ROOT}' && exec '{sys.executable}' -c 'from calc.cli import main; main()' \"$@\"\n", encoding="utf-8")
    command.chmod(0o755)
    script = (
        'eval "$(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 subsidy --show-completion bash)"\n'
        "COMP_WORDS=(subsidy show 1.0); COMP_CWORD=2\n_subsidy_completion subsidy\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [p.stem for p in sorted((ROOT / "schemes" / "1-general").glob("1.0*.toml"))]


# ---------------------------------------------------------------- the doctor


def test_the_doctor_finds_everything_in_order(catalog: Catalog) -> None:
    done = run("subsidy doctor --format json")
    rows = {row["what"]: row for row in json.loads(done.out)}
    assert done.code == 0
    assert all(row["state"] != "wrong" for row in rows.values())
    assert str(catalog.folder) in rows["政策"]["found"]
    assert f"{len(catalog.ids)} 个政策" in rows["政策"]["found"]
    assert catalog.lpr.verified.isoformat() in rows["LPR"]["found"]
    assert rows["duckdb"]["state"] == "ok"
    assert rows["openpyxl"]["state"] == "ok"
    assert "Chinese fonts" in run("subsidy doctor --lang en").out


def test_the_doctor_tells_what_is_wrong(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    (folder / "7-own" / "7.01-green-roof.toml").write_text("id =", encoding="utf-8")
    table = tmp_path / "lpr.toml"
    table.write_text("verified = 2020-01-01\n", encoding="utf-8")
    done = run(["doctor", "--schemes", str(folder), "--lpr", str(table)])
    assert done.code == 1
    assert done.out.count("✗") == 2
    assert "7.01-green-roof.toml" in done.out
    off = run(["doctor"], SUBSIDY_CACHE="off")
    assert text("doctor.cache.off") in off.out
    assert str(tmp_path / "cache") in run(["doctor"], SUBSIDY_CACHE=str(tmp_path / "cache")).out


def test_what_is_not_installed_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    from calc.cli import doctor

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    rows = list(doctor.surroundings())
    packages = [row for row in rows if row.what in doctor.PACKAGES]
    assert {row.what for row in packages if row.state == "wrong"} == set(doctor.PACKAGES) - {"pyspark"}
    assert all("make demo" in row.found for row in packages if row.state == "wrong")
    assert any("pip install '.[spark]'" in row.found for row in packages)


def test_every_package_that_doctor_looks_for_comes_with_the_program() -> None:
    """After `make demo` every command works: only Spark and the developers' tools are extras."""
    import tomllib

    from calc.cli import doctor

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    shipped = {re.split("[<>=]", one)[0] for one in project["dependencies"]}
    assert set(doctor.PACKAGES) - shipped == {"pyspark"}
    assert set(project["optional-dependencies"]) == {"spark", "dev"}


def test_a_missing_package_is_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    done = run(["template", "1.01", "-o", str(tmp_path / "a.xlsx")])
    assert (done.code, done.out) == (2, "")
    assert "make demo" in done.err
    assert not list(tmp_path.iterdir())
