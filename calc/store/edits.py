"""Single figures of a scheme file changed in its text: ``1.01/investment-grant: percent = "25%"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from calc.documents import BadDocument, read_toml
from calc.errors import InputError, nearest_names
from calc.language.surface import BenefitTable, SchemeTable
from calc.messages import listed, text
from calc.places import Path, Places

_CHANGE = re.compile(r"(?:(?P<scheme>[^:：=/]+?)(?:/(?P<benefit>[^:：=/]+?))?\s*[:：])?\s*(?P<path>[^=：:]+?)\s*=\s*(?P<value>\S.*)", re.S)
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Edit:
    """A value to stand at ``path`` within a benefit of a scheme (within the scheme, where ``benefit`` is empty); ``said`` as the user wrote it."""

    said: str
    scheme: str
    benefit: str
    path: Path
    value: str


def read_edit(said: str, before: Edit | None = None) -> Edit:
    """A change as it is written; without a scheme it is of the one ``before`` it. Raises ``InputError``."""
    found = _CHANGE.fullmatch(said.strip())
    if found is None or (found["scheme"] is None and before is None):
        raise InputError("--change", said, text("reform.change.form"))
    path = steps(found["path"])
    if not path:
        raise InputError("--change", said, text("reform.change.form"))
    if found["scheme"] is None:
        assert before is not None
        return Edit(said.strip(), before.scheme, before.benefit, path, found["value"].strip())
    return Edit(said.strip(), found["scheme"].strip(), (found["benefit"] or "").strip(), path, found["value"].strip())


def steps(path: str) -> Path:
    """``limits[0].at_most`` taken apart; empty where it is no path."""
    bare = re.sub(r"\s", "", path)
    if _STEP.sub("", bare).strip("."):
        return ()
    return tuple(int(m[2]) if m[2] is not None else m[1] for m in _STEP.finditer(bare))


def dotted(path: Path) -> str:
    """A path as people write it."""
    said = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return said.removeprefix(".")


def edited(content: str, edit: Edit) -> str:
    """The text of a scheme file with the change made. Raises ``InputError`` where it has no such benefit or place."""
    places = Places(content)
    document = read_toml(content)
    scope = _scope(document, edit)
    value = written(edit.value)
    where = _found(places, scope, edit)
    if where is not None:
        start, end = places.spans[where]
        key = where[-1]
        body = places.text[start:end]
        if isinstance(key, str) and body.lstrip().startswith("["):
            raise InputError("--change", edit.said, text("reform.change.table", path=dotted(edit.path)))
        return places.text[:start] + (f"{key} = {value}" if isinstance(key, str) else value) + places.text[end:]
    known = {info.alias or name for name, info in (BenefitTable if scope else SchemeTable).model_fields.items()}
    if len(edit.path) == 1 and edit.path[0] in known:
        start = places.spans[(*scope, "id")][0]
        return f"{places.text[:start]}{edit.path[0]} = {value}\n{places.text[start:]}"
    above = edit.path[:-1] and _found(places, scope, edit, edit.path[:-1])
    if above:
        start, end = places.spans[above]
        if places.text[start:end].endswith("}"):
            return f"{places.text[: end - 1].rstrip()}, {edit.path[-1]} = {value} }}{places.text[end:]}"
    inside = sorted({dotted(p[len(scope) :]) for p in places.spans if p[: len(scope)] == scope and len(p) > len(scope)})
    raise InputError("--change", dotted(edit.path), text("reform.change.places", places=listed(inside[:20])), nearest_names(dotted(edit.path), inside))


def written(value: str) -> str:
    """A value as TOML writes it; what is no TOML value stands in quotes."""
    try:
        if set(read_toml(f"x = {value}")) == {"x"}:
            return value
    except BadDocument:
        pass
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _scope(document: dict[str, Any], edit: Edit) -> Path:
    """Where the benefit stands in the file."""
    if not edit.benefit:
        return ()
    ids = [str(one.get("id", "")) for one in document.get("benefits", ())]
    if edit.benefit not in ids:
        known = [id + text("word.brackets", said=one.get("label", "")) for id, one in zip(ids, document.get("benefits", ()), strict=True)]
        raise InputError("--change", edit.benefit, text("reform.change.benefit", scheme=edit.scheme, benefits=listed(known)), nearest_names(edit.benefit, ids))
    return "benefits", ids.index(edit.benefit)


def _found(places: Places, scope: Path, edit: Edit, wanted: Path | None = None) -> Path | None:
    """The one place within ``scope`` whose path is, or else ends in, the path wanted. Raises ``InputError`` where there are several."""
    wanted = edit.path if wanted is None else wanted
    if (*scope, *wanted) in places.spans:
        return (*scope, *wanted)
    ends = [p for p in places.spans if len(p) > len(scope) + len(wanted) and p[: len(scope)] == scope and p[-len(wanted) :] == wanted]
    if len(ends) > 1:
        raise InputError("--change", edit.said, text("reform.change.several", places=listed(dotted(p[len(scope) :]) for p in ends)))
    return ends[0] if ends else None
