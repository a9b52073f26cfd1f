"""The catalogue: scheme files on disk → loaded, indexed, ready to answer."""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from calc.cache import Cache, digest
from calc.errors import InputError, SchemeError, SchemeErrors, nearest_names
from calc.facts import Facts, load_facts, today
from calc.language import core
from calc.messages import text
from calc.rates.lpr import LprTable, load_lpr

if TYPE_CHECKING:
    from calc.results import SchemeResult

SHIPPED = (Path(__file__).parent / "_schemes", Path(__file__).parent.parent / "schemes")


class Catalog:
    """The schemes in one folder, loaded as they are asked for."""

    def __init__(self, folder: Path, lpr: LprTable) -> None:
        self.folder = folder
        self.lpr = lpr
        self.cache = Cache(folder)
        self._fact_digest = b""
        self.facts: Facts = self._read_facts()
        self.files: dict[str, Path] = {
            path.stem: path
            for path in sorted(folder.rglob("*.toml"), key=lambda p: _order(p.stem))
            if path.name not in ("facts.toml", "rules.toml")
        }
        self._schemes: dict[str, core.Scheme] = {}
        self._compiled: dict[str, list[Any]] = {}
        self._fresh = False
        self._uses: Counter[str] | None = None

    def _read_facts(self) -> Facts:
        file = self.folder / "facts.toml"
        try:
            content = file.read_bytes()
            self._fact_digest = digest(content).encode()
            kept = self.cache.get("facts", content)
            if isinstance(kept, Facts):
                return kept
            document = tomli.loads(content.decode("utf-8"))
        except OSError as error:
            raise SchemeError(str(file), 0, text("facts.unreadable", error=error.strerror or error)) from None
        except (UnicodeDecodeError, tomli.TOMLDecodeError) as error:
            raise SchemeError(str(file), 0, text("scheme.toml", error=error)) from None
        facts = load_facts(document, str(file))
        self.cache.put("facts", facts, content)
        return facts

    # ---------------------------------------------------------------- schemes

    @property
    def ids(self) -> list[str]:
        """Ids of all schemes, in the order of the cards."""
        return list(self.files)

    def find(self, name: str) -> str:
        """The id an unambiguous prefix stands for. Raises ``InputError``."""
        wanted = str(name).strip().lower()
        if wanted in self.files:
            return wanted
        hits = [i for i in self.files if i.startswith(wanted + "-")] or [i for i in self.files if wanted and i.startswith(wanted)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            accepted = text("accepted.scheme.candidates", candidates="、".join(hits[:8]))
            raise InputError(name, name, accepted, hits[:3], message="error.unknown.scheme")
        near = nearest_names(wanted, [*self.files, *(i.partition("-")[0] for i in self.files)])
        raise InputError(name, name, text("accepted.scheme"), near, message="error.unknown.scheme")

    def scheme(self, name: str) -> core.Scheme:
        """A scheme by id or prefix. Raises ``InputError``, or ``SchemeErrors`` where its file cannot be used."""
        id = self.find(name)
        if id not in self._schemes:
            self._schemes[id] = self._load(id)
        return self._schemes[id]

    def _load(self, id: str) -> core.Scheme:
        path = self.files[id]
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=error.strerror or error))]) from None
        kept = self.cache.get(id, raw, self._fact_digest)
        if isinstance(kept, core.Scheme):
            kept.file = str(path)
            return kept
        from calc.language.scheme import load_scheme

        try:
            content = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=error))]) from None
        scheme = load_scheme(content, self.facts, str(path))
        if scheme.id != id:
            raise SchemeErrors([SchemeError(str(path), 1, text("scheme.file.name", id=scheme.id, file=path.name), f"{scheme.id}.toml")])
        self.cache.put(id, scheme, raw, self._fact_digest)
        self._fresh = True
        return scheme

    def schemes(self) -> list[core.Scheme]:
        """All schemes, in the order of the cards. Raises ``SchemeErrors`` with the problems of all files together."""
        found: list[core.Scheme] = []
        problems: list[SchemeError] = []
        collecting = gc.isenabled()
        gc.disable()  # many small objects that all stay: collecting on the way only costs
        try:
            for id in self.files:
                try:
                    found.append(self.scheme(id))
                except SchemeErrors as bad:
                    problems.extend(bad.problems)
        finally:
            if collecting:
                gc.enable()
        if problems:
            raise SchemeErrors(problems)
        if self._fresh:
            self.cache.write()
            self._fresh = False
        return found

    @property
    def uses(self) -> Counter[str]:
        """How many schemes ask for each fact."""
        if self._uses is None:
            self._uses = Counter(fact for scheme in self.schemes() for fact in scheme.facts)
        return self._uses

    def compiled(self, id: str) -> list[Any]:
        """The benefits of a scheme (by its id), ready to run."""
        if id not in self._compiled:
            from calc.estimate import CompiledBenefit

            self._compiled[id] = [CompiledBenefit(b, self.facts) for b in self.scheme(id).benefits]
        return self._compiled[id]

    # ---------------------------------------------------------------- questions

    def read(self, facts: Mapping[str, Any], schemes: Iterable[str] = ()) -> dict[str, Any]:
        """A project's facts as plain values by id; labels are resolved among the facts of ``schemes`` (ids). Raises ``InputError``."""
        given = facts["facts"] if isinstance(facts, Mapping) and isinstance(facts.get("facts"), Mapping) else facts
        try:
            return self.facts.read(given)
        except InputError:
            used = {f.partition(".")[0] for id in schemes for f in self.scheme(id).facts}
            return self.facts.read(given, used)

    def estimate(self, facts: Mapping[str, Any], scheme: str, as_of: dt.date | None = None) -> SchemeResult:
        """What ``scheme`` (id or prefix) pays for a project described by ``facts`` (as in a TOML or JSON file).

        Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.estimate import estimate

        id = self.find(scheme)
        values = self.read(facts, [id])
        return estimate(self.scheme(id), self.compiled(id), values, self.facts, self.lpr, as_of or today())

    def match(self, facts: Mapping[str, Any], as_of: dt.date | None = None) -> dict[str, Any]:
        """``facts`` (as in a TOML or JSON file) against all schemes: what the project gets, would get, just misses, needs.

        Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.match import match

        return match(self, self.read(facts, self.ids), as_of or today())


def _order(id: str) -> tuple[Any, ...]:
    head = id.partition("-")[0]
    if head.startswith("g"):
        return (10, head)
    part, _, place = head.partition(".")
    return (int(part), int(place or 0), head) if part.isdigit() and place.isdigit() else (20, head)


def load_catalog(path: Path | str | None = None, lpr: Path | str | None = None) -> Catalog:
    """The catalogue in folder ``path`` (the schemes shipped, if not told), with the LPR table in ``lpr`` (the one shipped).

    Raises ``SchemeError`` where the folder or the table cannot be used.
    """
    folder = Path(path) if path is not None else next((f for f in SHIPPED if f.is_dir()), SHIPPED[-1])
    if not folder.is_dir():
        raise SchemeError(str(folder), 0, text("catalog.missing"), text("catalog.missing.hint"))
    return Catalog(folder, load_lpr(lpr))
