"""The catalogue: scheme files on disk → loaded, indexed, ready to answer."""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.cache import Cache, digest
from calc.documents import BadDocument, read_toml
from calc.errors import InputError, SchemeError, SchemeErrors, nearest_names
from calc.facts import Facts, load_facts, today
from calc.language import core
from calc.messages import language, text
from calc.rates.lpr import LprTable, load_lpr

if TYPE_CHECKING:
    from calc.ask import Interview
    from calc.batch.summary import Summary
    from calc.results import SchemeResult
    from calc.rules import Rules
    from calc.texts.desk import Texts

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
        self._compiled: dict[tuple[str, str], list[Any]] = {}  # by scheme and language: wordings are made once
        self._fresh = False
        self._uses: Counter[str] | None = None
        self._labels: dict[tuple[str, str], str] = {}
        self.runs: dict[core.Node, Any] = {}
        self._rules: Rules | None = None

    def _read_facts(self) -> Facts:
        file = self.folder / "facts.toml"
        try:
            content = file.read_bytes()
            self._fact_digest = digest(content).encode()
            kept = self.cache.get("facts", content)
            if isinstance(kept, Facts):
                return kept
            document = read_toml(content.decode("utf-8-sig"))
        except OSError as error:
            raise SchemeError(str(file), 0, text("facts.unreadable", error=error.strerror or error)) from None
        except UnicodeDecodeError:
            raise SchemeError(str(file), 0, text("facts.unreadable", error=text("document.encoding"))) from None
        except BadDocument as bad:
            raise SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem)) from None
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
            accepted = text("accepted.scheme.candidates", candidates="、".join(hits[:8]))
            raise InputError(name, name, accepted, hits[:3], message="error.unknown.scheme")
        near = nearest_names(wanted, [*self.files, *(i.partition("-")[0] for i in self.files)])
        raise InputError(name, name, text("accepted.scheme"), near, message="error.unknown.scheme")

    def editions(self, id: str) -> list[str]:
        """The ids of a scheme's editions, the printed one first."""
        printed = id.partition("@")[0]
        return [one for one in self.files if one.partition("@")[0] == printed]

    def in_force_ids(self, as_of: dt.date) -> list[str]:
        """Ids of all schemes, of several editions of one the latest that is in force on ``as_of`` (the printed one, if none is).

        Raises ``SchemeErrors`` where the file of an edition cannot be used.
        """
        from calc.estimate import validity

        found: dict[str, str] = {}
        for id in self.files:
            printed, at, _ = id.partition("@")
            if not at:
                found[id] = id
            elif validity(self.scheme(id), as_of) == "in-force":
                found[printed] = max(found.get(printed, id), id, key=lambda one: self.scheme(one).valid_from or dt.date.min)
        return list(found.values())

    def scheme(self, name: str) -> core.Scheme:
        """A scheme by id or prefix. Raises ``InputError``, or ``SchemeErrors`` where its file cannot be used."""
        found = self._kept(self.find(name))
        self._write()
        return found

    def _kept(self, id: str) -> core.Scheme:
        if id not in self._schemes:
            self._schemes[id] = self._load(id)
        return self._schemes[id]

    def _write(self) -> None:
        if self._fresh:
            self.cache.write()
            self._fresh = False

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
            content = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=text("document.encoding")))]) from None
        scheme = load_scheme(content, self.facts, str(path))
        if scheme.id != id:
            raise SchemeErrors([SchemeError(str(path), 1, text("scheme.file.name", id=scheme.id, file=path.name), f"{scheme.id}.toml")])
        self.cache.put(id, scheme, raw, self._fact_digest)
        self._fresh = True
        return scheme

    def schemes(self) -> list[core.Scheme]:
        """All schemes and their editions, in the order of the cards. Raises ``SchemeErrors`` with the problems of all files together."""
        found: list[core.Scheme] = []
        problems: list[SchemeError] = []
        collecting = gc.isenabled()
        gc.disable()  # many small objects that all stay: collecting on the way only costs
        try:
            for id in self.files:
                try:
                    found.append(self._kept(id))
                except SchemeErrors as bad:
                    problems.extend(bad.problems)
        finally:
            if collecting:
                gc.enable()
        if problems:
            raise SchemeErrors(problems)
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
            from calc.rules import read_rules

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
            from calc.estimate import CompiledBenefit

            self._compiled[key] = [CompiledBenefit(b, self.facts) for b in self.scheme(id).benefits]
        return self._compiled[key]

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

    def listing(
        self,
        *,
        part: str | None = None,
        authority: str | None = None,
        support: str | None = None,
        nature: str | None = None,
        validity: str | None = None,
        outcome: str | None = None,
        search: str | None = None,
        as_of: dt.date | None = None,
    ) -> list[dict[str, Any]]:
        """The schemes for which every filter given holds: id, title, kinds of support, the most each can pay, validity.

        ``part`` is ``1`` to ``6`` or ``g``; ``authority`` and ``search`` are words to be found; the others are slugs or labels.
        Raises ``InputError`` for a word that does not exist.
        """
        from calc.listing import listing

        return listing(self, as_of or today(), part, authority, support, nature, validity, outcome, search)

    def show(self, scheme: str, as_of: dt.date | None = None) -> dict[str, Any]:
        """``scheme`` (id or prefix) in plain terms: formulas, limits, conditions, the facts it asks for. Raises ``InputError``."""
        from calc.listing import describe

        return describe(self, self.scheme(scheme), as_of or today())

    def check(self, files: Iterable[Path | str] = ()) -> list[SchemeError]:
        """Every problem of the scheme folder, or of some ``files`` by its facts: file, line, problem and hint each."""
        from calc.checking import check

        return check(self.folder, [Path(f) for f in files]).problems

    def match(self, facts: Mapping[str, Any], as_of: dt.date | None = None) -> dict[str, Any]:
        """``facts`` (as in a TOML or JSON file) against all schemes: what the project gets, would get, just misses, needs.

        Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.match import match

        day = as_of or today()
        return match(self, self.read(facts, self.in_force_ids(day)), day)

    def ask(self, facts: Mapping[str, Any] | None = None, schemes: Sequence[str] = ()) -> Interview:
        """An interview for ``schemes`` (all, if none is told) that starts from ``facts``. Raises ``InputError``."""
        from calc.ask import Interview

        return Interview(self, schemes, facts)

    def plan(
        self,
        facts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        schemes: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        require: Sequence[str] = (),
        allow_conditional: bool = False,
        include_equity: bool = False,
        as_of: dt.date | None = None,
    ) -> dict[str, Any]:
        """The combination of benefits with the largest total that breaks no rule between ``schemes`` (all, if not told).

        ``facts``: a project as in a TOML or JSON file, or a list of them, the projects of one enterprise; then every entry of
        the answer names its ``project``. ``exclude`` and ``require`` name schemes, or benefits as ``scheme/benefit``. Raises
        ``InputError`` for a value or name that cannot be used, or a requirement that cannot be had.
        """
        from calc.plan import plan, read_projects

        given = [facts] if isinstance(facts, Mapping) else facts
        several = given is facts
        ids = None if schemes is None else [self.find(name) for name in ([schemes] if isinstance(schemes, str) else schemes)]
        projects = read_projects(self, given, ids, several)
        made = plan(
            self, projects, ids, exclude=exclude, require=require, allow_conditional=allow_conditional, include_equity=include_equity,
            several=several, as_of=as_of or today(),
        )  # fmt: skip
        return made.answer()

    @cached_property
    def texts(self) -> Texts:
        """The user's own policy texts: ``add``, ``list``, ``search``, ``remove``, ``check``, ``diff``, ``quotes``."""
        from calc.texts.desk import Texts

        return Texts(self.files, self.find)

    def draft(self, answers: Mapping[str, Any]) -> str:
        """The beginning of a scheme file from a few answers (see ``calc.draft.draft``). Raises ``SchemeErrors``."""
        from calc.draft import draft

        return draft(self, answers)

    def schema(self, name: str = "scheme") -> dict[str, Any]:
        """The JSON Schema of the files called ``name``: ``scheme``, ``facts``, ``rules`` or ``project``. Raises ``KeyError``."""
        from calc.schema import schema

        return schema(self, name)

    def template(
        self, schemes: Sequence[str], path: Path | str, projects: Sequence[Mapping[str, Any]] = (), force: bool = False
    ) -> list[Path]:
        """Writes a file to fill in (``.xlsx``, ``.csv`` or ``.toml``) for ``schemes``, with what ``projects`` already say.

        Raises ``InputError`` for a name or value that cannot be used, ``FileProblem`` for a file that cannot be written so.
        """
        from calc.template import write

        return write(self, schemes, Path(path), projects, force)

    def whatif(
        self,
        facts: Mapping[str, Any],
        scheme: str,
        vary: Mapping[str, Any] | None = None,
        *,
        target: Any = None,
        scenarios: Sequence[Mapping[str, Any]] | None = None,
        compare: Sequence[str] | None = None,
        as_of: dt.date | None = None,
    ) -> dict[str, Any]:
        """How the total of ``scheme`` moves: one fact (or two, for a grid) over ``vary``, or named ``scenarios``.

        ``vary`` maps a fact, ``list.field`` or ``list[2].field`` to ``(first, last, step)`` or ``{"values": [...]}``; with a
        ``target`` (an amount), to ``None`` for any value. ``scenarios`` are ``{"name": ..., "set": {fact: value}}``, two or
        more of which ``compare`` names. Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.whatif import whatif

        id = self.find(scheme)
        return whatif(self, id, self.read(facts, [id]), vary, target, scenarios, compare, as_of or today())

    def batch(
        self,
        source: Path | str,
        output: Path | str | None = None,
        *,
        schemes: Sequence[str] = (),
        shape: str = "long",
        benefits: bool = False,
        plan: bool = False,
        items: Mapping[str, str] | None = None,
        id_column: str | None = None,
        enterprise_column: str | None = None,
        rejects: Path | str | None = None,
        ignore_unknown: bool = False,
        encoding: str | None = None,
        sheet: str | None = None,
        input_format: str | None = None,
        output_format: str | None = None,
        engine: str = "auto",
        as_of: dt.date | None = None,
        progress: bool = False,
    ) -> Summary:
        """A table of projects (a file; ``-``: standard input) against ``schemes`` (all, if none is named) into a file.

        ``shape`` is ``long`` (a row a benefit) or ``wide`` (a row a project, with ``benefits`` also each benefit, with ``plan``
        also ``best_total``: what ``plan`` gives for the row by itself). ``items`` maps record lists to files
        (``{"loans": "loans.csv"}``). With ``enterprise_column`` limits of an enterprise hold over its rows. Rows that cannot be
        used go to ``rejects`` (beside ``output``, if not told). Raises ``InputError`` for headers
        and options that cannot be used, ``FileProblem`` or ``OSError`` for files; then nothing is written.
        """
        from calc.batch.run import Options, run

        options = Options(
            output=None if output is None else str(output),
            schemes=schemes,
            shape=shape,
            benefits=benefits,
            plan=plan,
            items=items or {},
            id_column=id_column,
            enterprise_column=enterprise_column,
            rejects=None if rejects is None else str(rejects),
            ignore_unknown=ignore_unknown,
            encoding=encoding,
            sheet=sheet,
            input_format=input_format,
            output_format=output_format,
            engine=engine,
            as_of=as_of or today(),
            progress=progress,
        )
        return run(self, str(source), options)


def _order(id: str) -> tuple[Any, ...]:
    printed, _, edition = id.partition("@")
    head = printed.partition("-")[0]
    if head.startswith("g"):
        return (10, 0, printed, edition)
    part, _, place = head.partition(".")
    return (int(part), int(place or 0), printed, edition) if part.isdigit() and place.isdigit() else (20, 0, printed, edition)


def scheme_folder(path: Path | str | None = None) -> Path:
    """The folder ``path``, or the one with the schemes shipped. Raises ``SchemeError`` where there is none."""
    folder = Path(path) if path is not None else next((f for f in SHIPPED if f.is_dir()), SHIPPED[-1])
    if not folder.is_dir():
        raise SchemeError(str(folder), 0, text("catalog.missing"), text("catalog.missing.hint"))
    return folder


def load_catalog(path: Path | str | None = None, lpr: Path | str | None = None) -> Catalog:
    """The catalogue in folder ``path`` (the schemes shipped, if not told), with the LPR table in ``lpr`` (the one shipped).

    Raises ``SchemeError`` where the folder or the table cannot be used.
    """
    return Catalog(scheme_folder(path), load_lpr(lpr))
