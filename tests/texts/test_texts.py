"""The user's own texts: read whatever their kind, quoted literally, each figure found where it stands, editions compared."""

import json
import re
import shutil
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import NOT_OURS
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Catalog, InputError, load_catalog
from calc.errors import FileProblem
from calc.places import Places
from calc.texts.citation import cited, located
from calc.texts.figures import COUNT, DATE, MONEY, MONTHS, PERCENT, figures, stated
from calc.texts.library import named
from calc.texts.pages import Text, joined
from calc.texts.quotes import Kept, card_of, quote
from calc.texts.structure import cards
from tests.command import ROOT, run
from tests.documents import docx, html, pdf, plain

SOURCE = ROOT.parent / "shared" / "source" / "cards"

# a measure by chapters and articles, as cities publish them
MEASURE = """滨海市工业和信息化局关于印发《滨海市智能制造专项资金管理办法》的通知
滨工信规〔2024〕7号
各有关单位：
现将《滨海市智能制造专项资金管理办法》印发给你们，请遵照执行。
第一章 总则
第一条 为推动本市智能制造发展，制定本办法。
第二条 本办法适用于在本市注册的企业。
第二章 支持标准
第三条 设备购置补助。
（一）一般企业购置智能设备的，按照设备购置费的20%给予补助，单个项目最高不超过800万元。
（二）专精特新企业购置智能设备的，按照设备购置费的百分之二十五给予补助，单个项目最高不超过1000万元。
第四条 增长奖励。上一年度营业收入首次突破1亿元、5亿元的，分别奖励50万元、200万元。
第三章 附则
第五条 本办法自2024年7月1日起施行，有效期三年。"""

# a notice by 一、（一）1．
NOTICE = """江北新区管理委员会关于支持研发机构发展的若干措施
江北委发〔2025〕12号
一、支持对象
本措施适用于在新区注册的研发机构。
二、支持方式
（一）设立奖励
1．新设立的研发机构，给予一次性奖励100万元。
2．认定为省级的，再奖励200万元。
（二）贷款贴息
对研发机构的银行贷款，按照不超过2%的利率贴息，期限不超过3年，每年最高300万元。
三、附则
本措施自发布之日起施行。"""

SCHEME = """
id = "n9-smart-equipment"
title = "智能设备购置补助"
combine = "sum"
[source]
card = "n9"
document = "滨工信规〔2024〕7号《滨海市智能制造专项资金管理办法》"
authority = "滨海市工业和信息化局"
published = 2024-06-15

[[benefits]]
id = "ordinary"
label = "一般企业设备补助"
clause = "第三条（一）"
nature = "ceiling"
support = "grant"
amount = { percent = "20%", of = "equipment_cost" }
limits = [{ at_most = "800万元", per = "project" }]

[[benefits]]
id = "special"
label = "专精特新企业设备补助"
clause = "第三条（二）"
nature = "ceiling"
support = "grant"
amount = { percent = "25%", of = "equipment_cost" }
limits = [{ at_most = "1200万元", per = "project" }]

[[benefits]]
id = "growth"
label = "增长奖励"
clause = "第九条"
nature = "fixed"
support = "award"
amount = { by = "revenue", tiers = [
  { from = "1亿元", below = "5亿元", amount = "50万元" },
  { from = "5亿元", amount = "200万元" },
] }
"""

MAKERS: dict[str, Callable[[Path, str], Path]] = {"a.pdf": pdf, "a.docx": docx, "a.html": html, "a.txt": plain}


def bare(said: str) -> str:
    return re.sub(r"[\s\u200b]", "", said)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(tmp_path / "texts.sqlite"))
    return tmp_path / "texts.sqlite"


@pytest.fixture
def city(tmp_path: Path, library: Path) -> Catalog:
    folder = tmp_path / "schemes"
    shutil.copytree(ROOT / "tests" / "other_city", folder, ignore=shutil.ignore_patterns("n*.toml"))
    (folder / "n9-smart-equipment.toml").write_text(SCHEME, encoding="utf-8")
    return load_catalog(folder)


