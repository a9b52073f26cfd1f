"""The store: scheme files on disk → loaded, indexed, compiled."""

from __future__ import annotations

import datetime as dt
import gc
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.documents import BadDocument, read_shown
from calc.errors import InputError, SchemeError, SchemeErrors, nearest_names, system_error
from calc.facts import Facts
from calc.facts.load import load_facts
from calc.facts.rows import project
from calc.files import plain_file
from calc.folder import Folder, read_folder
from calc.language import core, model, names
from calc.messages import currency, language, listed, text
from calc.rates.lpr import LprTable, load_lpr
from calc.store.cache import Cache, digest

if TYPE_CHECKING:
    from calc.store.rules import Rules

SHIPPED = (Path(__file__).parents[1] / "_schemes", Path(__file__).parents[2] / "schemes")


OTHERS = ("facts.toml", "rules.toml", "catalog.toml")
CASES, RATES = "cases", "rates"  # folders beside the schemes: what they must give, and index rates
BESIDE = (CASES, RATES)


class Store:
    """The schemes in one folder, loaded as they are asked for; what is computed is asked of ``calc.catalog.Catalog``."""

    def __init__(self, folder: Path, lpr: LprTable) -> None:
        self.folder = folder
        self.about, indices = folder_of(folder)
        self.lpr = replace(lpr, others=indices)
        self.use()
        self.cache = Cache(folder)
        self._fact_digest = b""
        try:
            self._rule_text = digest(plain_file(folder / "rules.toml")).encode()
        except OSError:  # told where the rules are read
            self._rule_text = b""
        self._about_text = repr(self.about).encode()
        self.facts: Facts = self._read_facts()
        self.files: dict[str, Path] = {
            path.stem: path
            for path in sorted(folder.rglob("*.toml"), key=lambda p: self._order(p.stem))
            if path.name not in OTHERS and path.parent.name not in BESIDE
        }
        names.use(self.files)
        self.damaged: dict[str, SchemeErrors] = {}  # what is wrong with files that were left out of an answer
        self._schemes: dict[str, model.Scheme] = {}
        self._compiled: dict[tuple[str, str], list[Any]] = {}  # by scheme and language: wordings are made once
        self._fresh = False
        self._uses: Counter[str] | None = None
        self._labels: dict[tuple[str, str], str] = {}
        self.runs: dict[core.Node, Any] = {}
        self.kept: dict[Any, Any] = {}  # what a question works out once for all projects
        self._rules: Rules | None = None

    def use(self) -> None:
        """Makes this folder the one whose currency amounts are read and told in."""
        currency.use(self.about.currency)

    def _order(self, id: str) -> tuple[Any, ...]:
        """The place of a scheme among all: by its part, then by the numbers its id begins with."""
        printed, _, edition = id.partition("@")
        numbers = [int(n) for n in re.findall(r"\d+", printed.partition("-")[0])]
        return (self.about.place_of(printed), not numbers, numbers, printed, edition)

    def _read_facts(self) -> Facts:
        file = self.folder / "facts.toml"
        try:
            raw = plain_file(file)
            self._fact_digest = digest(raw, self._about_text).encode()
            kept = self.cache.get("facts", raw, self._about_text)
            if isinstance(kept, Facts):
                return kept
            said = raw.decode("utf-8-sig")
            document = read_shown(said)
        except OSError as error:
            raise SchemeError(str(file), 0, text("facts.unreadable", error=system_error(error))) from None
        except UnicodeDecodeError:
            raise SchemeError(str(file), 0, text("facts.unreadable", error=text("document.encoding"))) from None
        except BadDocument as bad:
            raise SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem)) from None
        facts = load_facts(document, str(file), said, self.about)
        self.cache.put("facts", facts, raw, self._about_text)
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
        head, at, edition = wanted.partition("@")
        if at:  # an edition by the prefix of the scheme it belongs to
            wanted = f"{self.find(head)}@{edition}"
            hits = [i for i in self.files if i.startswith(wanted)]
        else:
            printed = [i for i in self.files if "@" not in i]
            hits = [i for i in printed if i.startswith(wanted + "-")] or [i for i in printed if wanted and i.startswith(wanted)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            accepted = text("accepted.scheme.candidates", candidates=listed(hits[:8]))
            raise InputError(name, name, accepted, hits[:3], message="error.unknown.scheme")
        near = nearest_names(wanted, [*self.files, *(i.partition("-")[0] for i in self.files)])
        raise InputError(name, name, text("accepted.scheme"), near, message="error.unknown.scheme")

    def find_all(self, names: str | Iterable[str] | None) -> list[str]:
        """The ids that one unambiguous prefix, or several, stand for, each once; none for ``None``. Raises ``InputError``."""
        return list(dict.fromkeys(self.find(name) for name in ([names] if isinstance(names, str) else names or ())))

    def editions(self, id: str) -> list[str]:
        """The ids of a scheme's editions, the printed one first."""
        printed = id.partition("@")[0]
        return [one for one in self.files if one.partition("@")[0] == printed]

    def edition_in_force(self, printed: str, as_of: dt.date) -> str:
        """Of the editions of a scheme the latest that is in force on ``as_of``; the ``printed`` one, if none is."""
        from calc.estimate.benefit import validity

        later = [id for id in self.editions(printed) if id != printed and self.usable(id) is not None]
        valid = [id for id in later if validity(self.scheme(id), as_of) == "in-force"]
        return max(valid, key=lambda id: self.scheme(id).valid_from or dt.date.min, default=printed)

    def in_force_ids(self, as_of: dt.date) -> list[str]:
        """Ids of all schemes, of several editions of one that in force on ``as_of``.

        Those whose files cannot be used are left out and stand in ``damaged``.
        """
        day, found = self.kept.get("in force", (None, []))
        if day != as_of:
            several = {id.partition("@")[0] for id in self.files if "@" in id}
            found = [self.edition_in_force(id, as_of) if id in several else id for id in self.files if "@" not in id]
            self.kept["in force"] = as_of, found
        return [id for id in found if self.usable(id) is not None]

    def scheme(self, name: str) -> model.Scheme:
        """A scheme by id or prefix. Raises ``InputError``, or ``SchemeErrors`` where its file cannot be used."""
        found = self._kept(self.find(name))
        self._write()
        return found

    def _kept(self, id: str) -> model.Scheme:
        if id not in self._schemes:
            self._schemes[id] = self._load(id)
        return self._schemes[id]

    def usable(self, id: str) -> model.Scheme | None:
        """The scheme with this id; None, and noted in ``damaged``, where its file cannot be used."""
        if id in self.damaged:
            return None
        try:
            return self._kept(id)
        except SchemeErrors as bad:
            self.damaged[id] = bad
            return None

    def _write(self) -> None:
        if self._fresh:
            self.cache.write()
            self._fresh = False

    def _load(self, id: str) -> model.Scheme:
        path = self.files[id]
        try:
            raw = plain_file(path)
        except OSError as error:
            raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=system_error(error)))]) from None
        kept = self.cache.get(id, raw, self._fact_digest, self._rule_text)
        if isinstance(kept, model.Scheme):
            kept.file = str(path)
            return kept
        from calc.language.scheme import load_scheme

        try:
            said = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=text("document.encoding")))]) from None
        scheme = load_scheme(said, self.facts, str(path))
        if scheme.id != id:
            raise SchemeErrors([SchemeError(str(path), 1, text("scheme.file.name", id=scheme.id, file=path.name), f"{scheme.id}.toml")])
        scheme.one_of = self.groups_of(scheme)
        self.cache.put(id, scheme, raw, self._fact_digest, self._rule_text)
        self._fresh = True
        return scheme

    def groups_of(self, scheme: model.Scheme) -> tuple[tuple[str, ...], ...]:
        """The groups of its benefits of which the rules let one be paid; none where ``combine`` says so of all, or the rules cannot
        be read (which is told where they are asked for)."""
        if scheme.combine == "one-of":
            return ()
        try:
            rules = self.rules.of("one_of")
        except SchemeErrors:
            return ()
        own = [rule.benefits for rule in rules if rule.benefits and rule.schemes[0] in (scheme.id, scheme.edition_of)]
        groups = [tuple(name.partition("/")[2] for name in benefits) for benefits in own]
        return tuple(group for group in groups if not _capped(scheme, group))

    def schemes(self) -> list[model.Scheme]:
        """All schemes and their editions, in the order of the cards, but for those whose files cannot be used (see ``damaged``)."""
        collecting = gc.isenabled()
        gc.disable()  # many small objects that all stay: collecting on the way only costs
        try:
            found = [scheme for id in self.files if (scheme := self.usable(id)) is not None]
        finally:
            if collecting:
                gc.enable()
        self._write()
        return found

    @property
    def uses(self) -> Counter[str]:
        """How many schemes ask for each fact."""
        if self._uses is None:
            self._uses = Counter(fact for scheme in self.schemes() for fact in scheme.facts)
        return self._uses

    @property
    def rules(self) -> Rules:
        """The rules between schemes; none where the folder has no ``rules.toml``. Raises ``SchemeErrors``."""
        if self._rules is None:
            from calc.store.rules import read_rules

            self._rules = read_rules(self.folder)
        return self._rules

    def label(self, path: str) -> str:
        """The label of a fact or record field (``loans.rate``) in the language in use."""
        key = path, language()
        if key not in self._labels:
            self._labels[key] = self.facts.name_of(path)
        return self._labels[key]

    def compiled(self, id: str) -> list[Any]:
        """The benefits of a scheme (by its id), ready to run."""
        key = id, language()
        if key not in self._compiled:
            from calc.estimate.benefit import CompiledBenefit

            self._compiled[key] = [CompiledBenefit(b, self.facts) for b in self.scheme(id).benefits]
        return self._compiled[key]

    # ---------------------------------------------------------------- reading

    def read(self, facts: Mapping[str, Any], schemes: Iterable[str] = ()) -> dict[str, Any]:
        """A project's facts as plain values by id; labels are resolved among the facts of ``schemes`` (ids). Raises ``InputError``."""
        self.use()
        _, given = project(facts)
        try:
            return self.facts.read(given)
        except InputError:
            used = {f.partition(".")[0] for id in schemes if (scheme := self.usable(id)) is not None for f in scheme.facts}
            return self.facts.read(given, used)


