"""The catalogue: the store of schemes, and every question that can be asked of it. The Python API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from calc.errors import SchemeError
from calc.facts import day_of
from calc.facts.rows import projects
from calc.language.names import short
from calc.messages import text
from calc.rates.lpr import load_lpr
from calc.store.store import Store, scheme_folder

if TYPE_CHECKING:
    from calc.batch.options import TableOptions
    from calc.batch.summary import Summary
    from calc.estimate.results import SchemeResult
    from calc.questions.ask import Interview
    from calc.questions.cases import Cases
    from calc.texts.desk import Texts


class Catalog(Store):
    """The schemes in one folder and what can be asked of them.

    ``facts`` are a mapping as in a TOML or JSON file, or what libraries have for one: a row of a data frame, of a table, of an array
    with names; ``{"name", "facts"}`` around them is a project with its name. The day ``as_of`` is a date, or what reads as one.
    """

    def estimate(self, facts: Mapping[str, Any], scheme: str, as_of: dt.date | None = None) -> SchemeResult:
        """What ``scheme`` (id or prefix) pays for a project described by ``facts`` (as in a TOML or JSON file).

        Raises ``InputError`` for a value or name that cannot be used.
        """
        id = self.find(scheme)
        return self.result(id, self.read(facts, [id]), day_of(as_of))

    def result(self, id: str, values: dict[str, Any], day: dt.date) -> SchemeResult:
        """What the scheme with this ``id`` pays for a project whose facts were read (plain values by id). Raises ``InputError``."""
        from calc.estimate.benefit import estimate

        found = estimate(self.scheme(id), self.compiled(id), values, self.facts, self.lpr, day)
        current = id if "@" in id else self.edition_in_force(id, day)
        if current != id:
            found.warnings.append(text("warn.edition", edition=short(current), as_of=day))
        return found

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
        applicant_kinds: Any = None,
        fields: Any = None,
        matters: Any = None,
    ) -> list[dict[str, Any]]:
        """The schemes for which every filter given holds: id, title, kinds of support, the most each can pay, validity.

        ``part`` is ``1`` to ``6`` or ``g``; ``authority`` and ``search`` are words to be found; the others are slugs or labels.
        ``applicant_kinds``, ``fields`` and ``matters`` (slugs or labels, one or several) leave out what is meant for others only.
        Raises ``InputError`` for a word that does not exist.
        """
        from calc.questions.listing import listing

        profile = {"applicant_kinds": applicant_kinds, "fields": fields, "matters": matters}
        return listing(self, day_of(as_of), part, authority, support, nature, validity, outcome, search, profile)

    def find_facts(self, words: str = "") -> list[dict[str, Any]]:
        """The facts in whose id, label, help or values every one of ``words`` stands: fact, label, type, accepted, help, schemes, answered_by."""
        from calc.questions.find import find_facts

        return find_facts(self, words)

    def show(self, scheme: str, as_of: dt.date | None = None) -> dict[str, Any]:
        """``scheme`` (id or prefix) in plain terms: formulas, limits, conditions, the facts it asks for. Raises ``InputError``."""
        from calc.questions.listing import describe

        return describe(self, self.scheme(scheme), day_of(as_of))

    def check(self, files: Iterable[Path | str] = ()) -> list[SchemeError]:
        """Every problem of the scheme folder, or of some ``files`` by its facts: file, line, problem and hint each."""
        from calc.store.check import check

        return check(self.folder, [Path(f) for f in files]).problems

    def match(self, facts: Mapping[str, Any], as_of: dt.date | None = None) -> dict[str, Any]:
        """``facts`` (as in a TOML or JSON file) against all schemes: what the project gets, would get, just misses, needs.

        Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.questions.match import match

        day = day_of(as_of)
        return match(self, self.read(facts, self.in_force_ids(day)), day)

    def calendar(self, facts: Mapping[str, Any], schemes: Sequence[str] | None = None, as_of: dt.date | None = None) -> list[dict[str, Any]]:
        """What ``facts`` (as in a TOML or JSON file) can apply for and when, of ``schemes`` (all that concern it, if not told),
        soonest first: window, office, telephone, status, amount. Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.questions.calendar import calendar

        day = day_of(as_of)
        ids = None if schemes is None else self.find_all(schemes)
        return calendar(self, self.read(facts, self.in_force_ids(day)), ids, day)

    def ask(self, facts: Mapping[str, Any] | None = None, schemes: Sequence[str] = ()) -> Interview:
        """An interview for ``schemes`` (all, if none is told) that starts from ``facts``. Raises ``InputError``."""
        from calc.questions.ask import Interview

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
        from calc.questions.plan.plan import plan, read_projects

        given, several = projects(facts)
        ids = None if schemes is None else self.find_all(schemes)
        read = read_projects(self, given, ids, several)
        made = plan(
            self, read, ids, exclude=exclude, require=require, allow_conditional=allow_conditional, include_equity=include_equity,
            several=several, as_of=day_of(as_of),
        )  # fmt: skip
        return made.answer()

    @cached_property
    def texts(self) -> Texts:
        """The user's own policy texts: ``add``, ``list``, ``search``, ``remove``, ``check``, ``diff``, ``quotes``."""
        from calc.texts.desk import Texts

        return Texts(self.files, self.find)

    def cases(self, folder: Path | str | None = None) -> Cases:
        """Runs the cases beside the schemes (``cases/<scheme>.toml``, or those in ``folder``): their ``count``, and ``problems`` with file and line."""
        from calc.questions.cases import run_cases

        return run_cases(self, None if folder is None else Path(folder))

    def draft(self, answers: Mapping[str, Any]) -> str:
        """The beginning of a scheme file from a few answers (see ``calc.questions.draft.draft``). Raises ``SchemeErrors``."""
        from calc.questions.draft import draft

        return draft(self, answers)

    def schema(self, name: str = "scheme") -> dict[str, Any]:
        """The JSON Schema of the files called ``name``: ``scheme``, ``facts``, ``rules`` or ``project``. Raises ``KeyError``."""
        from calc.questions.schema import schema

        return schema(self, name)

    def template(
        self, schemes: Sequence[str], path: Path | str, projects: Sequence[Mapping[str, Any]] = (), force: bool = False
    ) -> list[Path]:
        """Writes a file to fill in (``.xlsx``, ``.csv`` or ``.toml``) for ``schemes``, with what ``projects`` already say.

        Raises ``InputError`` for a name or value that cannot be used, ``FileProblem`` for a file that cannot be written so.
        """
        from calc.questions.fill.template import write

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
        schemes: Sequence[str] | None = None,
        allow_conditional: bool = False,
        include_equity: bool = False,
        as_of: dt.date | None = None,
    ) -> dict[str, Any]:
        """How the total of ``scheme`` moves: one fact (or two, for a grid) over ``vary``, or named ``scenarios``.

        ``vary`` maps a fact, ``list.field`` or ``list[2].field`` to ``(first, last, step)`` or ``{"values": [...]}``; with a
        ``target`` (an amount), to ``None`` for any value. ``scenarios`` are ``{"name": ..., "set": {fact: value}}``, two or
        more of which ``compare`` names. ``scheme="plan"``: the best combination, of ``schemes`` (all in force, if not told), as
        ``plan`` makes it. Raises ``InputError`` for a value or name that cannot be used.
        """
        from calc.questions.whatif.whatif import PLAN, whatif, whatif_plan

        if scheme == PLAN:
            ids = self.in_force_ids(day_of(as_of)) if schemes is None else self.find_all(schemes)
            values = self.read(facts, ids if schemes is not None else self.ids)
            return whatif_plan(self, ids, values, vary, target, scenarios, compare, allow_conditional, include_equity)
        id = self.find(scheme)
        return whatif(self, id, self.read(facts, [id]), vary, target, scenarios, compare, day_of(as_of))

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
        only_rejects: bool = False,
        ignore_unknown: bool = False,
        encoding: str | None = None,
        sheet: str | None = None,
        input_format: str | None = None,
        output_format: str | None = None,
        budget: Any = None,
        per: Mapping[str, Any] | None = None,
        cut: str | None = None,
        rank: str | None = None,
        last: str | None = None,
        claimed: str | Mapping[str, str] | None = None,
        duplicates: Path | str | None = None,
        invoices: Sequence[str] = (),
        list: Path | str | None = None,
        by: str | None = None,
        carry: Sequence[str] = (),
        engine: str = "auto",
        as_of: dt.date | None = None,
        progress: bool = False,
    ) -> Summary:
        """A table of projects (a file; ``-``: standard input) against ``schemes`` (all, if none is named) into a file.

        ``shape`` is ``long`` (a row a benefit) or ``wide`` (a row a project, with ``benefits`` also each benefit, with ``plan``
        also ``best_total``: what ``plan`` gives for the row by itself). ``items`` maps record lists to files
        (``{"loans": "loans.csv"}``). With ``enterprise_column`` limits of an enterprise hold over its rows. Rows that cannot be
        used go to ``rejects`` (beside ``output``, if not told), which can be mended and read again: with ``only_rejects`` its
        rows are joined to the result that stands at ``output``, whose options hold. ``budget`` (an amount) and ``per`` (amounts by scheme) say how much
        money there is, ``cut`` how it is shared where it is short: ``pro-rata``, or by ``rank`` (a column; ``:down`` behind it puts
        the largest first), ``last`` being ``cut`` or ``leave-out``. ``claimed`` is the column of amounts claimed (by scheme, where there
        are several); the result is then wide, with ``claimed``, ``computed``, ``difference`` and ``parts_at``.
        ``duplicates`` is a file for what is applied for twice (told in the summary of a folder anyway), ``invoices`` the columns of
        invoice numbers. ``list`` is a workbook with what is paid, to print and sign: subtotals by the column ``by`` (the district, if not
        told) and scheme, with the columns ``carry`` and those of accounts. Raises ``InputError`` for headers
        and options that cannot be used, ``FileProblem`` or ``OSError`` for files; then nothing is written.
        """
        from calc.batch.budget import read_budget
        from calc.batch.options import Options
        from calc.batch.run import run

        money = read_budget(self, budget, per or {}, cut, rank, last)
        options = Options(
            budget=money,
            asked=[money.rank] if money is not None and money.rank is not None else [],
            output=None if output is None else str(output),
            schemes=schemes,
            shape="wide" if claimed else shape,
            duplicates=None if duplicates is None else str(duplicates),
            invoices=invoices,
            payments=None if list is None else str(list),
            by=by,
            carry=carry,
            claimed={"": claimed} if isinstance(claimed, str) else claimed or {},
            benefits=benefits,
            plan=plan,
            items=items or {},
            id_column=id_column,
            enterprise_column=enterprise_column,
            rejects=None if rejects is None else str(rejects),
            only_rejects=only_rejects,
            ignore_unknown=ignore_unknown,
            encoding=encoding,
            sheet=sheet,
            input_format=input_format,
            output_format=output_format,
            engine=engine,
            as_of=None if only_rejects and as_of is None else day_of(as_of),  # rows that are joined have that of the result
            progress=progress,
        )
        return run(self, str(source), options)

    def verify(self, result: Path | str) -> dict[str, Any]:
        """Computes the result of a batch, a payment list, a list of duplicates, or a file that tells a reform or a sweep again by what
        stands beside it (``<result>.audit.json``): ``same``; ``changes``, what it rests on that is not what it was (``program``,
        ``input``, ``lpr``, ``facts``, ``rules``, ``scheme``, ``against``, or the ``result`` itself); ``rows`` that differ, and the
        ``first`` of them; of a batch also its ``lists``, each a ``file`` with its ``rows`` and ``first``. Raises ``FileProblem``
        where a file it needs is missing.
        """
        from calc.batch.verify import verify

        return verify(self, result)

    def reform(
        self,
        source: Path | str,
        against: Path | str | Sequence[Path | str] = (),
        *,
        changes: Sequence[str] = (),
        by: str | None = None,
        size: str | None = None,
        rows: Path | str | None = None,
        rows_format: str | None = None,
        as_of: dt.date | None = None,
        **table: Unpack[TableOptions],
    ) -> dict[str, Any]:
        """A table of projects under today's schemes and under changed ones: ``before``, ``after`` and ``difference`` of all that is
        paid under the schemes that change, the same by scheme and benefit with how many projects gain and lose.

        ``against``: scheme files, or folders of them (what a folder does not say stays as it is). ``changes``: single figures,
        as ``1.01/investment-grant: percent = "25%"``; one without a scheme is of the one before it. ``by``: a column to split
        by; ``size``: a column of money that tells the size of a project. ``rows``: a file with each project's before,
        after, difference and reason. ``table``: how the table is read, as for ``batch`` (``items``, ``id_column``, ``rejects``,
        ``ignore_unknown``, ``encoding``, ``sheet``, ``input_format``, ``engine``, ``progress``). Raises ``InputError``,
        ``SchemeErrors`` for changes that make no scheme, ``FileProblem`` or ``OSError``; then nothing is written.
        """
        from calc.batch.options import table_options
        from calc.batch.question import Question

        options = table_options(day_of(as_of), **table)
        options.output, options.output_format = None if rows is None else str(rows), rows_format
        return Question(source=str(source), against=_places(against), changes=changes, by=by, size=size, options=options).answer(self)

    def sweep(
        self,
        source: Path | str,
        vary: str,
        *,
        budget: Any = None,
        against: Path | str | Sequence[Path | str] = (),
        changes: Sequence[str] = (),
        as_of: dt.date | None = None,
        **table: Unpack[TableOptions],
    ) -> dict[str, Any]:
        """What a table of projects costs as one figure of the rules takes one value after another.

        ``vary``: the figure and its values, as ``1.01/investment-grant.percent=20%..35%:1%``; other changes, and ``table``, as for
        ``reform``. The answer has ``points`` (``{"value", "cost", "difference", "fits"}``), ``before`` (today's cost), and for a
        ``budget`` in ``fits`` the last ``value`` that keeps it with its ``cost``, and the ``next`` that does not, wherever the budget
        is crossed. Raises as ``reform``.
        """
        from calc.batch.options import table_options
        from calc.batch.question import Question

        options = table_options(day_of(as_of), **table)
        return Question(source=str(source), vary=vary, budget=budget, against=_places(against), changes=changes, options=options).answer(self)


def _places(against: Path | str | Sequence[Path | str]) -> Sequence[Path | str]:
    return [against] if isinstance(against, str | Path) else against


def load_catalog(path: Path | str | None = None, lpr: Path | str | None = None) -> Catalog:
    """The catalogue in folder ``path`` (the schemes shipped, if not told), with the LPR table in ``lpr`` (the one shipped).

    Raises ``SchemeError`` where the folder or the table cannot be used.
    """
    return Catalog(scheme_folder(path), load_lpr(lpr))
