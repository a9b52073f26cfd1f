"""Workbooks that are damaged, locked, of another kind, or far larger than they look: one line each, at once, in little memory."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from calc.errors import FileProblem
from calc.questions.fill.cells import _FLAW
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
    for name, raw, said in (("a.xls", OLE, "另存为 .xlsx"), ("a.ods", BAD["ods"][0], "另存为 .xlsx"), ("a.toml", book(), ".xlsx")):
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
