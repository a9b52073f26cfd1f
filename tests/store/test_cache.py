"""The cache runs nothing: only the language's own classes are read, from the user's own absolute place."""

import os
import pickle
from pathlib import Path

import pytest

from calc import load_catalog
from calc.store import cache


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.place),)

    def __init__(self, place: Path) -> None:
        self.place = place


def test_what_was_kept_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_CACHE", str(tmp_path))
    kept = load_catalog().scheme("1.01-old-factory-renovation")
    read = cache._loaded(pickle.dumps(kept, protocol=5))
    assert (type(read), read.id, len(read.benefits)) == (type(kept), kept.id, len(kept.benefits))


def test_all_that_is_kept_of_the_shipped_folder_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_CACHE", str(tmp_path))
    made = load_catalog()
    made.schemes()
    assert made.facts.twins and cache._loaded(pickle.dumps(made.facts, protocol=5)) == made.facts
    for scheme in made.schemes():
        assert cache._loaded(pickle.dumps(scheme, protocol=5)).id == scheme.id


def test_no_code_runs(tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError):
        cache._loaded(pickle.dumps(Evil(tmp_path / "made")))
    assert not (tmp_path / "made").exists()


def test_relative_places_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_CACHE", "cache")
    assert cache.folder() is None
