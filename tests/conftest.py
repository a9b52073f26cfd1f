"""What all tests share: the catalogue of shipped schemes, and that nothing is skipped where CI has every tool."""

import os

import pytest
from hypothesis import settings

from calc import Catalog, load_catalog

os.environ["SUBSIDY_TEXTS"] = os.path.join(os.sep, "no", "texts.sqlite")  # a developer's own texts change no answer
settings.register_profile("same every time", derandomize=True)
settings.load_profile("same every time")

NOT_OURS = "the policy texts are not ours to ship"  # the only reason for which a test may be skipped anywhere


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(params=["explainer", "columns"])
def both_engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs twice: row by row, as small tables go, and by queries, as large ones do. Gives which it is."""
    from calc.batch import reform, run, sweep

    if request.param == "columns":
        for module in (run, reform, sweep):
            monkeypatch.setattr(module, "SMALL", 0)
    return str(request.param)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    skipped = [one for one in reporter.stats.get("skipped", []) if NOT_OURS not in str(one.longrepr)] if reporter else []
    if os.environ.get("CI") and skipped:
        reporter.write_line(f"{len(skipped)} tests were skipped, in CI none may be", red=True)
        session.exitstatus = 1
