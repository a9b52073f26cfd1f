"""One damaged scheme file never takes the others down: they answer, and one line names the file."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest

from calc import load_catalog
from calc.language import lower
from calc.store import store as store_module
from tests.command import run
from tests.three import folder_of, scheme_of

GOOD = scheme_of('amount = { percent = "10%", of = "a" }\n')
DAMAGED = {
    "not TOML": 'id = "t2-bad"\ntitle = [\n',
    "unknown fact": scheme_of('amount = { percent = "10%", of = "nothing_such" }\n', id="t2-bad"),
    "no benefit": 'id = "t2-bad"\ntitle = "坏"\n',
    "another id": scheme_of('amount = { percent = "10%", of = "a" }\n', id="t3-other"),
    "an edition": scheme_of('amount = { percent = "10%", of = "nothing" }\n', 'edition_of = "t1-test"\nvalid_from = 2020-01-01\n', id="t1-test@2025"),
}


@pytest.fixture(params=DAMAGED)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder_of(tmp_path, GOOD)
    name = "t1-test@2025" if request.param == "an edition" else "t2-bad"
    (tmp_path / f"{name}.toml").write_text(DAMAGED[request.param], encoding="utf-8")
    return tmp_path


def test_python_answers_for_the_rest(folder: Path) -> None:
    catalog = load_catalog(folder)
    assert [entry["id"] for entry in catalog.listing()] == ["t1-test"]
    assert [entry["amount"] for entry in catalog.match({"a": "100元"})["now"]] == ["10.00"]
    assert catalog.plan({"a": "100元"})["total"] == "10.00"
    assert catalog.estimate({"甲": "100元"}, "t1").total == "10.00"
    assert len(catalog.damaged) == 1
    (folder / "rows.csv").write_text("a\n100\n", encoding="utf-8")
    catalog.batch(folder / "rows.csv", folder / "out.csv")
    assert [row["amount"] for row in csv.DictReader((folder / "out.csv").read_text(encoding="utf-8-sig").splitlines())] == ["10.00"]


@pytest.mark.parametrize("command", ["list", "match", "batch", "plan"])
def test_the_command_line_names_the_file_once(folder: Path, command: str) -> None:
    (folder / "rows.csv").write_text("a\n100\n", encoding="utf-8")
    (folder / "p.json").write_text(json.dumps({"facts": {"a": "100元"}}), encoding="utf-8")
    given = {"list": [], "match": [folder / "p.json"], "plan": [folder / "p.json"], "batch": [folder / "rows.csv", "-o", folder / "out.csv"]}
    done = run([command, *map(str, given[command]), "--schemes", str(folder)])
    assert done.code == 0, done.err
    damaged = next(path.name for path in folder.glob("t*.toml") if path.name != "t1-test.toml")
    assert [damaged in line for line in done.err.splitlines()].count(True) == 1


def test_a_fault_of_the_program_is_one_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path, GOOD, scheme_of('amount = { percent = "10%", of = "b" }\n', id="t2-bad"))
    real = lower.form

    def failing(source: object, scope: lower.Scope) -> object:
        if isinstance(source, dict) and source.get("of") == "b":
            raise IndexError("list index out of range")
        return real(source, scope)

    monkeypatch.setattr(lower, "form", failing)
    monkeypatch.setattr(store_module.Cache, "get", lambda *_: None)
    catalog = load_catalog(tmp_path)
    assert [entry["id"] for entry in catalog.listing()] == ["t1-test"]
    [problem] = catalog.check()
    assert problem.file.endswith("t2-bad.toml")


def _nested(form: str, depth: int) -> str:
    amount = '"a"'
    for _ in range(depth):
        amount = form.replace("…", amount)
    return f"amount = {amount}\n"


@pytest.mark.parametrize(
    "form",
    [
        '{ sum = […, { when = "p", amount = "1元" }] }',
        '{ best = […, { when = "p", amount = "1元" }] }',
        '{ cases = [{ when = "p", amount = … }, { otherwise = "1元" }] }',
        '{ percent = "99%", of = … }',
    ],
)
def test_time_grows_in_line_with_the_file(tmp_path: Path, form: str) -> None:
    """Twenty forms within one another are done at once; doubling at each would take minutes."""
    catalog = folder_of(tmp_path, scheme_of(_nested(form, 20)))
    begun = time.monotonic()
    assert catalog.check() == []
    assert catalog.estimate({"a": "100元", "p": True}, "t1").total is not None
    catalog.show("t1")
    assert time.monotonic() - begun < 3


def test_more_conditional_limits_than_can_be_told_apart_are_refused(tmp_path: Path) -> None:
    limits = ", ".join(f'{{ at_most = "{100 - n}元", per = "project", when = "p" }}' for n in range(24))
    begun = time.monotonic()
    problems = folder_of(tmp_path, scheme_of(f'amount = "a"\nlimits = [{limits}]\n')).check()
    assert all("太大" in problem.problem for problem in problems) and problems and time.monotonic() - begun < 3
