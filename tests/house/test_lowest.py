"""The lowest versions that the program asks for are those that it is tested with."""

import re
import tomllib

from tests.command import ROOT


def test_the_lowest_versions_are_those_that_the_tests_run_on() -> None:
    pins = dict(line.lower().replace("_", "-").split("==") for line in (ROOT / "constraints.txt").read_text().split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(one for several in project["optional-dependencies"].values() for one in several)]
    for one in asked:
        found = re.fullmatch(r"([A-Za-z0-9-]+)>=([0-9.]+)(,<[0-9]+)?", one)
        assert found is not None, one
        assert pins[found[1].lower()] == found[2], one