# ---------------------------------------------------------------- files and structure


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_file_gives_the_same_clauses(name: str, city: Catalog, tmp_path: Path) -> None:
    made = MAKERS[name](tmp_path / name, MEASURE)
    added = city.texts.add(made)[0]
    assert (added["title"], added["numbers"], added["clauses"]) == ("关于印发《滨海市智能制造专项资金管理办法》的通知", ["滨工信规〔2024〕7号"], 10)
    assert added["pages"] == (1 if name.endswith("pdf") else None)
    said = city.texts.quotes("n9-smart-equipment")
    assert [p["text"] for p in said["ordinary"]["passages"]] == ["（一）一般企业购置智能设备的，按照设备购置费的20%给予补助，单个项目最高不超过800万元。"]
    first = said["ordinary"]["passages"][0]
    assert [first["text"][a:b] for a, b in first["marks"]] == ["20%", "800万元"]
    assert first["page"] == (1 if name.endswith("pdf") else None)


@pytest.mark.parametrize("name", MAKERS)
def test_a_notice_by_numbers_and_brackets(name: str, tmp_path: Path, library: Path, city: Catalog) -> None:
    city.texts.add(MAKERS[name](tmp_path / name, NOTICE))
    hit = city.texts.search("贴息", "2%")[0]
    assert (hit["clause"], hit["title"]) == ("二、（二）", "江北新区管理委员会关于支持研发机构发展的若干措施")
    assert {hit["text"][a:b] for a, b in hit["marks"]} == {"贴息", "2%"}
    assert city.texts.search("贴息", "一次性奖励") == []


def test_gb18030_text_and_form_feeds_as_pages(city: Catalog, tmp_path: Path) -> None:
    paged = MEASURE.replace("第二章", "- 1 -\n\f第二章")
    city.texts.add(plain(tmp_path / "a.txt", paged, "gb18030"))
    assert [p["page"] for p in city.texts.quotes("n9-smart-equipment")["special"]["passages"]] == [2]


def test_noise_of_scans_does_no_harm(city: Catalog, tmp_path: Path) -> None:
    noisy = (
        MEASURE.replace("（一）一般企业购置智能设备的，按照", "（ 一 ）一般企业购置智能设\n备的，按\n照")
        .replace("20%给予", "2O ％给\n予")
        .replace("不超过800万元。", "不超过 8 0 0 万元。".replace("8 0 0", "800") + "31")
        .replace("第三条 设备", "第 三 条设备")
    )
    city.texts.add(plain(tmp_path / "a.txt", noisy))
    quote = city.texts.quotes("n9-smart-equipment")["ordinary"]["passages"][0]
    assert bare(quote["text"]) in bare(noisy)
    assert [bare(quote["text"][a:b]) for a, b in quote["marks"]] == ["2O％", "800万元"]


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([" ", "\n", "　", "\n  ", "\t", "\u200b"])), max_size=40))
@settings(max_examples=60, deadline=None)
def test_breaks_and_spaces_anywhere_but_in_a_figure_change_nothing(noise: list[tuple[int, str]]) -> None:
    said = MEASURE
    for place, sign in sorted(noise, reverse=True):
        at = min(place, len(said) - 1)
        if not (said[at - 1].isdigit() and said[at].isdigit()):
            said = said[:at] + sign + said[at:]
    found = cards(joined([said.split("\n")], numbered=False))[0]
    kept = Kept(found, "a.txt")
    table = tomllib.loads(SCHEME)
    assert card_of(table, [kept]) is kept
    told = stated(table, Places(SCHEME), ("benefits", 0))
    one = quote(kept, "第三条（一）", "一般企业设备补助", told, "")
    assert [bare(p.text) for p in one.passages] == ["（一）一般企业购置智能设备的，按照设备购置费的20%给予补助，单个项目最高不超过800万元。"]
    assert [bare(one.passages[0].text[a:b]) for a, b in one.passages[0].marks] == ["20%", "800万元"]


