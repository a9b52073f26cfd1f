"""The file of a table is closed once the table is read, and where it cannot be read."""

import gc
import warnings
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.command import run

ROWS = {"项目名称": ["甲", "乙"], "固定资产投资总额": ["1.2亿元", "2亿元"]}


def written(path: Path, columns: dict[str, list[str]]) -> Path:
    """A table in the form that the file's name asks for."""
    rows = list(zip(*columns.values(), strict=True))
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (tuple(columns), *rows):
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".jsonl":
        said = ["{" + ", ".join(f'"{name}": "{cell}"' for name, cell in zip(columns, row, strict=True)) + "}" for row in rows]
        path.write_text("\n".join(said) + "\n", encoding="utf-8")
    else:
        path.write_text("".join(",".join(row) + "\n" for row in (tuple(columns), *rows)), encoding="utf-8")
    return path


def left_open(words: list[str], stdin: bytes = b"") -> tuple[int, list[str]]:
    """The exit code of a command, and the files that it left to be closed by chance."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        code = run(words, stdin).code
        gc.collect()
    return code, [str(one.message) for one in said if issubclass(one.category, ResourceWarning)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("columns", [ROWS, {**ROWS, "不认识的列": ["1", "2"]}], ids=["read", "refused"])
def test_no_table_stays_open(tmp_path: Path, suffix: str, columns: dict[str, list[str]]) -> None:
    table = written(tmp_path / f"projects.{suffix}", columns)
    words = ["batch", str(table), "-s", "1.01", "-o", str(tmp_path / "out.csv")]
    assert left_open(words) == (0 if columns is ROWS else 2, [])
    assert left_open(["batch", "-", *words[2:]], table.read_bytes()) == (0 if columns is ROWS else 2, [])


@pytest.mark.parametrize("head", ["项目名称", "没有项目"])
def test_no_list_of_items_stays_open(tmp_path: Path, head: str) -> None:
    table = written(tmp_path / "projects.csv", ROWS)
    loans = {head: ["甲"], "principal": ["8000万元"], "start": ["2023-03-01"], "end": ["2026-03-01"], "rate": ["3.8%"]}
    items = written(tmp_path / "loans.csv", loans)
    code, opened = left_open(["batch", str(table), "-s", "1.01", "--items", f"loans={items}", "-o", str(tmp_path / "out.csv")])
    assert (code == 0, opened) == (head == "项目名称", [])
