"""The commands as a user types them: answers, refusals, exit codes, what goes where."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from calc import Catalog, messages
from calc.cli import COMMANDS, common
from tests.command import ROOT, run

OLD = "examples/old-factory.toml"
BIG = "examples/big-plant.toml"
RESULT = {
    "id", "title", "validity", "status", "total", "total_if", "combine", "chosen", "group_caps", "reason", "source", "benefits", "warnings",
}  # fmt: skip
BENEFIT = {
    "id", "label", "clause", "nature", "support", "status", "amount", "binding", "schedule", "disbursement", "conditions", "missing",
    "assumed", "checklist", "reason", "warnings", "trace", "supplement",
}  # fmt: skip


def answer(command: str, **more: object) -> dict:
    done = run(f"{command} --format json", **more)  # type: ignore[arg-type]
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


# ---------------------------------------------------------------- estimate


def test_estimate_as_json_is_the_contract() -> None:
    found = answer(f"estimate {OLD} -s 1.01 --as-of 2023-10-01")
    assert set(found) == {"project", "schemes", "warnings"}
    assert found["project"]["name"] == "某老旧厂房改造"
    assert found["project"]["facts"]["fixed_asset_investment"] == "120000000.00"
    assert found["project"]["facts"]["loans"] == [{"principal": "80000000.00", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}]
    (scheme,) = found["schemes"]
    assert set(scheme) == RESULT
    assert all(set(benefit) == BENEFIT for benefit in scheme["benefits"])
    assert set(scheme["benefits"][0]["trace"][0]) == {"label", "expression", "value", "clause"}
    assert (scheme["total"], scheme["chosen"], scheme["validity"]) == ("36000000.00", ["investment-grant"], "in-force")
    assert found["warnings"] == []


def test_the_command_prints_what_the_library_returns(catalog: Catalog) -> None:
    found = answer(f"estimate {BIG} -s g07 -s g13 --as-of 2023-03-01")
    document = common.read_project(str(ROOT / BIG), catalog.facts)
    import datetime as dt

    day = dt.date(2023, 3, 1)
    assert found["schemes"] == [catalog.estimate(document["facts"], s, day).model_dump(mode="json") for s in ("g07", "g13")]


def test_set_overrides_a_fact_whatever_it_is_called() -> None:
    for name in ("fixed_asset_investment", "固定资产投资总额"):
        assert answer(f"estimate {OLD} -s 1.01 --set {name}=1000万元")["schemes"][0]["benefits"][0]["amount"] == "3000000.00"


def test_set_reaches_into_a_record_and_can_add_one() -> None:
    # 8000万元 × 3% × 366/360 and × 365/360
    found = answer(f"estimate {OLD} -s 1.01 --set loans[1].rate=3%")
    assert found["schemes"][0]["benefits"][1]["schedule"] == [{"period": "1", "amount": "2440000.00"}, {"period": "2", "amount": "2433333.33"}]
    more = answer(f"estimate {OLD} -s 1.01 --set loans[2].principal=100万元")
    assert more["schemes"][0]["benefits"][1]["missing"] == ["loans.end", "loans.start", "loans.rate"]


def test_set_takes_a_whole_list_as_json_and_blank_unsets() -> None:
    loans = '[{"principal":"3600万元","rate":"3%","start":"2024-03-01","end":"2027-03-01"}]'
    done = run(["estimate", OLD, "-s", "1.01", "--format", "json", "--set", f"loans={loans}", "--set", "energy_saving_rate="])
    found = json.loads(done.out)["schemes"][0]
    assert found["benefits"][1]["amount"] == "2190000.00"
    assert found["benefits"][1]["assumed"] == ["energy_saving_rate"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("energy_saving_rate", "--set 写成 事实=值，却是“energy_saving_rate”"),
        ("=3", "--set 写成 事实=值，却是“=3”"),
        ("loans[9].rate=3%", "--set loans[9].rate=3%：这张明细现有 1 项，序号从 1 数起，最多可新增一项"),
        ("loans=[{]", '--set loans=[{]：明细应是 JSON 列表，如 loans=[{"principal":"1000万元"}]'),
        (
            "energy_saving_rat=3%",
            "--set：没有“energy_saving_rat”这个事实。可接受：事实的编号、名称或别名（subsidy facts 可查找）；"
            "最接近的是：energy_saving_rate（改造后综合节能率） / energy_saving_grade_built（节能等级） / energy_saving_rate_x",
        ),
        ("energy_saving_rate=很高", "--set：事实“改造后综合节能率（energy_saving_rate）”的值“很高”不可用。可接受：百分比，如 3.85%、0.1‰，或不大于 1 的小数"),
        ("energy_saving_rate=18", "--set：事实“改造后综合节能率（energy_saving_rate）”的值“18”不可用。可接受：百分比；是不是想写 18%？"),
    ],
)
def test_settings_that_cannot_be_used(setting: str, said: str) -> None:
    done = run(["estimate", OLD, "-s", "1.01", "--set", setting])
    assert (done.code, done.out) == (2, "")
    assert done.err.strip().startswith(said.partition(" / ")[0])


def test_a_project_from_standard_input_toml_or_json() -> None:
    facts = {"fixed_asset_investment": "1000万元"}
    json_ = json.dumps({"name": "某项目", "facts": facts}, ensure_ascii=False).encode()
    toml = 'name = "某项目"\nfixed_asset_investment = "1000万元"\n'
    for content in (json_, toml.encode(), toml.encode("gb18030"), b"\xef\xbb\xbf" + toml.encode()):
        found = answer("estimate - -s 1.01", stdin=content)
        assert found["project"]["name"] == "某项目"
        assert found["schemes"][0]["benefits"][0]["amount"] == "3000000.00"


def test_facts_that_no_scheme_chosen_uses_are_named() -> None:
    found = answer(f"estimate {BIG} -s g13")
    (warning,) = found["warnings"]
    assert warning.startswith("给出的这些事实，所选政策都没有用到：")
    assert all(f"（{id}）" in warning for id in ("industry", "total_investment", "loans"))
    assert "suppliers" not in warning
    assert answer(f"estimate {BIG} -s g07 -s g13 --as-of 2023-03-01")["warnings"] == []


def test_a_record_field_that_no_scheme_chosen_uses_is_named_but_not_what_interest_reads() -> None:
    done = run(["estimate", OLD, "-s", "1.01", "--format", "json", "--set", "loans[1].kind=研发贷款", "--set", "loans[1].lpr_term=1Y"])
    (warning,) = json.loads(done.out)["warnings"]
    assert warning.endswith("贷款（逐笔） · 贷款类别（loans.kind）")


def test_without_a_scheme_it_says_what_to_do() -> None:
    done = run(f"estimate {OLD}")
    assert (done.code, done.out) == (2, "")
    assert done.err.strip() == f"请用 -s 指定政策，如 -s 1.01。不知道哪些适用：subsidy match {OLD}"


def test_unknown_and_ambiguous_schemes() -> None:
    done = run(f"estimate {OLD} -s g7")
    assert done.code == 2
    assert done.err.startswith("没有“g7”这个政策。可接受：政策编号或其不含糊的前缀，如 1.01、g07；最接近的是：g17 / g07")
    assert "符合的有：" in run(f"estimate {OLD} -s g").err


def test_validity_is_as_of_a_day_and_reported_not_enforced() -> None:
    for day, state in (("2023-02-23", "not-yet"), ("2023-02-24", "in-force"), ("2023年4月15日", "in-force"), ("2023/4/16", "expired")):
        (scheme,) = answer(f"estimate {BIG} -s g13 --as-of {day}")["schemes"]
        assert (scheme["validity"], scheme["total"]) == (state, "5990000.00")
    assert "政策已于 2023-04-15 失效" in run(f"estimate {BIG} -s g13 --as-of 2024-01-01").out
    assert run(f"estimate {OLD} -s 1.01 --as-of 明天").code == 2


def test_an_lpr_table_of_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "lpr.toml"
    table.write_text('verified = 2023-12-31\n[[rates]]\nfrom = 2023-01-01\n1Y = "3%"\n5Y = "4%"\n', encoding="utf-8")
    done = run(["estimate", OLD, "-s", "1.01", "--lpr", str(table), "--format", "json"])
    assert json.loads(done.out)["schemes"][0]["benefits"][1]["schedule"][0]["amount"] == "2440000.00"


# ---------------------------------------------------------------- output


def test_the_form_follows_the_file_and_csv_opens_in_excel(tmp_path: Path) -> None:
    starts = {"a.json": b"{", "a.csv": b"\xef\xbb\xbfproject,", "a.md": b"# ", "a.txt": "某老旧厂房改造".encode()}
    for name, start in starts.items():
        done = run(["estimate", OLD, "-s", "1.01", "-o", str(tmp_path / name)])
        assert (done.code, done.out) == (0, "")
        assert (tmp_path / name).read_bytes().startswith(start)
    assert {f.name for f in tmp_path.iterdir()} == set(starts)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.json"
    file.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(os, "replace", full)
    done = run(["estimate", OLD, "-s", "1.01", "-o", str(file)])
    assert (done.code, done.out) == (2, "")
    assert "磁盘已满" in done.err
    assert [f.name for f in tmp_path.iterdir()] == ["out.json"]
    assert file.read_text(encoding="utf-8") == "old"


def test_an_output_folder_that_does_not_exist(tmp_path: Path) -> None:
    done = run(["estimate", OLD, "-s", "1.01", "-o", str(tmp_path / "none" / "out.json")])
    assert (done.code, done.out) == (2, "")
    assert "不存在或不可写" in done.err


def test_csv_has_a_row_a_benefit_and_one_for_the_total() -> None:
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO(run(f"estimate {BIG} -s g07 --as-of 2023-03-01 --format csv").out)))
    assert [r["benefit"] for r in rows] == ["mid-long-loan-interest", "working-capital-interest", "major-project-interest", ""]
    assert [r["amount"] for r in rows] == ["8516666.66", "1520833.33", "90000000.00", "100000000.00"]
    assert rows[2]["binding"] == "enterprise-year:30000000.00"
    assert rows[3]["binding"] == "enterprise-year:10000000.00"


def test_a_name_that_a_spreadsheet_would_run_is_harmless_in_csv() -> None:
    done = run("estimate - -s 1.01 --format csv", stdin=b'name = "=HYPERLINK(1)"\n[facts]\n')
    assert done.out.splitlines()[1].startswith("'=HYPERLINK(1),")


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    done = run(f"estimate {OLD} -s 1.01 --format jsn")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("没有“jsn”这种格式。可用：table、json、csv、markdown")
    assert "最接近的是：json" in done.err


# ---------------------------------------------------------------- wrong usage and files


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("estmate x", "没有“estmate”这个命令。可用：list、show、estimate"),
        ("estimate", "缺少参数 PROJECT"),
        (f"estimate {OLD} -s", "选项 -s 后面要写值"),
        (f"estimate {OLD} --frmat json", "没有 --frmat 这个选项；最接近的是：--format"),
        (f"estimate {OLD} {BIG} -s 1.01", f"多余的参数：{BIG}"),
        ("estimate none.toml -s 1.01", "none.toml：读不了（没有这个文件或目录）"),
        ("show g07 --lang fr", "--lang 只能是 zh 或 en，却是“fr”"),
        ("show 9.99", "没有“9.99”这个政策。"),
        ("list --schemes nowhere", "nowhere: 没有这个政策文件夹"),
        ("lpr 2023-13-01", "日期“2023-13-01”不可用。可接受：日期，如 2023-03-01"),
        ("list --part 7", "选项 --part 的值“7”不可用。可接受：其中之一：1（综合）、2（两业融合）、3（先进制造业）"),
        ("match examples/chip-design-house.toml --top many", "--top 的值不可用："),
    ],
)
def test_wrong_usage(command: str, said: str) -> None:
    done = run(command)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"facts": ', "标准输入:1:11：JSON 格式有误："),
        (b"[1, 2]", "标准输入:1:3：TOML 格式有误："),
        (b"fixed_asset_investment = 5000\xe4\xb8\x87\xe5\x85\x83", "标准输入:1:30：TOML 格式有误：值后面还有内容"),
        (b"facts = 3", "标准输入：facts 应是一张表"),
        (b"[facts]\n[[loans]]\nprincipal = 1", "标准输入:2：[facts] 外面只能写 name、facts、id、enterprise、note，不认识：loans；是事实的移到 [facts] 里"),
        (b"\xff\xfe\x00\x01\x81", "标准输入:1:2：这里有读不出的字符，不是 utf-16 编码"),
        (b"[facts]\nloans = 3", "标准输入:2：事实“贷款（逐笔）（loans）”的值“3”不可用。可接受：明细表（逐项记录）"),
        (b"[facts]\nloans = [3]", "标准输入:2：事实“贷款（逐笔）[1]（loans[1]）”的值“3”不可用。"),
        (b"[facts]\n[[facts.loans]]\nprincipl = 3", "标准输入:3：没有“loans[1].principl”这个事实。"),
        (b"a = " + b"[" * 3000, "标准输入：TOML 格式有误：嵌套太深"),
        (b'{"facts": ' + b"[" * 100000, "标准输入：JSON 格式有误：嵌套太深"),
    ],
)
def test_project_files_that_cannot_be_used(content: bytes, said: str) -> None:
    done = run("estimate - -s 1.01", stdin=content)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)


def test_a_bug_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import calc.catalog

    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(calc.catalog, "load_catalog", broken)
    done = run("list", SUBSIDY_TRACEBACK="")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("程序出错，不是您的输入写错了：ZeroDivisionError: division by zero。")


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = [sys.executable, "-c", "from calc.cli import main; main()", "list"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


# ---------------------------------------------------------------- help and languages


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, language: str) -> None:
    done = run(f"{command} --help --lang {language}")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("用法：subsidy " if language == "zh" else "Usage: subsidy ")
    assert f"subsidy {command}" in done.out.partition("例：" if language == "zh" else "Example: ")[2]
    assert all(_columns(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize(("language", "usage"), [("zh", "用法：subsidy [选项] 命令 …"), ("en", "Usage: subsidy [options] COMMAND …")])
def test_the_usage_is_in_the_language_asked_for(language: str, usage: str) -> None:
    assert run(f"--help --lang {language}").out.splitlines()[0] == usage


@pytest.mark.parametrize(
    ("language", "key", "said"),
    [
        ("zh", "ask.saved", "“subsidy match 1.toml”"),
        ("en", "ask.saved", "`subsidy match 1.toml`"),
        ("zh", "new.wrote", "“subsidy check 1.toml”"),
        ("en", "new.wrote", "`subsidy check 1.toml`"),
    ],
)
def test_a_command_in_a_sentence_is_quoted(language: str, key: str, said: str) -> None:
    before = messages.language()
    messages.use(language)
    try:
        assert messages.text(key, file="1.toml", command="check 1.toml" if key == "new.wrote" else "match 1.toml").endswith(said)
    finally:
        messages.use(before)


def _columns(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


def test_help_lists_all_commands_with_and_without_asking() -> None:
    for command in ("", "--help"):
        done = run(command)
        assert done.code == 0
        assert [c for c in COMMANDS if f"\n  {c} " not in done.out] == []


def test_the_language_may_be_asked_for_anywhere() -> None:
    asked = [run("--lang en lpr 2023-03-01"), run("lpr 2023-03-01 --lang=en"), run("lpr 2023-03-01", SUBSIDY_LANG="en_GB.UTF-8")]
    assert {done.out for done in asked} == {"LPR in force on 2023-03-01\n1-year 3.65%, 5-year 4.30%\nsince 2022-08-22\ntable last verified on 2026-09-20\n"}


def test_no_message_stands_twice() -> None:
    """A key that two files of messages share would say one thing or the other, by which was read first."""
    import runpy

    from calc.messages import PARTS

    seen: dict[str, str] = {}
    for part in ("core", *PARTS):
        for key in runpy.run_path(str(ROOT / f"calc/messages/{part}.py"))["MESSAGES"]:
            assert key not in seen, (key, part, seen[key])
            seen[key] = part


def test_every_message_stands_in_both_languages() -> None:
    from calc.messages import MESSAGES, text

    with pytest.raises(KeyError):
        text("no such message")  # reads the whole catalogue
    assert len(MESSAGES) > 400
    assert [key for key, both in MESSAGES.items() if not all(said.strip() for said in both) and "unit" not in key and "suffix" not in key] == []
    fields = {key: [sorted(set(_fields(said))) for said in both] for key, both in MESSAGES.items()}
    assert [key for key, (zh, en) in fields.items() if zh != en] == []


def _fields(said: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(said) if name]


def test_version() -> None:
    from calc import __version__

    assert run("--version").out == f"subsidy {__version__}\n"


# ---------------------------------------------------------------- lpr, check


def test_lpr() -> None:
    done = run("lpr 2023-03-01")
    assert (done.code, done.err) == (0, "")
    assert done.out == "2023-03-01 执行的 LPR\n一年期 3.65%，五年期以上 4.30%\n自 2022-08-22 起执行\n利率表最后核实到 2026-09-20\n"
    assert answer("lpr 2022-08-22")["1Y"] == "3.65%"
    assert answer("lpr 2022-08-21") == {
        "date": "2022-08-21", "1Y": "3.7%", "5Y": "4.45%", "since": "2022-05-20", "verified": "2026-09-20", "warnings": [],
    }  # fmt: skip


def test_lpr_outside_its_table_warns() -> None:
    before, after = run("lpr 2019-08-19"), run("lpr 2026-09-21")
    assert "一年期 —，五年期以上 —" in before.out
    assert before.err == "2019-08-19 早于利率表的起始日 2019-08-20，没有可用的 LPR\n"
    assert "一年期 3.00%，五年期以上 3.50%" in after.out
    assert after.err == "2026-09-21 晚于利率表的最后核实日 2026-09-20，沿用当时的利率，请核对\n"
    assert run("lpr 2019-08-20").err == run("lpr 2026-09-20").err == ""


def test_lpr_without_a_day_lists_every_change() -> None:
    lines = run("lpr").out.splitlines()
    assert lines[0] == "2019-08-20  一年期 4.25%，五年期以上 4.85%"
    assert lines[-2] == "2025-05-20  一年期 3.00%，五年期以上 3.50%"
    assert len(lines) == 16


def test_check_is_clean_over_all_schemes_and_fast() -> None:
    import time

    start = time.process_time()
    done = run("check")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("检查了 179 个政策文件、")
    assert time.process_time() - start < 20  # a few seconds; the rest is for a slow machine


def test_check_tells_every_problem_with_file_line_and_hint(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text(
        '[cost]\ntype = "money"\nlabel = "费用"\n\n[grade]\ntype = "enumm"\nlabel = "等级"\n\n[kind]\ntype = "enum"\nlabel = "cost"\n'
        'values = { a = "甲" }\nvalues_en = { b = "B" }\n',
        encoding="utf-8",
    )
    scheme = (
        'id = "9.01-one"\ntitle = "一"\nlater_batch = "9.02-two"\n[source]\ncard = "9.01"\ndocument = "文"\nauthority = "局"\n'
        '[[benefits]]\nid = "grant"\nlabel = "补助"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\namount = { percent = "30%", of = "cost" }\n'
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "9.01-one.toml").write_text(scheme, encoding="utf-8")
    (tmp_path / "b" / "9.01-one.toml").write_text(scheme.replace("of = ", "off = "), encoding="utf-8")
    (tmp_path / "b" / "9.03-three.toml").write_text(scheme.replace("9.02-two", "9.01-onee"), encoding="utf-8")
    done = run(["check", "--schemes", str(tmp_path)])
    assert done.code == 1
    assert done.err == "检查了 3 个政策文件，发现 9 个问题\n"
    lines = done.out.replace(str(tmp_path) + "/", "").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "facts.toml:5: grade: type = enumm",
        "facts.toml:9: kind 的 values_en 有 values 里没有的 b",
        "facts.toml:9: kind 的名称或别名“cost”是另一个事实的编号",
        "a/9.01-one.toml:1: 编号 9.01-one 重复，另一个在 b/9.01-one.toml",
        "a/9.01-one.toml:3: later_batch 指向的政策 9.02-two 不存在",
        "b/9.01-one.toml:1: 编号 9.01-one 重复，另一个在 a/9.01-one.toml",
        "b/9.01-one.toml:14: amount: percent 里不能写 off；可写：at_least、at_most、of、pays_from、per、percent、round",
        "b/9.03-three.toml:1: 文件名 9.03-three.toml 与 id 9.01-one 不一致",
        "b/9.03-three.toml:3: later_batch 指向的政策 9.01-onee 不存在",
    ]
    assert "    提示：of" in lines
    assert any(line.startswith("    提示：9.01-one") for line in lines)


def test_check_takes_a_folder_as_it_stands(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "other_city", tmp_path / "city")
    assert run(["check", str(tmp_path / "city")]) == run(["check", "--schemes", str(tmp_path / "city")])
    assert run(["check", str(tmp_path / "none")]).code == 2


def test_check_of_one_file_uses_the_facts_above_it(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text('[cost]\ntype = "money"\nlabel = "费用"\n', encoding="utf-8")
    file = tmp_path / "part" / "9.01-one.toml"
    file.parent.mkdir()
    file.write_text('id = "9.01-one"\ntitle = "一"\n', encoding="utf-8")
    (tmp_path / "part" / "9.02-two.toml").write_text("", encoding="utf-8")
    done = run(["check", str(file)])
    assert done.code == 1
    assert done.err == "检查了 1 个政策文件，发现 1 个问题\n"
    assert done.out == f"{file}:1: 缺少 source\n    提示：source = …\n"
    found = json.loads(run(["check", str(file), "--format", "json"]).out)
    assert found == [{"file": str(file), "line": 1, "problem": "缺少 source", "hint": "source = …"}]
    assert run(["check", str(tmp_path / "none.toml")]).code == 2


def test_the_library_checks_as_the_command_does(catalog: Catalog) -> None:
    assert catalog.check() == []


# ---------------------------------------------------------------- what is loaded


def test_an_estimate_loads_nothing_heavy() -> None:
    """What makes a command slow to start is what it imports."""
    script = (
        "import sys\nfrom calc.cli import main\ntry:\n    main(['estimate', 'examples/old-factory.toml', '-s', '1.01', '--format', 'json'])\n"
        "finally:\n    print(' '.join(sorted(sys.modules)), file=sys.stderr)\n"
    )
    for _ in range(2):  # the first run may have to read the scheme anew
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert loaded & {"pydantic", "rich.console", "rich.table", "duckdb", "highspy", "pyarrow", "xlsxwriter", "calc.cli.match"} == set()