@given(st.text(alphabet="一二（）1２.、．第条章方向附件依据文件服务内容条件要求。；\n 万元%年至", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_its_tree_is_in_order(said: str) -> None:
    text = Text(said)
    for card in cards(text):
        for clause in card.clauses:
            assert 0 <= clause.first < clause.heading <= clause.last <= len(card.text.s)
            shown, _ = card.text.literal(clause.first, clause.last)
            assert bare(shown) in bare(said)
    for figure in figures(text.s):
        assert 0 <= figure.first < figure.last <= len(text.s)
    cited(said)


def test_page_numbers_and_running_heads_are_no_text() -> None:
    pages = [["政策汇编", f"第{n}条 正文第{n}页，补助{n}0万元。", f"- {n} -"] for n in (1, 2, 3, 4)]
    found = joined(pages, numbered=True)
    assert "汇编" not in found.raw and "- 1 -" not in found.raw
    assert found.page(found.s.index("30万元")) == 3
    assert joined([["不超过", "65", "1000万元", "- 7 -", "附则"]], numbered=False).raw == "不超过\n1000万元\n附则"
    assert "65\n万元" in joined([["不超过", "65", "万元"]], numbered=False).raw  # a figure whose unit is on the next line


def test_a_number_broken_by_a_full_line_is_one_number() -> None:
    assert [f.value for f in figures(Text("企业购置设备的按照实际购置费用给予补助最高不超过50\n0万元").s) if f.kind == MONEY] == [5000000]
    assert [f.value for f in figures(Text("最高 31 500万元").s) if f.kind == MONEY] == [5000000]


def test_numbers_in_prose_are_no_headings() -> None:
    said = "关于支持的通知\n一、标准\n（一）按1.5倍计\n，详见附件\n3．其他。\n（二）申请方向 6、方\n向 7的项目，见二、\n三所述。\n二、期限\n三年。"
    found = cards(Text(said))
    assert [named(c.path) for c in found[0].clauses] == ["一", "一、（一）", "一、（二）", "二"]


def test_numbering_that_runs_on_through_its_parents() -> None:
    found = cards(Text("关于支持的通知\n1．甲\n（1）子。\n（2）丑。\n2．乙\n（3）寅。\n（4）卯。"))[0]
    assert [named(c.path) for c in found.clauses] == ["1", "1（1）", "1（2）", "2", "2（3）", "2（4）"]


def test_nothing_is_added_where_the_answer_cannot_be_written(tmp_path: Path, library: Path) -> None:
    told = run(["texts", "add", str(plain(tmp_path / "b.txt", NOTICE)), "-o", str(tmp_path / "told.pdf")], SUBSIDY_TEXTS=str(library))
    assert told.code == 2 and ".json" in told.err
    assert "b.txt" not in run(["texts", "list"], SUBSIDY_TEXTS=str(library)).out


def test_a_file_in_which_nothing_is_recognised_says_what_was_looked_for(tmp_path: Path, library: Path) -> None:
    told = run(["texts", "add", str(plain(tmp_path / "b.txt", "今天天气很好"))], SUBSIDY_TEXTS=str(library))
    assert told.code == 2 and "依据文件" in told.err and "第三条" in told.err and not told.out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.4 broken", "已损坏"),
        ("a.docx", b"PK\x03\x04 broken", "已损坏"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".docx"),
        ("a.txt", b"\xff\xff\xff\x80", "GB18030"),
        ("a.txt", b"  \n ", "没有文字"),
    ],
)
def test_files_that_cannot_be_read_say_why(name: str, content: bytes, said: str, tmp_path: Path, city: Catalog) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileProblem, match=re.escape(said)):
        city.texts.add(tmp_path / name)
    with pytest.raises(FileProblem):
        city.texts.add(tmp_path / "not there.pdf")


