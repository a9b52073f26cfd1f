"""What the tests of tables share: each way to compute a table, as many rows go and as few."""

import pytest

from calc.batch import reform, run, sweep


@pytest.fixture(params=["explainer", "columns"])
def both_engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs twice: row by row, as small tables go, and by queries, as large ones do. Gives which it is."""
    if request.param == "columns":
        for module in (run, reform, sweep):
            monkeypatch.setattr(module, "SMALL", 0)
    return str(request.param)
