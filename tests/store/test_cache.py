"""The cache runs nothing: only the language's own classes are read, from the user's own absolute place."""

import os
import pickle
import shutil
from pathlib import Path

import pytest

from calc import load_catalog
from calc.store import cache
from tests.command import ROOT, run


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


@pytest.mark.parametrize("places", [{"SUBSIDY_CACHE": "cache"}, {"XDG_CACHE_HOME": "", "HOME": "here"}, {"XDG_CACHE_HOME": "cache", "HOME": "here"}])
def test_relative_places_are_none(monkeypatch: pytest.MonkeyPatch, places: dict[str, str]) -> None:
    for name, place in {"SUBSIDY_CACHE": "", **places}.items():
        monkeypatch.setenv(name, place)
    assert cache.folder() is None


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cache.Cache:
    monkeypatch.setenv("SUBSIDY_CACHE", str(tmp_path / "cache"))
    made = cache.Cache(tmp_path)
    made.put("a", {"b"}, b"c")
    made.write()
    assert cache.Cache(tmp_path).get("a", b"c") == {"b"}
    return made


@pytest.mark.parametrize("body", [[1], None, 3, {"a": 3}, {"a": (1, 2)}, {"a": ("x",)}, {3: ("x", b"")}])
def test_a_file_of_another_shape_is_none(kept: cache.Cache, tmp_path: Path, body: object) -> None:
    assert kept.file is not None
    raw = pickle.dumps(body)
    kept.file.write_bytes(cache.digest(raw).encode() + raw)
    assert cache.Cache(tmp_path).get("a", b"c") is None


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_what_others_can_write_is_not_read(kept: cache.Cache, tmp_path: Path, mode: int) -> None:
    assert kept.file is not None
    kept.file.chmod(mode)
    assert not cache.Cache(tmp_path).entries


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_folder_in_which_others_can_write_is_neither_read_nor_written(kept: cache.Cache, tmp_path: Path, mode: int) -> None:
    assert kept.file is not None
    kept.file.parent.chmod(mode)
    again = cache.Cache(tmp_path)
    assert not again.entries
    before = kept.file.stat().st_mtime_ns
    again.write()
    assert [kept.file] == list(kept.file.parent.iterdir()) and kept.file.stat().st_mtime_ns == before


def test_what_is_another_users_is_not_read(kept: cache.Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    assert not cache.Cache(tmp_path).entries


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_is_left_alone(kept: cache.Cache, tmp_path: Path, kind: str) -> None:
    assert kept.file is not None
    other = tmp_path / "other"
    kept.file.rename(other)
    before = other.read_bytes()
    {"link": lambda file: file.symlink_to(other), "pipe": os.mkfifo, "folder": os.mkdir}[kind](kept.file)
    again = cache.Cache(tmp_path)
    assert not again.entries
    again.write()
    assert other.read_bytes() == before and not list(kept.file.parent.glob(".*"))


def test_a_folder_whose_name_is_no_utf_8_has_a_cache(tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/" + "政策".encode("gbk"))
    shutil.copytree(ROOT / "tests" / "other_city", folder)
    assert cache.Cache(Path(folder)).file != cache.Cache(tmp_path).file
    done = run(["list", "--schemes", folder])
    assert done.code == 0, done.err
