"""A refusal names file and line, tells all that is wrong at once, and what it suggests can be pasted as it stands."""

from __future__ import annotations

import pickle
import re
import shlex
from pathlib import Path

import pytest

from calc import Catalog, InputError
from tests.command import run

NAMES = ["我的 项目 (1).toml", "a&b;c.toml", "it's.toml", "$HOME`x`.toml", "-s.toml", "项目（一期）.toml"]


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


TOML = """name = "x"
[facts]
fixed_asset_investmnt = "1亿元"
renewable_capable = "也许"
"入驻律" = 1

[[facts.loans]]
principal = "1万元"

[[facts.loans]]
principal = "很多"
"""


def test_all_that_is_wrong_in_a_file_is_told_at_once_with_its_lines(tmp_path: Path) -> None:
    done = run(["estimate", str(write(tmp_path / "p.toml", TOML)), "-s", "1.01"])
    lines = done.err.splitlines()
    assert done.code == 2 and [line.split("：")[0] for line in lines] == [f"{tmp_path / 'p.toml'}:{line}" for line in (3, 4, 5, 11)]
    assert "最接近的是：fixed_asset_investment（固定资产投资总额）" in lines[0]
    assert "是否具备可再生能源利用条件（renewable_capable）" in lines[1] and "贷款本金（loans[2].principal）" in lines[3]


def test_json_and_options_are_named_too(tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", '{"name": "x",\n"facts": {\n"fixed_asset_investment": "多",\n"loans": [{"principal": 1},\n{"principal": "多"}]}}')
    done = run(["match", str(path)])
    assert [line.split("：")[0] for line in done.err.splitlines()] == [f"{path}:3", f"{path}:5"]
    done = run(["match", str(path), "--set", "fixed_asset_investment=x", "--set", "loans=[]"])
    assert done.err.startswith("--set：") and "“x”" in done.err


def test_what_is_wrong_only_when_it_is_computed_with_has_its_line(tmp_path: Path) -> None:
    loan = 'principal = "1万元"\nrate = "3%"\nstart = 2023-03-01\nend = 2022-03-01\n'
    path = write(tmp_path / "p.toml", f'[facts]\noccupancy_rate_one_year = "90%"\n[[facts.loans]]\n{loan}')
    assert run(["estimate", str(path), "-s", "1.01"]).err.startswith(f"{path}:7：")


def test_a_value_of_an_option_is_not_looked_for_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "p.toml", '[facts]\nfixed_asset_investment = "1亿元"\n')
    done = run(["whatif", str(path), "-s", "1.01", "--vary", "fixed_asset_investment=1亿,2亿"])
    assert done.code == 2 and str(path) not in done.err


def test_python_gets_one_error_that_has_them_all(catalog: Catalog) -> None:
    with pytest.raises(InputError) as refusal:
        catalog.estimate({"fixed_asset_investmnt": 1, "renewable_capable": "也许", "nonsense": 1}, scheme="1.01")
    error = refusal.value
    assert (error.fact, error.value, error.nearest[0]) == ("fixed_asset_investmnt", 1, "fixed_asset_investment")  # the name as it is written
    assert "fixed_asset_investment（固定资产投资总额）" in str(error)
    assert [one.fact for one in error.others] == ["renewable_capable", "nonsense"] and str(error).count("\n") == 2


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("t.csv", "单位：万元,\n项目名称,投资额度\n甲,1\n", 2),
        ("t.jsonl", '{"id": 1, "fixed_asset_investment": 1}\n{"id": 2, "投资额度": 1}\n', 2),
    ],
)
def test_a_header_is_refused_with_its_place(tmp_path: Path, name: str, content: str, line: int) -> None:
    path = write(tmp_path / name, content)
    assert run(["batch", str(path), "-s", "1.01"]).err.startswith(f"{path}:{line}：表头“投资额度”")
    projects = write(tmp_path / "p.csv", "项目名称,fixed_asset_investment\n甲,1\n")
    records = write(tmp_path / "l.csv", "项目名称,princ\n甲,1\n")
    assert run(["batch", str(projects), "-s", "1.01", "--items", f"loans={records}"]).err.startswith(f"{records}:1：表头“princ”")


