"""Bad project files and bad scheme files: each refused with the exact message a user reads, never with a traceback."""


import pytest
import tomli

from calc import Catalog, InputError
from tests.command import ROOT, run

REFUSALS = ROOT / "tests" / "refusals"
PROJECTS, SCHEMES = (tomli.loads((REFUSALS / f"{kind}.toml").read_text(encoding="utf-8")) for kind in ("projects", "schemes"))


@pytest.mark.parametrize(("file", "message"), PROJECTS.items(), ids=list(PROJECTS))
def test_a_bad_project(file: str, message: str) -> None:
    done = run(["estimate", (REFUSALS / "projects" / file).relative_to(ROOT).as_posix(), "-s", "1.01"])
    assert (done.code, done.out, done.err.strip()) == (2, "", message)


@pytest.mark.parametrize(("file", "message"), SCHEMES.items(), ids=list(SCHEMES))
def test_a_bad_scheme(file: str, message: str) -> None:
    done = run(["check", (REFUSALS / "schemes" / file).relative_to(ROOT).as_posix()])
    assert (done.code, done.out.strip()) == (1, message)
    assert "Traceback" not in done.err


def test_every_file_is_told_of() -> None:
    for kind, told in (("projects", PROJECTS), ("schemes", SCHEMES)):
        assert {p.name for p in (REFUSALS / kind).iterdir()} == set(told)
    assert len(PROJECTS) >= 50
    assert len(SCHEMES) >= 30


@pytest.mark.parametrize(
    ("scheme", "given", "fact", "said"),
    [
        ("g11", {"eligible_investment": "500万元", "dc_priority_part_investment": "501万元"}, "dc_priority_part_investment", "不可用。可接受：满足"),
        ("4.36", {"professional_staff": 10, "qualified_staff": 11}, "qualified_staff", "不可用。可接受：满足"),
        ("4.67", {"loan_years": [{"rate": "3%"}, {"rate": 0}]}, "loan_years[2].rate", "不可用。可接受：满足"),
    ],
)
def test_a_part_larger_than_its_whole_or_a_zero_divisor(catalog: Catalog, scheme: str, given: dict, fact: str, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        catalog.estimate(given, scheme)
    assert refusal.value.fact == fact and said in str(refusal.value)