def test_a_word_file_that_unpacks_without_end_is_refused(tmp_path: Path, city: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.texts.word.LARGEST", 10_000)
    with pytest.raises(FileProblem, match="太大"):
        city.texts.add(docx(tmp_path / "a.docx", "零" * 100_000))


# ---------------------------------------------------------------- figures and citations


@pytest.mark.parametrize(
    ("said", "kind", "values"),
    [
        ("100、50万元", MONEY, [1_000_000, 500_000]),
        ("3亿元至5亿元（含）", MONEY, [300_000_000, 500_000_000]),
        ("3-5亿元", MONEY, [300_000_000, 500_000_000]),
        ("12,345.67元", MONEY, ["12345.67"]),
        ("十万元", MONEY, [100_000]),
        ("2.5个百分点", PERCENT, ["0.025"]),
        ("百分之三十五", PERCENT, ["0.35"]),
        ("三分之一", PERCENT, ["1/3"]),
        ("不超过3年，第18个月，两年，半年", MONTHS, [36, 18, 24, 6]),
        ("50-99家", COUNT, [50, 99]),
        ("第四至六名", COUNT, [4, 6]),
        ("3万平方米，2公顷", COUNT, [30_000, 20_000]),
        ("2022年6月1日", DATE, [738307]),
    ],
)
def test_figures_as_texts_write_them(said: str, kind: str, values: list[object]) -> None:
    from fractions import Fraction

    assert [f.value for f in figures(Text(said).s) if f.kind == kind] == [Fraction(str(v)) for v in values]


@pytest.mark.parametrize(
    ("clause", "places"),
    [
        ("服务内容 2（1）", ["服务内容 2（1）"]),
        ("服务内容 1-3", ["服务内容 1", "服务内容 2", "服务内容 3"]),
        ("服务内容 1至3、5", ["服务内容 1", "服务内容 2", "服务内容 3", "服务内容 5"]),
        ("服务内容 1（3）（4）", ["服务内容 1（3）", "服务内容 1（4）"]),
        ("服务内容 2、3（2）；条件 1、3", ["服务内容 2", "服务内容 3（2）", "条件要求 1", "条件要求 3"]),
        ("服务内容 1（4）、5（21）", ["服务内容 1（4）", "服务内容 5（21）"]),
        ("方向9；二（一）2", ["方向9", "二、（一）2"]),
        ("第十二条（二）", ["第十二条（二）"]),
        ("第五条、第七条", ["第五条", "第七条"]),
        ("服务内容 2（第十条）", ["服务内容 2第十条"]),
        ("见附表", []),
    ],
)
def test_what_a_citation_points_to(clause: str, places: list[str]) -> None:
    assert [named(one.path) for one in cited(clause)] == places


def test_paragraphs_and_sentences_of_a_citation() -> None:
    assert [(one.paragraph, one.sentence) for one in cited("方向7 第2段")] == [(2, 0)]
    assert [(one.paragraph, one.sentence) for one in cited("方向20 第3句")] == [(0, 3)]


def test_every_clause_of_the_shipped_schemes_is_understood(catalog: Catalog) -> None:
    clauses = {benefit.clause for scheme in catalog.schemes() for benefit in scheme.benefits if "@" not in scheme.id}
    assert [clause for clause in clauses if not cited(clause)] == []


# ---------------------------------------------------------------- quotes, check, comparison


def test_a_clause_that_is_not_there_is_not_quoted(city: Catalog, tmp_path: Path) -> None:
    city.texts.add(plain(tmp_path / "a.txt", MEASURE))
    said = city.texts.quotes("n9-smart-equipment")["growth"]
    assert said["passages"] == [] and "找不到该条款" in said["reason"]
    project = plain(tmp_path / "p.toml", 'equipment_cost = "1000万元"\nrevenue = "6亿元"\n')
    shown = run(["estimate", str(project), "-s", "n9", "--schemes", str(tmp_path / "schemes")], SUBSIDY_TEXTS=str(tmp_path / "texts.sqlite"))
    assert shown.code == 0, shown.err
    assert "按照设备购置费的【20%】给予补助" in bare(shown.out) and "原文中找不到该条款（a.txt）" in bare(shown.out)


def test_each_figure_against_its_clause(city: Catalog, tmp_path: Path) -> None:
    city.texts.add(plain(tmp_path / "a.txt", MEASURE))
    found = {(one["benefit"], one["figure"]): one for one in city.texts.check("n9")}
    lines = SCHEME.split("\n")
    assert all(one["figure"] in lines[one["line"] - 1] for one in found.values())
    results = {key: one["result"] for key, one in found.items()}
    assert results == {
        ("ordinary", "20%"): "found", ("ordinary", "800万元"): "found", ("special", "25%"): "found",
        ("special", "1200万元"): "absent",
        ("growth", "1亿元"): "elsewhere", ("growth", "5亿元"): "elsewhere", ("growth", "50万元"): "elsewhere", ("growth", "200万元"): "elsewhere",
    }  # fmt: skip
    assert found["growth", "200万元"]["where"] == "第二章第四条"
    told = run(["texts", "check", "n9", "--schemes", str(tmp_path / "schemes")], SUBSIDY_TEXTS=str(tmp_path / "texts.sqlite"))
    assert told.code == 1
    assert f"n9-smart-equipment.toml:{found['special', '1200万元']['line']}: 1200万元  原文中没有" in told.out


def test_a_remark_in_the_file_explains_a_figure(city: Catalog, tmp_path: Path) -> None:
    city.texts.add(plain(tmp_path / "a.txt", MEASURE))
    own = plain(tmp_path / "own.toml", SCHEME.replace('"1200万元", per = "project" }]', '"1200万元", per = "project" }] # derived: 见另行通知'))
    one = next(one for one in city.texts.check(str(own)) if one["figure"] == "1200万元")
    assert (one["result"], one["remark"]) == ("remarked", "derived: 见另行通知")


def test_a_new_edition_against_the_old(city: Catalog, tmp_path: Path) -> None:
    old = pdf(tmp_path / "old.pdf", MEASURE)
    new = docx(tmp_path / "new.docx", MEASURE.replace("800万元", "600万元").replace("第五条 本", "第五条 获补助的设备三年内不得转让。\n第六条 本"))
    answer = city.texts.diff(old, new)
    pieces = answer["changed"][0]["clauses"]
    assert [(p["clause"], p["kind"], p["figures"]["old"], p["figures"]["new"]) for p in pieces] == [
        ("第二章第三条（一）", "changed", ["800万元"], ["600万元"]),
        ("第三章第五条", "changed", ["2024年7月1日"], []),
        ("第三章第六条", "added", [], ["2024年7月1日", "三年"]),
    ]
    assert answer["schemes"] == ["n9-smart-equipment"]
    same = run(["texts", "diff", str(old), str(docx(tmp_path / "same.docx", MEASURE))])
    assert (same.code, same.out) == (0, "两版条款相同\n")


def test_add_list_remove(city: Catalog, tmp_path: Path) -> None:
    assert city.texts.list() == [] and not city.texts
    city.texts.add(plain(tmp_path / "a.txt", MEASURE), plain(tmp_path / "b.txt", NOTICE))
    city.texts.add(plain(tmp_path / "a.txt", MEASURE.replace("20%", "30%")))
    assert sorted(one["file"] for one in city.texts.list()) == ["a.txt", "b.txt"]
    assert city.texts.search("20%") == [] and len(city.texts.search("30%")) == 1
    with pytest.raises(InputError, match=r"a\.txt"):
        city.texts.remove("c.txt")
    assert city.texts.remove("a") == ["a.txt"]
    assert [one["file"] for one in city.texts.list()] == ["b.txt"] and city.texts.search("智能设备") == []


def test_without_a_library_nothing_is_said_and_nothing_loaded(city: Catalog, tmp_path: Path) -> None:
    project = plain(tmp_path / "p.toml", 'equipment_cost = "1000万元"\n')
    words = ["estimate", str(project), "-s", "n9", "--schemes", str(tmp_path / "schemes"), "--format", "json"]
    before = json.loads(run(words, SUBSIDY_TEXTS=str(tmp_path / "none")).out)
    assert not (tmp_path / "none").exists()
    assert all("quote" not in benefit for benefit in before["schemes"][0]["benefits"])
    city.texts.add(plain(tmp_path / "a.txt", MEASURE))
    after = json.loads(run(words, SUBSIDY_TEXTS=str(tmp_path / "texts.sqlite")).out)
    assert after["schemes"][0]["benefits"][0].pop("quote")["passages"][0]["marks"] == [[23, 26], [40, 45]]
    for benefit in after["schemes"][0]["benefits"][1:]:
        assert benefit.pop("quote")
    assert after == before


def test_a_damaged_library_is_told_and_stops_no_estimate(city: Catalog, tmp_path: Path) -> None:
    damaged = plain(tmp_path / "texts.sqlite", "这不是数据库" * 200)
    project = plain(tmp_path / "p.toml", 'equipment_cost = "1000万元"\n')
    told = run(["estimate", str(project), "-s", "n9", "--schemes", str(tmp_path / "schemes")], SUBSIDY_TEXTS=str(damaged))
    assert told.code == 0 and "原文库打不开" in told.err and "2,000,000.00" in told.out


def test_quotes_in_the_report_and_the_workbook(city: Catalog, tmp_path: Path) -> None:
    import openpyxl
    city.texts.add(plain(tmp_path / "a.txt", MEASURE))
    project = plain(tmp_path / "p.toml", 'equipment_cost = "1000万元"\n')
    for name in ("r.html", "r.xlsx"):
        words = ["estimate", str(project), "-s", "n9", "--schemes", str(tmp_path / "schemes"), "-o", str(tmp_path / name)]
        assert run(words, SUBSIDY_TEXTS=str(tmp_path / "texts.sqlite")).code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "按照设备购置费的<mark>20%</mark>给予补助，单个项目最高不超过<mark>800万元</mark>。" in page and "原文中找不到该条款" in page
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert any("按照设备购置费的【20%】给予补助" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


# ---------------------------------------------------------------- the texts of the shipped schemes


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the guide as PDF and of the notice as Word, put back together from their texts."""
    if not SOURCE.is_dir():
        pytest.skip(f"{NOT_OURS}: {SOURCE} is not there")
    folder = tmp_path_factory.mktemp("texts")
    order = sorted(SOURCE.glob("[1-6].*.txt"), key=lambda path: [int(part) for part in path.stem.split(".")])
    guide = "\n".join(re.sub(r"^\[[\d.]+\]\s*", "", path.read_text(encoding="utf-8")).strip() for path in order)
    made = [
        pdf(folder / "guide.pdf", guide, head="北京市产业政策导引（市级版）"),
        docx(folder / "notice.docx", (SOURCE / "g.txt").read_text(encoding="utf-8")),
    ]
    from calc.texts.library import Library

    for path in made:
        Library(folder / "texts.sqlite").add(path)
    return folder


def test_nearly_every_benefit_with_a_figure_gets_its_sentence(texts: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(texts / "texts.sqlite"))
    whole = bare("".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.txt")))
    desk, asked, got = catalog.texts, 0, 0
    for scheme in catalog.schemes():
        if "@" in scheme.id:
            continue  # a later text, which neither document is
        said = desk.quotes(scheme.id)
        for benefit in scheme.benefits:
            quote = said.get(benefit.id, {"passages": []})
            assert all(bare(one["text"]) in whole for one in quote["passages"]), (scheme.id, benefit.id)
            assert all(one["page"] for one in quote["passages"]) or scheme.id.startswith("g"), scheme.id
            if benefit.nature in ("fixed", "ceiling"):
                asked += 1
                got += any(one["marks"] for one in quote["passages"])
    assert asked > 250 and got >= asked * 0.95, f"{got} of {asked}"


def test_the_sentence_is_the_right_one(texts: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(texts / "texts.sqlite"))
    desk = catalog.texts

    def said(scheme: str, benefit: str) -> list[list[str]]:
        return [[bare(one["text"][a:b]) for a, b in one["marks"]] for one in desk.quotes(catalog.find(scheme))[benefit]["passages"]]

    assert said("1.01", "investment-grant") == [["30%", "5000万元"]]
    assert said("1.01", "loan-interest") == [["2年", "5000万元"]]
    assert said("g07", "major-project-interest") == [["10亿元", "3年", "3000万元"]]
    assert said("g20", "data-trade-award") == [["4%", "200万元"]]
    assert said("4.36", "patent-pool-interest") == [["30%", "2000万元"]]


def test_check_explains_every_figure(texts: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(texts / "texts.sqlite"))
    found = catalog.texts.check()
    assert {one["scheme"] for one in found if one["result"] == "no-text"} <= {id for id in catalog.ids if "@" in id}
    known = [one for one in found if one["result"] != "no-text"]
    assert len(known) > 1000
    unexplained = [f"{one['file']}:{one['line']}: {one['figure']}" for one in known if one["result"] == "absent"]
    assert len(unexplained) <= len(known) // 100, unexplained
    for one in known:
        content = Path(one["file"]).read_text(encoding="utf-8").split("\n")
        assert bare(one["figure"]).rstrip("年") in bare(content[one["line"] - 1]), one


def test_places_know_lines_of_figures() -> None:
    places = Places(SCHEME.lstrip("\n"))
    assert places.line(("benefits", 0, "amount"), "20%") == 16


def test_a_clause_is_found_where_the_text_numbers_otherwise() -> None:
    card = cards(Text("某办法\n某发〔2024〕1号\n一、甲\n（一）子。\n（二）丑。"))[0]
    place = located(card, cited("第一条（二）")[0])
    assert place is not None and card.text.s[place.heading : place.last] == "丑。"


def test_articles_are_named_as_texts_name_them() -> None:
    assert [named((("article", str(n)),)) for n in (9, 10, 21, 101, 110)] == ["第九条", "第十条", "第二十一条", "第一百零一条", "第一百一十条"]


def test_a_limit_is_quoted_from_where_it_limits(texts: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(texts / "texts.sqlite"))
    said = [bare(one["text"]) for one in catalog.texts.quotes(catalog.find("g04"))["generic-award"]["passages"]]
    assert len(said) == 2 and "国内首仿" in said[0] and said[1].startswith("单个企业年度奖励金额最高不超过1000万元")


def test_a_paragraph_cited_is_the_one_quoted(texts: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSIDY_TEXTS", str(texts / "texts.sqlite"))
    said = [bare(one["text"]) for one in catalog.texts.quotes(catalog.find("g12"))["output-breakthrough-award"]["passages"]]
    assert "首次突破1亿元（含）" in said[0] and "再增加奖励20万元" in said[1]


def test_numbers_that_word_counts_by_itself(tmp_path: Path, city: Catalog) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{said}"/></w:lvl>'
        for n, (form, said) in enumerate([("chineseCounting", "第%1条 "), ("chineseCounting", "（%2）"), ("decimal", "%3．")])
    )
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    lines = [(None, "某市奖励办法"), (0, "总则。"), (0, "标准。"), (1, "甲类奖励10万元。"), (1, "乙类奖励20万元。"), (2, "丙。"), (0, "附则。"), (1, "丁。")]
    body = "".join(
        "<w:p>" + (f'<w:pPr><w:numPr><w:ilvl w:val="{n}"/><w:numId w:val="5"/></w:numPr></w:pPr>' if n is not None else "")
        + f"<w:r><w:t>{said}</w:t></w:r></w:p>"
        for n, said in lines
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
        archive.writestr(
            "word/numbering.xml",
            f'<w:numbering {space}><w:abstractNum w:abstractNumId="3">{levels}</w:abstractNum>'
            '<w:num w:numId="5"><w:abstractNumId w:val="3"/></w:num></w:numbering>',
        )
    city.texts.add(tmp_path / "a.docx")
    assert [hit["clause"] for hit in city.texts.search("乙类")] == ["第二条（二）"]
    assert [hit["clause"] for hit in city.texts.search("丙")] == ["第二条（二）1"]
    assert [hit["clause"] for hit in city.texts.search("丁")] == ["第三条（一）"]


def test_an_unknown_command_below_texts_names_the_known_ones() -> None:
    told = run("texts serch LPR")
    assert told.code == 2 and "没有“serch”这个命令" in told.err and "search" in told.err and "No such" not in told.err


# ---------------------------------------------------------------- a guide of cards

GUIDE = """目录
1. 东江市支持厂房改造 …… 1
2. 东江市支持研发投入 …… 2
一、综合
1. 东江市支持厂房改造关于支持厂房改造的若干措施
依据文件 《东江市关于支持厂房改造的若干措施》
发文机构 东江市发展和改革委员会
发文字号 东发改规〔2024〕3号
发布日期 2024-3-5
工具分类 资金支持 服务对象 全市企业
服务内容
1．改造目标。入驻率不低于70%。
2．支持方式
（1）投资补助。按照固定资产投资的30%给予补助，最高不超过31 5000万元。
（2）贷款贴息。给予不超过2年的贴息，总金额不超过800万元。
条件要求项目总投资1亿元以上。办理流程网上申报，5个工作日内受理。
2. 东江市支持研发投入东江市支持研发投入
依据文件《东江市关于支持研发投入的办法》
发文机构 东江市科学技术局
发文字号 东科发〔2024〕8号
发布日期 2024-04-01
工具分类 资金支持 服务对象 科技企业
服务内容对研发投入给予补助。
1．首年按照研发费用的10%给予补助，不超过100万元。
条件要求
1．研发费用不低于500万元。
3. 东江市支持研发投入东江市支持研发投入
依据文件《东江市关于支持研发投入的办法》
发文机构 东江市科学技术局
发文字号 东科发〔2024〕8号
发布日期 2024-04-01
工具分类 资金支持 服务对象 科技企业
服务内容
1．再次申报的，按照研发费用的5%给予补助，不超过60万元。"""


def card_scheme(id: str, title: str, document: str, clause: str, amount: str, limit: str, more: str = "") -> str:
    return (
        f'id = "{id}"\ntitle = "{title}"\ncombine = "sum"\n[source]\ncard = "{id[:4]}"\ndocument = "{document}"\nauthority = "某局"\n'
        f'published = 2024-04-01\n[[benefits]]\nid = "grant"\nlabel = "{title}"\nclause = "{clause}"\nnature = "ceiling"\nsupport = "grant"\n'
        f'amount = {{ percent = "{amount}", of = "equipment_cost" }}\nlimits = [{{ at_most = "{limit}", per = "project" }}]\n{more}'
    )


@pytest.fixture
def guided(tmp_path: Path, library: Path) -> Catalog:
    folder = tmp_path / "guided"
    shutil.copytree(ROOT / "tests" / "other_city", folder, ignore=shutil.ignore_patterns("n*.toml"))
    supplement = 'supplement = { document = "东科发〔2024〕8号《东江市关于支持研发投入的办法》", published = 2024-04-01, sure = "confirmed" }\n'
    for one in (
        card_scheme("9.01-factory", "东江市支持厂房改造", "东发改规〔2024〕3号", "服务内容 2（1）", "30%", "5000万元"),
        card_scheme("9.02-research", "东江市支持研发投入", "东科发〔2024〕8号", "服务内容 1；条件要求 1", "10%", "100万元"),
        card_scheme("9.03-again", "东江市支持研发投入", "东科发〔2024〕8号", "服务内容 1", "5%", "60万元"),
        card_scheme("9.04-other", "东江市支持厂房改造", "东发改规〔2024〕3号", "服务内容 2（2）", "10%", "800万元", supplement),
        card_scheme("9.05-none", "东江市支持绿化", "东园发〔2024〕1号", "服务内容 1", "10%", "1万元"),
    ):
        (folder / f"{one[6:].partition(chr(34))[0]}.toml").write_text(one, encoding="utf-8")
    return load_catalog(folder)


@pytest.mark.parametrize("name", MAKERS)
def test_cards_of_a_guide_are_found_by_title_and_number(name: str, tmp_path: Path, guided: Catalog) -> None:
    maker = MAKERS[name]
    added = guided.texts.add(pdf(tmp_path / name, GUIDE, head="东江市产业政策导引", width=30, rows=9) if maker is pdf else maker(tmp_path / name, GUIDE))[0]
    assert (added["cards"], added["numbers"]) == (3, ["东发改规〔2024〕3号", "东科发〔2024〕8号"])

    def said(scheme: str) -> list[tuple[str, int | None]]:
        return [(bare(one["text"]), one["page"]) for one in guided.texts.quotes(scheme)["grant"]["passages"]]

    assert said("9.01-factory") == [("按照固定资产投资的30%给予补助，最高不超过315000万元。", 2 if maker is pdf else None)]
    assert [text for text, _ in said("9.02-research")] == ["1．首年按照研发费用的10%给予补助，不超过100万元。"]
    assert [text for text, _ in said("9.03-again")] == ["1．再次申报的，按照研发费用的5%给予补助，不超过60万元。"]
    assert guided.texts.quotes("9.05-none") == {}
    marks = guided.texts.quotes("9.01-factory")["grant"]["passages"][0]
    assert [bare(marks["text"][a:b]) for a, b in marks["marks"]] == ["30%", "5000万元"]  # the page number 31 is no part of it


def test_a_supplement_is_looked_up_where_the_card_leaves_a_figure_open(tmp_path: Path, guided: Catalog) -> None:
    guided.texts.add(plain(tmp_path / "a.txt", GUIDE))
    found = {one["figure"]: one for one in guided.texts.check("9.04")}
    assert (found["800万元"]["result"], found["10%"]["result"]) == ("found", "supplement")
    assert found["10%"]["where"] == "服务内容 1"
    lacking = guided.texts.check("9.05")
    assert {one["result"] for one in lacking} == {"no-text"}


def test_only_the_schemes_of_what_changed_need_a_look(tmp_path: Path, guided: Catalog) -> None:
    old = plain(tmp_path / "old.txt", GUIDE)
    answer = guided.texts.diff(old, plain(tmp_path / "new.txt", GUIDE.replace("5%给予补助，不超过60万元", "5%给予补助，不超过80万元")))
    assert [(card["title"], [p["clause"] for p in card["clauses"]]) for card in answer["changed"]] == [("东江市支持研发投入", ["服务内容 1"])]
    assert answer["changed"][0]["clauses"][0]["figures"] == {"old": ["60万元"], "new": ["80万元"]}
    assert answer["schemes"] == ["9.03-again"]
    gone = guided.texts.diff(old, plain(tmp_path / "less.txt", GUIDE[: GUIDE.index("3. 东江市")]))
    assert (gone["removed"], gone["added"], gone["changed"]) == (["东江市支持研发投入"], [], [])
    assert gone["schemes"] == ["9.03-again"]


def test_of_two_editions_the_one_added_last_is_quoted(tmp_path: Path, guided: Catalog) -> None:
    guided.texts.add(plain(tmp_path / "old.txt", GUIDE), plain(tmp_path / "new.txt", GUIDE.replace("不超过60万元", "不超过80万元")))
    assert guided.texts.quotes("9.03-again")["grant"]["file"] == "new.txt"
    assert "80万元" in guided.texts.quotes("9.03-again")["grant"]["passages"][0]["text"]
    guided.texts.add(tmp_path / "old.txt")
    assert "60万元" in guided.texts.quotes("9.03-again")["grant"]["passages"][0]["text"]
