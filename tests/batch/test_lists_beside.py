"""A filled CSV template is read by ``batch`` as by ``estimate``: with the lists in the files beside it."""

import csv
import json
from pathlib import Path

import pytest

from tests.command import run

PROJECT = "{},85%,85%,是,85%,战略性新兴产业,1.2亿元\n"
LOAN = "{},1亿元,3.8%,2023-03-01,2026-03-01,1年期\n"
LIST = "同目录的 form.loans.csv 读作明细 loans"


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """The template of 1.01 with two projects, 甲 with a loan."""
    assert run(["subsidy", "template", "1.01", "-o", "form.csv"], cwd=tmp_path).code == 0
    form = tmp_path / "form.csv"
    for path, rows in ((form, PROJECT.format("甲") + PROJECT.format("乙")), (form.with_name("form.loans.csv"), LOAN.format("甲"))):
        path.write_text(path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n" + rows, encoding="utf-8")
    return form


def results(form: Path, *words: str) -> tuple[dict[str, tuple[str, str]], str]:
    """Status and amount of the loan interest by project, and what is said."""
    out = run(["subsidy", "batch", form.name, "-s", "1.01", "-o", "out.csv", *words], cwd=form.parent)
    assert out.code == 0, out.err
    with (form.parent / "out.csv").open(encoding="utf-8-sig") as file:
        return {row["project"]: (row["status"], row["amount"]) for row in csv.DictReader(file) if row["benefit"] == "loan-interest"}, out.err


@pytest.mark.parametrize("engine", ["columns", "explainer"])
def test_the_lists_beside_are_read(form: Path, engine: str) -> None:
    found, said = results(form, "--engine", engine)
    # min(3.65%, 3.8%) of 1亿元 over the 731 days from 2023-03-01 to 2025-03-01
    assert found == {"甲": ("eligible", "7411527.77"), "乙": ("ineligible", "0.00")}
    assert LIST in said


def test_estimate_says_the_same(form: Path) -> None:
    form.write_text(form.read_text(encoding="utf-8").replace(PROJECT.format("乙"), ""), encoding="utf-8")
    single = run(["subsidy", "estimate", "form.csv", "-s", "1.01", "--format", "json"], cwd=form.parent)
    [result] = json.loads(single.out)["schemes"]
    [interest] = [one for one in result["benefits"] if one["id"] == "loan-interest"]
    assert results(form)[0] == {"甲": (interest["status"], interest["amount"])}


def test_a_list_that_is_not_filled_in_is_not_given(form: Path) -> None:
    loans = form.with_name("form.loans.csv")
    loans.write_text("".join(loans.read_text(encoding="utf-8-sig").splitlines(keepends=True)[:-1]), encoding="utf-8")
    found, said = results(form)
    assert found == {"甲": ("incomplete", ""), "乙": ("incomplete", "")}
    assert LIST not in said


def test_a_list_that_is_named_is_the_one_read(form: Path) -> None:
    form.with_name("other.csv").write_text("项目,贷款本金,年化实际利率,首笔放款日,到期日\n乙,1亿元,3.8%,2023-03-01,2026-03-01\n", encoding="utf-8")
    found, said = results(form, "--items", "loans=other.csv")
    assert found == {"甲": ("ineligible", "0.00"), "乙": ("eligible", "7411527.77")}
    assert LIST not in said


def test_the_audit_names_the_list_and_verify_reads_it_again(form: Path) -> None:
    results(form)
    assert json.loads((form.parent / "out.csv.audit.json").read_text())["items"]["loans"]["file"] == "form.loans.csv"
    assert run(["subsidy", "verify", "out.csv"], cwd=form.parent).code == 0
    loans = form.with_name("form.loans.csv")
    loans.write_text(loans.read_text(encoding="utf-8").replace("1亿元", "2亿元"), encoding="utf-8")
    changed = run(["subsidy", "verify", "out.csv"], cwd=form.parent)
    assert changed.code == 1 and "form.loans.csv" in changed.out
