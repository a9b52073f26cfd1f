"""Workbooks that are damaged, locked, of another kind, or far larger than they look: one line each, at once, in little memory."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils import get_column_letter

from calc.errors import TOLD, FileProblem
from calc.questions.fill.cells import _FLAW, Workbook
from calc.questions.fill.workbook import check_workbook
from tests.command import run

SHEET = "xl/worksheets/sheet1.xml"


def book(change: Callable[[str], str] = lambda xml: xml, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook of one project, its sheet's XML changed, with more parts."""
    made, out = io.BytesIO(), io.BytesIO()
    filled = openpyxl.Workbook()
    filled.active.append(["project", "固定资产投资总额"])
    filled.active.append(["甲厂", "1000万元"])
    filled.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in parts.infolist():
            content = parts.read(part)
            changed.writestr(part.filename, change(content.decode()) if part.filename == SHEET else content)
        for name, content in (more or {}).items():
            changed.writestr(name, content)
    return out.getvalue()


def cell(place: str) -> Callable[[str], str]:
    row = re.sub("[A-Z]", "", place)
    return lambda xml: xml.replace("</sheetData>", f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>')


def merged(area: str) -> Callable[[str], str]:
    return lambda xml: xml.replace("</sheetData>", f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>')


def broken(raw: bytes) -> bytes:
    """The same file with bytes turned over in the middle of its first sheet."""
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        at = parts.getinfo(SHEET).header_offset + len(SHEET) + 60
    return raw[:at] + bytes(255 - b for b in raw[at : at + 20]) + raw[at + 20 :]


def other(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr(name, content)
    return out.getvalue()


def part(name: str, content: bytes) -> bytes:
    """A workbook in which one part is another."""
    made, out = io.BytesIO(book()), io.BytesIO()
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for one in parts.infolist():
            changed.writestr(one.filename, content if one.filename == name else parts.read(one))
    return out.getvalue()


def added(row: str) -> Callable[[str], str]:
    return lambda xml: xml.replace("</sheetData>", row + "</sheetData>")


STYLES, LIST = "xl/styles.xml", "xl/workbook.xml"
SHEETS = b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets>' + b'<sheet name="x"/>' * 2001 + b"</sheets></workbook>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
BAD = {
    "last cell": (book(cell("XFD1048576")), "几乎全空"),
    "past the columns": (book(cell("XFE9")), "之外"),
    "past the rows": (book(cell("A1048577")), "之外"),
    "a name too long": (book(cell("ABCDEFGHIJKL99999999999999999999")), "之外"),
    "merged": (book(merged("A1:XFD1048576")), "几乎全空"),
    "zip bomb": (book(more={"xl/media.xml": bytes(200 << 20)}), "太大"),
    "cut off": (book()[:-300], "损坏"),
    "turned over": (broken(book()), "损坏"),
    "only a beginning": (b"PK\x03\x04" + bytes(200), "损坏"),
    "locked": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(200), "密码"),
    "xls": (OLE, "另存为 .xlsx"),
    "ods": (other("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), "另存为 .xlsx"),
    "xlsb": (other("xl/workbook.bin", b"x"), "另存为 .xlsx"),
    "numbers": (other("Index/Document.iwa", b"x"), "另存为 .xlsx"),
    "spaces about a place": (book(added('<row r = "1048576"><c r = "XFD1048576"><v>1</v></c></row>')), "几乎全空"),
    "places left out": (book(added('<row r="1048576">' + "<c><v>1</v></c>" * 16384 + "</row>")), "几乎全空"),
    "places left out, past the columns": (book(added("<row>" + "<c><v>1</v></c>" * 16385 + "</row>")), "之外"),
    "a tag without end": (book(added('<row r="1048576"><c r="XFD1048576" x="' + "a" * (9 << 20) + '"/></row>')), "几乎全空"),
    "formats by the million": (part(STYLES, b"<a/>" * (5 << 20)), "太大"),
    "formats torn": (part(STYLES, b"<a><b></a>"), "损坏"),
    "sheets by the thousand": (part(LIST, SHEETS), "2,001 个工作表"),
    "parts by the thousand": (book(more={f"xl/x/{n}.xml": b"<a/>" for n in range(20_001)}), "个部件"),
    "no list of sheets": (part(LIST, b"<a>"), "损坏"),
    "a place that is none": (book(added('<row r="9"><c r="!!"><v>1</v></c></row>')), "损坏"),
    "a text that is not there": (book(added('<row r="9"><c r="A9" t="s"><v>99</v></c></row>')), "损坏"),
    "a number that is none": (book(added('<row r="9"><c r="A9" t="n"><v>x</v></c></row>')), "损坏"),
    "a row that does not end": (book(added('<row r="9"><c r="A9"><f>')), "损坏"),
    "a zip file": (other("notes.txt", b"x"), "没有工作簿"),
}


@pytest.mark.parametrize("case", BAD)
def test_every_command_refuses_in_one_line_at_once(tmp_path: Path, case: str) -> None:
    raw, said = BAD[case]
    place = tmp_path / "甲.xlsx"
    place.write_bytes(raw)
    for words in (["batch", str(place), "-s", "1.01", "-o", str(tmp_path / "o.csv")], ["estimate", str(place), "-s", "1.01"], ["plan", str(place)]):
        began = time.monotonic()
        done = run(words)
        assert done.code == 2 and said in done.err and len(done.err.splitlines()) == 1, (words, done.err)
        assert time.monotonic() - began < 60
    assert not (tmp_path / "o.csv").exists()


def test_a_workbook_under_another_name_is_known_for_what_it_is(tmp_path: Path) -> None:
    for name, raw, said in (("a.xls", OLE, "另存为 .xlsx"), ("a.ods", BAD["ods"][0], "另存为 .xlsx")):
        (tmp_path / name).write_bytes(raw)
        done = run(["estimate", str(tmp_path / name), "-s", "1.01"])
        assert done.code == 2 and said in done.err and len(done.err.splitlines()) == 1


@pytest.mark.parametrize("change", [lambda xml: xml, cell("ZZ9"), cell("A1048576"), cell("XFD3"), merged("A1:A1048576")])
def test_what_is_only_wide_or_only_long_is_read(change: Callable[[str], str]) -> None:
    check_workbook("甲.xlsx", book(change))


def test_what_spans_too_much_for_what_it_holds_is_refused_on_both_sides_of_the_bound() -> None:
    check_workbook("甲.xlsx", book(cell("XFD1220")))  # 16,384 × 1,220 cells are below 20 million
    with pytest.raises(FileProblem):
        check_workbook("甲.xlsx", book(cell("XFD1221")))


@pytest.mark.parametrize("one", [b'<c r="A1" t="e"/>', b'<c r="A1" t="e"><v>#N/A</v></c>', b'<c r="A1"><f>1+1</f></c>', b'<c r="A1" t="e"><f>1</f><q/></c>'])
def test_many_error_cells_take_time_in_line_with_their_number(one: bytes) -> None:
    began = time.monotonic()
    sum(1 for _ in _FLAW.finditer(one * 50_000))
    assert time.monotonic() - began < 3


def test_an_error_is_that_of_its_own_cell() -> None:
    (found,) = _FLAW.finditer(b'<c r="A1" t="e"></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    assert (found[1], found[3]) == (b"B", b"#DIV/0!")


NEWER = ("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", "#PYTHON!")


@pytest.mark.parametrize("said", ["#N/A", "#REF!", *NEWER])
def test_an_error_of_any_age_is_told_in_its_cell(tmp_path: Path, said: str) -> None:
    flawed = f'<row r="3"><c r="A3" t="inlineStr"><is><t>乙厂</t></is></c><c r="B3" t="e"><f>x</f><v>{said}</v></c></row>'
    spellings = SPELT if said == "#SPILL!" else {"as usual": str}
    for spell in spellings.values():
        (tmp_path / "a.xlsx").write_bytes(book(lambda xml, spell=spell: spell(added(flawed)(xml))))  # type: ignore[misc]
        done = run(["estimate", str(tmp_path / "a.xlsx"), "-s", "1.01"])
        assert done.code == 2 and done.err == "Sheet!B3：单元格是错误值\n"
        done = run(["batch", str(tmp_path / "a.xlsx"), "-s", "1.01", "-o", str(tmp_path / "o.csv")])
        assert done.code == 1 and "读入 2 行 = 输出 1 行 + 被拒 1 行" in done.err
        assert f"a.xlsx,3,乙厂,固定资产投资总额,{said},单元格是错误值" in (tmp_path / "o.rejects.csv").read_text(encoding="utf-8-sig")


SPELT = {
    "as usual": lambda xml: xml,
    "prefixed": lambda xml: re.sub(r"<(/?)(?=\w)", r"<\1x:", xml).replace("xmlns=", "xmlns:x="),
    "single quotes": lambda xml: xml.replace('"', "'"),
    "place last": lambda xml: re.sub(r'<c (r="\w+")([^>/]*)', r"<c\2 \1", xml),
    "no places": lambda xml: re.sub(r'(<c|<row) r="\w+"', r"\1", xml),
}


@pytest.mark.parametrize("spelling", SPELT)
def test_formats_and_formulas_are_seen_however_cells_are_written(tmp_path: Path, spelling: str) -> None:
    made, out = io.BytesIO(), io.BytesIO()
    filled = openpyxl.Workbook()
    for row in (["project", "固定资产投资总额"], ["甲厂", 1000], ["乙厂", "=1+1"], ["丙厂", 5]):
        filled.active.append(row)
    filled.active["B2"].number_format = '0"万元"'
    filled.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w") as changed:
        for one in parts.infolist():
            content = parts.read(one)
            changed.writestr(one.filename, SPELT[spelling](content.decode()) if one.filename == SHEET else content)
    page = Workbook("甲.xlsx", out.getvalue()).page("Sheet")
    assert page.flaws == {3: [(2, "=")]}
    assert [page.code(line, 1) for line in (1, 2, 3, 4)] == ["", '0"万元"', "", ""]


@pytest.mark.parametrize("number", ["1E999", "-1E999", "NaN", "1" * 400])
def test_a_number_that_no_fact_can_be_is_refused_in_its_place(tmp_path: Path, number: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(book(lambda xml: re.sub(r'<c r="B2".*?</c>', f'<c r="B2"><v>{number}</v></c>', xml)))
    done = run(["estimate", str(tmp_path / "a.xlsx"), "-s", "1.01"])
    assert done.code == 2 and "Sheet!B2" in done.err and "金额" in done.err
    done = run(["batch", str(tmp_path / "a.xlsx"), "-s", "1.01", "-o", str(tmp_path / "o.csv")])
    assert done.code == 1 and "被拒 1 行" in done.err


@pytest.mark.parametrize("last", [3, 40])
def test_rows_with_nothing_but_formulas_never_computed_are_told_below_all_others_too(tmp_path: Path, last: int) -> None:
    """The library reads a sheet as far as it has values."""
    filled = openpyxl.Workbook()
    filled.active.append(["project", "固定资产投资总额"])
    filled.active.append(["甲厂", 10_000_000])
    filled.active[f"A{last}"], filled.active[f"B{last}"] = "=A2", "=B2*2"
    filled.save(tmp_path / "a.xlsx")
    done = run(["estimate", str(tmp_path / "a.xlsx"), "-s", "1.01"])
    assert done.code == 2 and f"Sheet!A{last}：公式还没有算出值" in done.err and f"Sheet!B{last}" in done.err
    done = run(["plan", str(tmp_path / "a.xlsx"), "-s", "1.01"])
    assert f"Sheet!B{last}：公式还没有算出值" in done.err
    done = run(["batch", str(tmp_path / "a.xlsx"), "-s", "1.01", "-o", str(tmp_path / "o.csv")])
    assert done.code == 1 and "读入 2 行 = 输出 1 行 + 被拒 1 行" in done.err and f"第 {last} 行" in done.err


LONG = {"header": ("固定资产投资总额", "能" * 500_000), "amount": ("1000万元", "1" * 500_000), "name": ("甲厂", "甲" * 30_000)}


@pytest.mark.parametrize("place", LONG)
def test_a_text_of_any_length_is_read_or_refused_at_once(tmp_path: Path, place: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(book(lambda xml: xml.replace(*LONG[place])))
    for words in (["plan", str(tmp_path / "a.xlsx"), "-s", "1.01"], ["batch", str(tmp_path / "a.xlsx"), "-s", "1.01", "-o", str(tmp_path / "o.csv")]):
        began = time.monotonic()
        done = run(words)
        assert done.code in (0, 1, 2) and len(done.err) < 3000 and time.monotonic() - began < 20, (words, len(done.err))


def test_of_thousands_of_problems_the_first_are_told_at_once(tmp_path: Path) -> None:
    wide = "".join(f'<c r="{get_column_letter(n)}1" t="inlineStr"><is><t>未知{n}</t></is></c>' for n in range(3, 16385))
    flawed = "".join(f'<row r="{n}"><c r="A{n}" t="e"><v>#REF!</v></c></row>' for n in range(3, 20_000))
    for change in (lambda xml: xml.replace('</row><row r="2">', wide + '</row><row r="2">'), added(flawed)):
        (tmp_path / "a.xlsx").write_bytes(book(change))
        began = time.monotonic()
        done = run(["plan", str(tmp_path / "a.xlsx"), "-s", "1.01"])
        assert done.code in (1, 2) and len(done.err.splitlines()) <= TOLD + 1 and "只列出前" in done.err
        assert time.monotonic() - began < 20


def test_projects_on_a_hidden_sheet_are_told(tmp_path: Path) -> None:
    filled = openpyxl.Workbook()
    filled.active.append(["project", "固定资产投资总额"])
    filled.active.append(["甲厂", "1000万元"])
    filled.active.sheet_state = "hidden"
    filled.create_sheet("空表")
    filled.active = 1
    filled.save(tmp_path / "a.xlsx")
    for command in ("estimate", "plan", "batch"):
        done = run([command, str(tmp_path / "a.xlsx"), "-s", "1.01"])
        assert done.code == 2 and "隐藏" in done.err and "Sheet" in done.err


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC")])
def test_a_day_after_all_calendars_costs_its_own_row(tmp_path: Path, kind: pa.DataType) -> None:
    far = pa.array([19_000, 10**7] if kind == pa.date32() else [1_700_000_000, 10**15], pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)
    pq.write_table(pa.table({"项目编号": ["甲", "乙"], "申报日期": far}), tmp_path / "a.parquet")
    done = run(["batch", str(tmp_path / "a.parquet"), "-s", "1.01", "-o", str(tmp_path / "o.csv")])
    assert done.code == 1 and "被拒 1 行" in done.err, done.err
    done = run(["plan", str(tmp_path / "a.parquet"), "-s", "1.01"])
    assert done.code == 1 and "第2行" in done.err and "日期" in done.err, done.err
