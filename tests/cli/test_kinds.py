"""Every command takes a file for what its content is, whatever it is called: all read it, to the same amounts, or all refuse it in the
same words."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from calc import Catalog
from calc.cli.common import Refusal, read_project
from calc.errors import FileProblem
from calc.kinds import kind_of
from calc.questions.fill.workbook import check_workbook
from tests.command import run

FACTS = {
    "fixed_asset_investment": "1.2亿元", "introduced_industry": "高精尖产业", "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%",
    "renewable_capable": "否",
}  # fmt: skip
TOTAL = "36000000.00"  # 30% of 1.2亿元
HEAD, ROW = ["项目名称", *FACTS], ["甲厂", *FACTS.values()]
PROJECT = {"name": "甲厂", "facts": FACTS}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def separated(mark: str = ",") -> str:
    return f"{mark.join(HEAD)}\n{mark.join(ROW)}\n"


def toml(*first: str) -> str:
    return "\n".join([*first, *(f'{name} = "{value}"' for name, value in FACTS.items())]) + "\n"


def dumped(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def made(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def workbook(out: io.BytesIO) -> None:
    filled = openpyxl.Workbook()
    filled.active.append(HEAD)
    filled.active.append(ROW)
    filled.save(out)


def archive(name: str, content: str = "x") -> bytes:
    def write(out: io.BytesIO) -> None:
        with zipfile.ZipFile(out, "w") as parts:
            parts.writestr(name, content)

    return made(write)


TABLE = pa.table({name: [value] for name, value in zip(HEAD, ROW, strict=True)})


def streamed(out: io.BytesIO) -> None:
    with pa.ipc.new_stream(out, TABLE.schema) as writer:
        writer.write_table(TABLE)


READ = {
    "TOML": toml('name = "甲厂"', "[facts]").encode(),
    "TOML, flat": toml("# 说明，备注", 'name = "甲厂"').encode(),
    "TOML, quoted": toml('"项目名称" = "甲厂"').encode(),
    "TOML in GB18030": toml('name = "甲厂"', "[facts]").encode("gb18030"),
    "TOML in UTF-16": toml('name = "甲厂"', "[facts]").encode("utf-16"),
    "JSON": dumped(PROJECT, 1).encode(),
    "JSON, flat": dumped({"name": "甲厂", **FACTS}).encode(),
    "JSON, an array": dumped([PROJECT], 1).encode(),
    "JSON in GB18030": dumped(PROJECT, 1).encode("gb18030"),
    "JSON lines": f"{dumped(PROJECT)}\n\n".encode(),
    "JSON lines, flat": f"{dumped({'id': '甲厂', **FACTS, 'note': 'x'})}\n".encode("utf-8-sig"),
    "CSV": separated().encode(),
    "CSV, marked": separated().encode("utf-8-sig"),
    "CSV in GB18030": separated().encode("gb18030"),
    "CSV in UTF-16": separated().encode("utf-16"),
    "CSV of an old Mac": separated().replace("\n", "\r").encode(),
    "CSV under a title": f"汇总表\n\n{separated()}".encode(),
    "CSV with semicolons": separated(";").encode(),
    "CSV that tells its mark": f"sep=|\n{separated('|')}".encode(),
    "TSV": separated("\t").encode(),
    "xlsx": made(workbook),
    "Parquet": made(lambda out: pq.write_table(TABLE, out)),
}
REFUSED = {
    "Feather": (made(lambda out: feather.write_feather(TABLE, out)), "另存为 Parquet 或 CSV"),
    "Arrow": (made(streamed), "另存为 Parquet 或 CSV"),
    "xls": (OLE, "另存为 .xlsx"),
    "ods": (archive("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), "另存为 .xlsx"),
    "xlsx with a password": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(200), "密码"),
    "xlsx cut off": (made(workbook)[:-300], "损坏"),
    "Parquet cut off": (made(lambda out: pq.write_table(TABLE, out))[:-30], "损坏"),
    "zip": (archive("a.csv", separated()), "请先解压"),
    "gzip": (gzip.compress(separated().encode()), "请先解压"),
    "docx": (archive("word/document.xml"), "Word"),
    "OFD": (archive("OFD.xml"), "OFD"),
    "PDF": (b"%PDF-1.7\n" + bytes(range(256)), "PDF"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), "图片"),
    "a web page": (b"<html><table><tr><td>1</td></tr></table></html>", "另存为 .xlsx"),
    "nothing": (b"", "空的"),
    "blanks": (b"\xef\xbb\xbf \n\n", "空的"),
    "zeros": (bytes(3000), "不是文本"),
    "UTF-16 without a mark": (separated().encode("utf-16-le"), "不是文本"),
    "no text": (bytes(range(255, 127, -1)) * 3, "编码"),
}
SUFFIXES = [".toml", ".json", ".jsonl", ".csv", ".tsv", ".xlsx", ".parquet", ".xls", "", ".TOML"]
FEW = [".csv", ".et"]


def batched(catalog: Catalog, file: Path) -> tuple[str, str]:
    """The project and the amount that counts, of the one row."""
    summary = catalog.batch(str(file), str(file.with_name("out.csv")), schemes=["1.01"])
    assert not summary.lines, summary.lines
    with open(file.with_name("out.csv"), encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    return rows[0]["project"], next(row["counted"] for row in rows if row["counted"] not in ("", "0.00"))


@pytest.mark.parametrize("content", READ)
def test_what_is_read_is_read_under_every_name(catalog: Catalog, tmp_path: Path, content: str) -> None:
    for suffix in SUFFIXES:
        file = tmp_path / f"a{suffix}"
        file.write_bytes(READ[content])
        project = read_project(str(file), catalog.facts)
        assert (project["name"] or project["id"], catalog.estimate(project["facts"], "1.01").total) == ("甲厂", TOTAL), suffix
        if suffix in FEW:
            assert batched(catalog, file) == ("甲厂", TOTAL), suffix
        file.unlink()


@pytest.mark.parametrize("content", REFUSED)
def test_what_is_refused_is_refused_in_the_same_words_under_every_name(catalog: Catalog, tmp_path: Path, content: str) -> None:
    raw, told = REFUSED[content]
    for suffix in SUFFIXES:
        file = tmp_path / f"a{suffix}"
        file.write_bytes(raw)
        with pytest.raises((FileProblem, Refusal)) as one:
            read_project(str(file), catalog.facts)
        said = str(one.value)
        assert told in said and said.startswith(str(file)) and "\n" not in said
        if suffix in FEW:
            with pytest.raises(FileProblem) as other:
                catalog.batch(str(file), str(tmp_path / "out.csv"), schemes=["1.01"])
            assert str(other.value) == said
        file.unlink()


COMMANDS = (
    "estimate {} -s 1.01", "match {}", "plan {} -s 1.01", "calendar {} -s 1.01", "whatif {} -s 1.01 --vary energy_saving_rate=10%..20%:5%",
    "ask 1.01 --project {}", "template 1.01 -o form.csv --force --project {}", "batch {} -s 1.01 -o out.csv",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("suffix", [".et", "", ".toml"])
def test_every_command_takes_a_workbook_under_another_name(tmp_path: Path, command: str, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(READ["xlsx"])
    done = run(command.format(f"a{suffix}"), cwd=tmp_path)
    assert done.code == 0, done.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", ["Feather", "xls", "docx", "nothing"])
def test_every_command_refuses_in_one_line(tmp_path: Path, command: str, content: str) -> None:
    raw, told = REFUSED[content]
    (tmp_path / "a.csv").write_bytes(raw)
    done = run(command.format("a.csv"), cwd=tmp_path)
    assert done.code == 2 and done.out == "" and told in done.err and done.err.startswith("a.csv") and done.err.count("\n") == 1


@pytest.mark.parametrize("content", [*READ, *REFUSED])
def test_standard_input_is_read_as_a_file_is(tmp_path: Path, content: str) -> None:
    raw = READ.get(content) or REFUSED[content][0]
    for command in ("estimate - -s 1.01 --format json", "plan - -s 1.01 --format json", "batch - -s 1.01 -o out.csv"):
        done = run(command, raw, cwd=tmp_path)
        if content in READ:
            written = (tmp_path / "out.csv").read_text(encoding="utf-8") if command.startswith("batch") else done.out
            assert done.code == 0 and TOTAL in written, (command, done.err)
        else:
            assert done.code == 2 and done.err.startswith("标准输入") and REFUSED[content][1] in done.err, (command, done.err)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", 'name = "x, y"\n', "toml"),
        ("a.csv", "[facts]\n", "toml"),
        ("a.csv", "名称 = 1,2\n3,4\n", "csv"),
        ("a.toml", "名称 = 甲\n", "toml"),
        ("a", "名称 = 甲\n", "toml"),
        ("a.toml", "甲,乙\n1,2\n", "csv"),
        ("a.toml", '投资额 "1,2亿元"\n', "toml"),
        ("a.toml", "# 甲,乙\n", "toml"),
        ("a.csv", "# 甲,乙\n", "csv"),
        ("a.json", "[1, 2]", "json"),
        ("a", "[1, 2]", "toml"),
        ("a.toml", "[a]\n", "toml"),
        ("a.jsonl", '{"a": 1\n{"b": 2}\n', "jsonl"),
        ("a.jsonl", '{\n"a": 1}\n', "json"),
        ("a.json", '{"a": [\n{"b": 2}\n]}', "json"),
        ("a.toml", '{"a": 1}\n{"a": 2}', "jsonl"),
        ("a", "甲\n1\n", "csv"),
    ],
)
def test_the_name_decides_where_the_content_leaves_it_open(name: str, content: str, kind: str) -> None:
    assert kind_of(name, content.encode()) == kind


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_text_in_the_place_of_a_workbook_is_told_as_such(name: str) -> None:
    with pytest.raises(FileProblem, match="是文本，不是"):
        kind_of(name, "没有表格".encode())


@pytest.mark.parametrize(("format", "content"), [("csv", "xlsx"), ("jsonl", "Parquet"), ("xlsx", "CSV"), ("parquet", "xlsx")])
def test_a_format_that_contradicts_the_content_is_refused(tmp_path: Path, format: str, content: str) -> None:
    (tmp_path / "a").write_bytes(READ[content])
    done = run(f"batch a -s 1.01 --input-format {format} -o out.csv", cwd=tmp_path)
    assert done.code == 2 and "--input-format" in done.err and done.err.startswith(f"a 不是 {format}")


@pytest.mark.parametrize("content", ["TOML", "TOML, flat", "JSON"])
def test_a_project_in_the_place_of_records_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(separated(), encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(READ[content])
    (tmp_path / "c.toml").write_text('[[loans]]\nname = "甲厂"\nprincipal = "8000万元"\n', encoding="utf-8")
    for name in ("b.csv", "c.toml"):
        done = run(f"batch a.csv -s 1.01 -o out.csv --items loans={name}", cwd=tmp_path)
        assert done.code == 2 and done.err.startswith(f"{name} 是一份 ") and "明细每行一条" in done.err
    (tmp_path / "d.toml").write_text('name = "甲厂"\nprincipal = "8000万元"\nrate = "3.8%"\nstart = 2023-03-01\nend = 2024-03-01\n', encoding="utf-8")
    assert run("batch a.csv -s 1.01 -o out.csv --items loans=d.toml", cwd=tmp_path).code == 0  # one record


HALF = "京".encode("gb18030")[:1]
FIRST, SECOND = f"{','.join([*HEAD, '备注'])}\n{','.join(ROW)},\n", ",".join(ROW).replace("甲", "乙")
BROKEN = {  # two projects, one with what is no text in it, and where
    "GB18030 in UTF-8": (FIRST.encode() + SECOND.encode() + ",朝阳".encode("gb18030"), "第3行 G列"),
    "half a character": (f"{FIRST}{SECOND},".encode("gb18030") + HALF, "第3行 G列"),
    "half a name": (FIRST.encode("gb18030") + HALF + SECOND[2:].encode("gb18030"), "第3行 A列"),
    "JSON lines": (f"{dumped(PROJECT)}\n".encode() + dumped({**PROJECT, "note": "?"}).encode().replace(b"?", b"\xff"), ":2:"),
    "JSON lines, the first": (dumped({**PROJECT, "note": "?"}).encode().replace(b"?", b"\xff") + f"\n{dumped(PROJECT)}\n".encode(), ":1:"),
}


@pytest.mark.parametrize("content", BROKEN)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a"])
def test_what_is_no_text_costs_its_project_only(tmp_path: Path, name: str, content: str) -> None:
    raw, place = BROKEN[content]
    (tmp_path / name).write_bytes(raw)
    done = run(f"batch {name} -s 1.01 -o out.csv", cwd=tmp_path)
    assert done.code == 1 and "读入 2 行 = 输出 1 行 + 被拒 1 行" in done.err, done.err
    done = run(f"plan {name} -s 1.01 --format json", cwd=tmp_path)
    assert done.code == 1 and json.loads(done.out)["total"] == TOTAL and f"{name}{place}".replace("第", " 第", 1) in done.err.replace("  ", " "), done.err
    done = run(f"estimate {name} -s 1.01", cwd=tmp_path)
    assert done.code == 2 and place in done.err and "读不出" in done.err, done.err


@pytest.mark.parametrize("content", ["TOML", "JSON", "JSON, an array"])
def test_a_document_that_is_no_text_in_one_place_is_told_with_it(tmp_path: Path, content: str) -> None:
    said = READ[content].decode()
    place = said.index("高精尖产业")
    at = f"{said[:place].count(chr(10)) + 1}:{place - said.rfind(chr(10), 0, place)}"
    for name in ("a.toml", "a.csv"):
        (tmp_path / name).write_bytes(said.replace("高精尖产业", "京").encode().replace("京".encode(), HALF))
        told = {run(f"{command} {name} -s 1.01", cwd=tmp_path).err for command in ("estimate", "plan", "batch")}
        assert len(told) == 1 and told.pop().startswith(f"{name}:{at}：这里有读不出的字符")


def test_a_list_beside_is_read_for_what_it_is(catalog: Catalog, tmp_path: Path) -> None:
    """Whatever the two are called: the table is CSV, its list a workbook, both without a suffix or with one of their own."""
    for suffix in ("", ".txt", ".csv"):
        (tmp_path / f"a{suffix}").write_text(separated(), encoding="utf-8")
        filled = openpyxl.Workbook()
        filled.active.append(["项目名称", "principal", "rate", "start", "end"])
        filled.active.append(["甲厂", "8000万元", "3.8%", "2023-03-01", "2024-03-01"])
        filled.save(tmp_path / "b.xlsx")
        (tmp_path / "b.xlsx").rename(tmp_path / f"a.loans{suffix}")
        project = read_project(str(tmp_path / f"a{suffix}"), catalog.facts)
        assert [loan["principal"] for loan in project["facts"]["loans"]] == ["8000万元"]
        summary = catalog.batch(str(tmp_path / f"a{suffix}"), str(tmp_path / "out.csv"), schemes=["1.01"])
        assert any("loans" in note for note in summary.notes), summary.notes
        for file in (tmp_path / f"a{suffix}", tmp_path / f"a.loans{suffix}"):
            file.unlink()


NAMES = {"a list": "[1]", "a table": "{ a = 1 }"}


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_that_is_no_text_is_refused_with_its_place(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.toml").write_text(toml(f"name = {NAMES[kind]}", "[facts]"), encoding="utf-8")
    for command in ("estimate a.toml -s 1.01", "plan a.toml"):
        done = run(command, cwd=tmp_path)
        assert done.code == 2 and done.err.startswith("a.toml:1：name 应是文字")
    done = run("batch a.toml -s 1.01 -o out.csv", cwd=tmp_path)
    assert done.code == 2 and "name 应是文字" in done.err


@pytest.mark.parametrize(("said", "shown"), [("1", "1"), ("true", "true"), ("2023-01-02", "2023-01-02"), ("1.50", "1.50")])
def test_a_name_that_is_a_number_or_a_day_is_shown_as_it_stands(catalog: Catalog, tmp_path: Path, said: str, shown: str) -> None:
    (tmp_path / "a.toml").write_text(toml(f"name = {said}", "[facts]"), encoding="utf-8")
    assert read_project(str(tmp_path / "a.toml"), catalog.facts)["name"] == shown
    assert batched(catalog, tmp_path / "a.toml") == (shown, TOTAL)


def test_what_is_wrong_with_every_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "x": "\\ud800"}\n{"id": "2", "x": "\\udc00"}\n', encoding="utf-8")
    done = run("batch a.jsonl -s 1.01 -o out.csv", cwd=tmp_path)
    assert done.code == 2 and [line[:5] for line in done.err.splitlines()] == ["第 1 行", "第 2 行"] and done.err.count("半个字符") == 2
    done = run("estimate a.jsonl -s 1.01", cwd=tmp_path)
    assert done.code == 2 and "a.jsonl:1" in done.err and "半个字符" in done.err


def test_columns_that_differ_in_case_keep_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(dumped({"id": "1", "Ab": "7", "aB": "y", **FACTS}) + "\n", encoding="utf-8")
    for form in ("jsonl", "csv", "parquet"):
        assert run(f"batch a.jsonl -s 1.01 --wide --budget 1亿元 --cut rank --rank Ab -o out.{form}", cwd=tmp_path).code == 0
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert list(row)[:3] == ["id", "Ab", "aB"] and (row["Ab"], row["aB"]) == ("7", "y")
    assert list(row) == pq.read_schema(tmp_path / "out.parquet").names
    assert ",".join(row) == (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[0]


def test_a_value_that_is_wrong_is_rejected_with_its_line_in_the_document(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "甲"\n[facts]\n\nenergy_saving_rate = "很高"\nrenewable_capable = "否"\n', encoding="utf-8")
    done = run("batch a.toml -s 1.01 -o out.csv", cwd=tmp_path)
    assert done.code == 1 and "第 4 行" in done.err, done.err


def test_a_broken_document_is_refused_in_the_same_words(tmp_path: Path) -> None:
    for name, content in (("a.toml", 'name = "甲\n'), ("a.json", '{"name": "甲",}'), ("b.json", '[{"name" "甲"}]')):
        (tmp_path / name).write_text(content, encoding="utf-8")
        done = [run(f"{command} {name} -s 1.01", cwd=tmp_path) for command in ("estimate", "plan", "batch")]
        assert {one.code for one in done} == {2} and len({one.err for one in done}) == 1 and done[0].err.startswith(f"{name}:1:")


def test_a_project_in_toml_loads_nothing_that_tables_need() -> None:
    code = "import sys; from calc.cli import main\ntry: main(['estimate', 'examples/old-factory.toml', '-s', '1.01'])\nexcept SystemExit: pass\n"
    heavy = "{'openpyxl', 'pyarrow', 'duckdb', 'python_calamine', 'calc.questions.fill.sheets', 'calc.questions.fill.heads'}"
    done = subprocess.run([sys.executable, "-c", f"{code}print(sorted({heavy} & set(sys.modules)))"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_folder_reads_every_kind_under_any_name(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, content in enumerate(["TOML", "JSON lines", "CSV in GB18030", "TSV", "xlsx", "Parquet"]):
        (folder / f"{number}.et").write_bytes(READ[content])
    (folder / "lists").write_text(separated(), encoding="utf-8")  # a table with its list beside, neither with a suffix
    (folder / "lists.loans").write_text("项目名称,principal\n甲厂,8000万元\n", encoding="utf-8")
    for content in ("docx", "Feather", "nothing"):
        (folder / f"{content}.csv").write_bytes(REFUSED[content][0])
    done = run(f"batch {folder} -s 1.01 -o out.csv", cwd=tmp_path)
    assert done.code == 1 and "读入 10 行 = 输出 7 行 + 被拒 3 行" in done.err, done.err
    with open(tmp_path / "out.csv", encoding="utf-8-sig") as lines:
        assert [row["counted"] for row in csv.DictReader(lines) if row["counted"] not in ("", "0.00")] == [TOTAL] * 7
    rejects = (tmp_path / "out.rejects.csv").read_text(encoding="utf-8-sig")
    assert all(REFUSED[content][1] in rejects for content in ("docx", "Feather", "nothing"))


def test_a_workbook_with_its_lists_is_opened_once(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = openpyxl.Workbook()
    filled.active.append(HEAD)
    filled.active.append(ROW)
    loans = filled.create_sheet("loans")
    loans.append(["项目名称", "principal", "rate", "start", "end"])
    loans.append(["甲厂", "8000万元", "3.8%", "2023-03-01", "2024-03-01"])
    filled.save(tmp_path / "a.xlsx")
    opened: list[object] = []

    def checked(name: object, raw: bytes) -> None:
        opened.append(name)
        check_workbook(name, raw)

    monkeypatch.setattr("calc.questions.fill.cells.check_workbook", checked)
    assert batched(catalog, tmp_path / "a.xlsx") == ("甲厂", TOTAL) and len(opened) == 1


@pytest.mark.parametrize("content", ["xls", "xlsx", "Parquet", "Feather", "docx", "zeros", "no text"])
def test_a_table_of_rates_or_scenarios_that_is_no_text_is_told_as_what_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.toml").write_bytes(READ["TOML"])
    (tmp_path / "b.toml").write_bytes(READ.get(content) or REFUSED[content][0])
    for command in ("estimate a.toml -s 1.01 --lpr b.toml", "whatif a.toml -s 1.01 --scenarios b.toml"):
        done = run(command, cwd=tmp_path)
        assert done.code == 2 and done.err.startswith("b.toml") and done.err.count("\n") == 1, done.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_tables_of_rates_and_scenarios_are_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.toml").write_bytes(READ["TOML"])
    (tmp_path / "lpr.toml").write_bytes('# 利率\nverified = 2024-01-01\n[[rates]]\nfrom = 2019-08-20\n1Y = "4%"\n5Y = "5%"\n'.encode(encoding))
    (tmp_path / "s.toml").write_bytes('[[scenario]]\nname = "节能"\nset = { energy_saving_rate = "20%" }\n'.encode(encoding))
    assert run("estimate a.toml -s 1.01 --lpr lpr.toml", cwd=tmp_path).code == 0
    done = run("whatif a.toml -s 1.01 --scenarios s.toml", cwd=tmp_path)
    assert done.code == 0 and "节能" in done.out, done.err
