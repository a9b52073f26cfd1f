"""What a clause cited in a scheme file points to: ``服务内容 2（1）``, ``1-4；条件要求 2``, ``方向7 第2段``, ``第五条（二）``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calc.texts.numbers import CHINESE, whole
from calc.texts.pages import squeezed
from calc.texts.structure import Card, Clause, Step

_TOKENS = re.compile(
    r"(?P<section>服务内容|条件要求|条件|办理流程|附件\d*)"
    r"|（?(?:方向|专题|类别)(?P<direction>\d{1,2}|[一二三四五六七八九十]{1,3})）?"
    rf"|（?第(?P<article>[{CHINESE}]+|\d+)条）?"
    rf"|第(?P<chapter>[{CHINESE}]+|\d+)[章编]"
    rf"|第(?P<division>[{CHINESE}]+|\d+)节"
    rf"|（?第(?P<item>[{CHINESE}]+|\d+)项）?"
    rf"|（?第(?P<paragraph>[{CHINESE}]+|\d+)(?:段|款|自然段)）?"
    rf"|（?第(?P<sentence>[{CHINESE}]+|\d+)句）?"
    r"|（?(?P<side>首段|前段|后段|末段)）?"
    r"|（(?P<cn_bracket>[一二三四五六七八九十]{1,3})）"
    r"|（(?P<bracket>\d{1,2})）"
    r"|(?P<ring>[①-⑳])"
    r"|(?P<num>\d{1,2})[.、]?(?!\d)|(?P<cn>[一二三四五六七八九十]{1,3})、?"
    r"|(?P<break>[；;])|(?P<and>[、，和及与])|(?P<to>[-~至到])"
)
_SIDES = {"首段": 1, "前段": 1, "后段": -1, "末段": -1}


@dataclass(frozen=True)
class Cited:
    """One place cited: the headings down to it, and which paragraph or sentence of it (from 1, −1 the last, 0 not said)."""

    path: tuple[Step, ...]
    paragraph: int = 0
    sentence: int = 0


def cited(clause: str) -> list[Cited]:
    """All places that ``clause`` cites, in order; empty where nothing in it is understood."""
    said = squeezed(clause)
    found: list[Cited] = []
    path: tuple[Step, ...] = ()
    apart, spanning, place = True, False, 0
    while place < len(said):
        hit = _TOKENS.match(said, place)
        if hit is None:
            place += 1
            continue
        place = hit.end()
        kind = (hit.lastgroup or "").replace("_", "-")
        if kind in ("break", "and"):
            apart = True
            path = path[:1] if kind == "break" and path and path[0][0] == "section" else path
            continue
        if kind == "to":
            spanning = True
            continue
        if kind in ("num", "cn") and hit[0].endswith("、"):
            place -= 1  # the comma parts two numbers
        value = hit[kind.replace("-", "_")]
        if kind in ("paragraph", "sentence", "side"):
            if not found:
                found.append(Cited(path))
            one = found[-1]
            count = _SIDES[value] if kind == "side" else whole(value)
            found[-1] = Cited(one.path, one.paragraph if kind == "sentence" else count, count if kind == "sentence" else one.sentence)
            continue
        if kind == "section":
            path = (("section", "条件要求" if value == "条件" else value),)
            found.append(Cited(path))
            apart, spanning = False, False
            continue
        number = str(whole(value))
        kinds = [k for k, _ in path]
        if spanning and kind in kinds and path[kinds.index(kind)][1].isdigit():
            above = path[: kinds.index(kind)]
            start = int(path[kinds.index(kind)][1])
            found.extend(Cited((*above, (kind, str(n)))) for n in range(start + 1, int(number) + 1))
            path = (*above, (kind, number))
        elif kind in kinds:
            path = (*path[: kinds.index(kind)], (kind, number))
            found.append(Cited(path))
        else:
            if kind in ("cn", "direction", "article", "chapter") and path and path[0][0] != "section":
                keep = [step for step in path if step[0] in ("chapter", "division")] if kind == "article" else []
                path = tuple(keep)
            deeper = bool(path) and not apart and found and found[-1].path == path
            path = (*path, (kind, number))
            if deeper or (found and found[-1].path == path[:-1] and not apart):
                found[-1] = Cited(path)
            else:
                found.append(Cited(path))
        apart, spanning = False, False
    return found


def located(card: Card, one: Cited) -> Clause | None:
    """The piece of ``card`` that a citation points to; the nearest of its kind where several fit, ``None`` where none does."""
    tree = card.clauses
    if not one.path:
        return Clause((), 0, len(card.text.s), 0)
    wanted = one.path
    if not any(step[0] == "section" for clause in tree for step in clause.path):
        wanted = tuple(step for step in wanted if step[0] != "section") or wanted
    for alike in (_same, _same_number):
        fits = [clause for clause in tree if _within(wanted, clause.path, alike)]
        if fits:
            return min(fits, key=lambda clause: (len(clause.path), clause.first))
    return None


def _same(wanted: Step, there: Step) -> bool:
    return wanted == there or (wanted[0] == "item" and wanted[1] == there[1] and there[0] in ("cn-bracket", "bracket", "num"))


def _same_number(wanted: Step, there: Step) -> bool:
    loose = ("num", "cn", "cn-bracket", "bracket", "half-bracket", "ring", "item", "article")
    return wanted == there or (wanted[0] in loose and there[0] in loose and wanted[1] == there[1])


def _within(wanted: tuple[Step, ...], path: tuple[Step, ...], alike: object) -> bool:
    """Whether ``wanted`` is found in ``path`` in order, ending where it ends."""
    same = alike if callable(alike) else _same
    if not path or not same(wanted[-1], path[-1]):
        return False
    place = 0
    for step in path:
        if place < len(wanted) and same(wanted[place], step):
            place += 1
    return place == len(wanted)
