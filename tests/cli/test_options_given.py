"""Nothing that a user gives is dropped without a word: no option twice, none blank, none that has no say in what is asked for."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from calc import Catalog, InputError
from calc.cli import build
from calc.cli.common import Refusal
from tests.command import ROOT, run

OLD, CHIP, TABLE = "examples/old-factory.toml", "examples/chip-design-house.toml", "examples/old-factories.csv"
SCENARIOS, LOANS = "examples/scenarios/old-factory.toml", "examples/old-factories-loans.csv"
VARY = "--vary fixed_asset_investment=1亿元..2亿元:5000万元"
CHANGE = """--change '1.01/investment-grant: percent = "25%"'"""


def commands(command: Any, words: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, below its words."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield words, command
    for name, one in inner.items():
        yield from commands(one, f"{words} {name}".strip())


COMMANDS = dict(commands(typer.main.get_command(build())))


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_given_twice_or_blank_is_told(name: str) -> None:
    command = COMMANDS[name]

    def refused(words: list[str]) -> str:
        with pytest.raises(Refusal) as told:
            command.make_context(name, words)
        return str(told.value)

    needed = [param for param in command.params if param.param_type_name == "argument" and param.required]
    for param in command.params:
        if param.param_type_name == "argument":
            values = ["" if one is param else "x" for one in needed] or [""]
            assert refused(values) == f"参数 {param.metavar if param in needed else f'[{param.metavar}]'} 是空的"
            continue
        if param.is_flag:
            continue
        for option in param.opts:
            for blank in ("", " "):
                assert "后面要写值" in refused([*("x" for _ in needed), option, *["1"] * (param.nargs - 1), blank])
        if not param.multiple:
            twice = [word for option in (param.opts[0], param.opts[-1]) for word in (option, *["1"] * param.nargs)]
            assert refused([*("x" for _ in needed), *twice]) == f"选项 {' / '.join(param.opts)} 写了不止一次"


@pytest.mark.parametrize("command", ["list --search ''", "list --as-of 2023-01-01 --as-of 2024-01-01", "show ''", "batch ''", "texts search ''", "check ''"])
def test_so_are_they_on_the_command_line(command: str) -> None:
    done = run(command)
    assert (done.code, done.out) == (2, "") and ("写" in done.err or "是空的" in done.err)


REFUSED = {
    "--lang en --lang zh list": "--lang 写了不止一次",
    f"estimate {OLD} -s 1.01 --set fixed_asset_investment=1亿元 --set 固定资产投资总额=2亿元": "固定资产投资总额 写了不止一次",
    f"estimate {OLD} -s 1.01 --set loans[1].rate=3% --set 贷款（逐笔）[1].年化实际利率=4%": "贷款（逐笔）[1].年化实际利率 写了不止一次",
    f"match {CHIP} --top 3 --all": "--top 与 --all 只能用一个",
    f"plan {CHIP} ./{CHIP}": "一个项目只算一次",
    f"whatif {OLD} -s 1.01 --scenarios {SCENARIOS} --target 3000万元": "--target",
    f"whatif {OLD} -s 1.01 {VARY} --target 若干": "选项 --target 的值“若干”不可用",
    f"whatif {OLD} -s 1.01 --scenarios {SCENARIOS} {VARY}": "选项 --vary 的值",
    f"batch {TABLE} -s 1.01 --items loans=a.csv --items loans=b.csv": "--items 里 loans 写了不止一次",
    f"batch {TABLE} -s 1.01 --per 1.01=1亿元 --per 1.01=2亿元": "--per 里 1.01 写了不止一次",
    f"batch {TABLE} -s 1.01 --per 1.01=1亿元 --per 1.01-old=2亿元": "每个政策一笔资金",
    f"batch {TABLE} -s 1.01 --claimed 1.01=甲 --claimed 1.01=乙": "--claimed 里 1.01 写了不止一次",
    f"batch {TABLE} -s 1.01 --claimed 甲 --claimed 1.01=乙": "每个政策一列申报金额",
    f"batch {TABLE} -s 1.01 --budget 若干": "选项 --budget 的值“若干”不可用",
    "batch examples/applications -s 1.01 --encoding gbk": "--encoding 用不上",
    "batch examples/applications -s 1.01 --input-format csv": "--input-format 用不上",
    f"reform {TABLE} {CHANGE} --engine x": "选项 --engine 的值“x”不可用",
    f"reform {TABLE} {CHANGE} {CHANGE}": "一个数只改一次",
    f"reform {TABLE} {CHANGE} --vary 1.01/investment-grant.percent=20%..30%:5%": "一个数只改一次",
    f"reform {TABLE} {CHANGE} --items loans={LOANS} --items loans={LOANS}": "--items 里 loans 写了不止一次",
    "lpr 2023-03-01 --lpr x.toml --add 2026-10-20 3.0% 3.5%": "日期 用不上",
    "lpr --lpr x.toml --add 2026-10-20 3.0% 3.5% --format json": "--format 用不上",
    "lpr --lpr x.toml --add 2026-10-20 3.0% 3.5% -o y.json": "-o 用不上",
    "template 1.01": "缺少选项 -o FILE",
}  # fmt: skip


@pytest.mark.parametrize("command", REFUSED)
def test_what_has_no_say_is_refused(command: str) -> None:
    done = run(command)
    assert (done.code, done.out) == (2, "") and REFUSED[command] in done.err, done.err
    assert "事实“-" not in done.err


def test_an_encoding_is_for_text_of_the_table_or_its_lists(tmp_path: Path) -> None:
    assert run(f"batch {TABLE} -s 1.01 --wide -o {tmp_path}/t.xlsx").code == 1
    assert run(f"batch {tmp_path}/t.xlsx -s 1.01 --ignore-unknown --encoding utf-8").code == 2
    assert run(f"batch {tmp_path}/t.xlsx -s 1.01 --ignore-unknown --encoding utf-8 --items loans={LOANS}").code == 0


@pytest.mark.parametrize("form", ["json", "csv"])
def test_how_many_rows_is_no_matter_where_all_are_written(form: str) -> None:
    done = run(f"match {CHIP} --top 1 --format {form}")
    assert done.code == 0 and f"--format {form} 列出全部，--top 用不上" in done.err
    assert run(f"match {CHIP} --format {form}").out == done.out


FORMED = [
    ("list", "json", "csv"), ("show 1.01", "json", "md"), (f"estimate {OLD} -s 1.01", "csv", "json"), (f"estimate {OLD} -s 1.01", "html", "pdf"),
    (f"estimate {OLD} -s 1.01", "xlsx", "csv"), (f"match {CHIP}", "markdown", "html"), (f"plan {CHIP} -s g01", "csv", "xlsx"),
    (f"whatif {OLD} -s 1.01 {VARY}", "json", "parquet"), (f"calendar {CHIP}", "json", "ics"), (f"calendar {CHIP}", "ics", "csv"),
    (f"batch {TABLE} -s 1.01", "xlsx", "csv"), (f"batch {TABLE} -s 1.01", "parquet", "jsonl"), (f"reform {TABLE} {CHANGE}", "csv", "json"),
    ("facts 贷款", "csv", "json"), ("check", "json", "md"), ("lpr", "json", "csv"), ("doctor", "json", "xlsx"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "format", "suffix"), FORMED)
def test_a_form_and_a_name_that_differ_are_refused(tmp_path: Path, command: str, format: str, suffix: str) -> None:
    place = tmp_path / f"a.{suffix}"
    done = run(f"{command} --format {format} -o {place}")
    assert done.code == 2 and suffix in done.err and not place.exists()


def test_any_other_name_takes_the_form_told(tmp_path: Path) -> None:
    for name in ("a", "a.txt", "a.2023-10", "a.log"):
        assert run(f"list --part g --format json -o {tmp_path / name}").code == 0
        assert json.loads((tmp_path / name).read_text("utf-8"))


@pytest.mark.parametrize("command", ["list --search 没有这样的", "facts 没有这样的", f"calendar {CHIP} -s 1.03"])
def test_a_file_that_is_asked_for_is_written_though_nothing_is_found(tmp_path: Path, command: str) -> None:
    place = tmp_path / "a.txt"
    place.write_text("an older answer", "utf-8")
    done = run(f"{command} -o {place}")
    assert done.code == 0 and "没有" in done.err
    assert "0" in place.read_text("utf-8") and "older" not in place.read_text("utf-8")


TOGETHER = ["-o a.csv --rejects a.csv", "-o a.csv --duplicates ./a.csv", "-o a.xlsx --list a.xlsx", "--duplicates b.xlsx --list b.xlsx"]


@pytest.mark.parametrize("outputs", TOGETHER)
def test_two_results_of_one_run_go_to_two_files(tmp_path: Path, outputs: str) -> None:
    shutil.copy(ROOT / TABLE, tmp_path / "t.csv")
    done = run(f"batch t.csv -s 1.01 {outputs}", cwd=tmp_path)
    assert done.code == 2 and "两样结果不能写到同一个文件" in done.err
    assert os.listdir(tmp_path) == ["t.csv"]
    for option in ("-o", "--list", "--duplicates", "--rejects"):
        assert "就是输入文件" in run(f"batch t.csv -s 1.01 {option} t.csv", cwd=tmp_path).err


def test_a_refused_value_is_told_by_label_in_every_command() -> None:
    for command in (f"plan {TABLE} -s 1.01", f"template 1.01 --project {TABLE} -o x.toml", f"estimate {OLD} -s 1.01 --set introduced_industry=制造业"):
        assert "改造后引入业态" in run(command).err, command


def test_a_reform_names_benefits_by_label_where_people_read_it() -> None:
    for form in ("table", "markdown", "html"):
        said = run(f"reform {TABLE} {CHANGE} --as-of 2023-12-01 --format {form}").out
        assert "1.01 投资补助" in said and "investment-grant |" not in said and "<td>investment-grant" not in said, form


def test_a_result_that_is_not_what_its_name_says_is_told(tmp_path: Path) -> None:
    for suffix in ("csv", "jsonl", "xlsx", "parquet"):
        place = tmp_path / f"r.{suffix}"
        assert run(f"batch {TABLE} -s 1.01 --as-of 2023-12-01 -o {place}").code == 1
        for damaged in (b"\xff\xfe\xaa", b'"', b"[1]", b"PK\x03\x04", b"PAR1"):
            place.write_bytes(damaged)
            done = run(f"verify {place}")
            assert done.code in (1, 2) and "程序出错" not in done.err, (suffix, damaged)


def test_what_verify_says_goes_to_a_file(tmp_path: Path) -> None:
    run(f"batch {TABLE} -s 1.01 --as-of 2023-12-01 -o {tmp_path}/r.csv")
    assert run(f"verify {tmp_path}/r.csv -o {tmp_path}/v.json").code == 0
    assert json.loads((tmp_path / "v.json").read_text("utf-8"))["same"] is True


def test_the_same_in_python(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--target"):
        catalog.whatif({}, "1.01", scenarios=[{"name": "x", "set": {}}], target="1亿元")
    with pytest.raises(InputError, match="一个数只改一次"):
        catalog.reform(ROOT / TABLE, changes=["1.01/investment-grant: percent = '25%'"] * 2)