def _capped(scheme: model.Scheme, group: tuple[str, ...]) -> bool:
    """Whether a group cap no higher than the largest of the benefits already keeps them from being added."""
    mosts = [b.most for b in scheme.benefits if b.id in group and b.most is not None]
    return any(cap.limit is not None and mosts and cap.limit <= max(mosts) and set(group) <= set(cap.benefits) for cap in scheme.group_caps)


def folder_of(folder: Path) -> tuple[Folder, dict[str, LprTable]]:
    """What a folder says of itself in ``catalog.toml``, and the index rates in its ``rates``. Raises ``SchemeError``."""
    indices = {file.stem: load_lpr(file, None) for file in sorted((folder / RATES).glob("*.toml"))}
    file = folder / "catalog.toml"
    try:
        content = plain_file(file).decode("utf-8-sig") if file.is_file() else ""
        document = read_shown(content)
    except BadDocument as bad:
        raise SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem)) from None
    except (OSError, UnicodeDecodeError) as bad:
        error = text("document.encoding") if isinstance(bad, UnicodeDecodeError) else system_error(bad)
        raise SchemeError(str(file), 0, text("facts.unreadable", error=error)) from None
    return read_folder(document, {name: table.terms for name, table in indices.items()}, str(file), content), indices


def scheme_folder(path: Path | str | None = None) -> Path:
    """The folder ``path``, or the one with the schemes shipped. Raises ``SchemeError`` where there is none."""
    folder = Path(path) if path is not None else next((f for f in SHIPPED if f.is_dir()), SHIPPED[-1])
    if not folder.is_dir():
        raise SchemeError(str(folder), 0, text("catalog.missing"), text("catalog.missing.hint"))
    return folder