def test_a_file_of_a_folder_tells_all_its_unknown_names(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.toml", "[facts]\nfooo = 1\nbarr = 2\n")
    done = run(["batch", str(tmp_path / "in"), "-s", "1.01"])
    assert "“fooo”" in done.err and "barr" in done.err


@pytest.mark.parametrize("name", NAMES)
def test_a_suggested_command_runs_as_it_stands(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, '[facts]\nfixed_asset_investment = "1亿元"\n')
    done = run(["estimate", "--", name], cwd=tmp_path)
    command = shlex.split(done.err[done.err.index("subsidy match") :])
    assert command[:2] == ["subsidy", "match"] and run(command, cwd=tmp_path).code == 0


def test_what_ask_suggests_runs_as_it_stands(tmp_path: Path) -> None:
    done = run(["ask", "1.01", "-o", "我的 项目 (1).toml"], stdin="1亿元\n\x04".encode(), cwd=tmp_path)
    said = done.err[done.err.index("“subsidy estimate") + 1 :].split("”")[0]
    assert run(shlex.split(said), cwd=tmp_path).code == 0


def test_an_error_sent_to_another_process_is_the_same() -> None:
    first = InputError("loan", "x", "1", ["lease"], message="batch.header.unknown").at("a.csv:1")
    first.others = [InputError("cost", "y", "2")]
    again = pickle.loads(pickle.dumps(first))
    assert (str(again), again.fact, again.value, again.nearest, len(again.others)) == (str(first), "loan", "x", ["lease"], 1)
    assert str(again.at("b.csv:2")) == str(first)  # it has its place
    assert str(again.called("贷款")) == str(first.called("贷款"))


def test_what_set_gives_is_refused_as_such_and_all_at_once() -> None:
    settings = ["--set", "投资总客=1亿元", "--set", "loans[1].rte=3%", "--set", "colour=red"]
    done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", *settings])
    assert done.code == 2 and [line[:14] for line in done.err.splitlines()] == ["--set：没有“投资总客”", "--set：没有“loans", "--set：没有“colou"]
    # a field that --set gives stands in no file, whether it is refused as it is read or once it is computed with
    for setting, said in (("loans[1].rate=高", "年化实际利率"), ("loans[1].end=2020-01-01", "到期日")):
        done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--set", setting])
        assert done.err.startswith(f"--set：事实“贷款（逐笔）[1] · {said}（{setting.partition('=')[0]}）”")


def test_a_contradiction_is_told_by_label_and_line_whatever_name_the_file_uses(tmp_path: Path) -> None:
    content = '[facts]\n[[facts."贷款（逐笔）"]]\n"贷款本金" = "1亿元"\n"年化实际利率" = "3%"\n"首笔放款日" = 2023-03-01\n"到期日" = 2022-03-01\n'
    done = run(["estimate", str(write(tmp_path / "p.toml", content)), "-s", "1.01"])
    assert done.code == 2 and done.err.startswith(f"{tmp_path / 'p.toml'}:")
    assert "“贷款（逐笔）[1] · 到期日（loans[1].end）”的值“2022-03-01”不可用。可接受：晚于 2023-03-01 的日期" in done.err


CHINESE = re.compile(r"[\u4e00-\u9fff，、；：。（）]")


REFUSED = ["introduced_industry=agriculture", "loans[1].rte=3%", "fixed_asset_investmnt=1", "renewable_capable=maybe", "loans[1].end=2020-01-01"]


@pytest.mark.parametrize("setting", REFUSED)
def test_a_refusal_in_english_is_in_english(setting: str) -> None:
    done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--lang", "en", "--set", setting])
    said = done.err.replace("是 / 否", "")  # how the answer may be written
    assert done.code == 2 and not CHINESE.search(said)


def test_choices_are_told_by_their_labels_and_each_can_be_given() -> None:
    for language, sign in (("zh", "、"), ("en", ", ")):
        done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--lang", language, "--set", "introduced_industry=?"])
        choices = done.err.strip().rpartition("：" if language == "zh" else ": ")[2].split(sign)
        assert len(choices) == 6 and not any("_" in one for one in choices)
        for one in choices:
            assert run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--set", f"introduced_industry={one}", "--format", "json"]).code == 0
