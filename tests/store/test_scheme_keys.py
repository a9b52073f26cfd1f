"""What a scheme says beside its amounts: who it is for, where a figure comes from, when and where to apply, its editions."""

import datetime as dt
from pathlib import Path

import pytest

from calc import Catalog, InputError
from calc.errors import SchemeErrors
from calc.language import model
from tests.three import BENEFIT, folder_of, scheme_of

AMOUNT = 'amount = "7元"\n'
PRINTED = scheme_of(AMOUNT, "valid_from = 2023-01-01\nvalid_to = 2023-12-31", "1.21-loan")
EDITIONS = [
    scheme_of('amount = "8元"\n', 'edition_of = "1.21-loan"\nvalid_from = 2024-04-19\nvalid_to = 2024-12-31', "1.21-loan@2024"),
    scheme_of('amount = "9元"\n', 'edition_of = "1.21-loan"\nvalid_from = 2024-06-01', "1.21-loan@2025"),
]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return folder_of(tmp_path, PRINTED, *EDITIONS, scheme_of(AMOUNT, id="1.3-other"))


def test_a_benefit_says_what_its_scheme_does_not(tmp_path: Path) -> None:
    top = """
for = { applicant_kinds = ["enterprise"], fields = ["ic", "art"] }
supplement = { document = "附件1", published = 2023-02-24, sure = "confirmed" }
apply = { frequency = "yearly", months = [4], from = "2023-04", words = "每年4月左右" }
contact = { office = "市发展改革委", phone = "55590088" }
"""
    second = BENEFIT.replace('"b"', '"c"') + AMOUNT + (
        'for = { fields = ["robots"], matters = ["loan"] }\nsupplement = { document = "附件2", sure = "probable", text = "5%" }\n'
        'apply = { until = 2024-03-31, words = "3月底前" }\ncontact = { office = "区里" }\nsee = ["1.2-x/y"]\n'
    )
    scheme = folder_of(tmp_path, scheme_of(BENEFIT + AMOUNT + second, top)).scheme("t1")
    one, other = scheme.benefits
    assert one.audience == {"applicant_kinds": ("enterprise",), "fields": ("ic", "art")}
    assert one.supplement == model.Supplement("附件1", "2023-02-24", "confirmed")
    assert one.window == model.Window("每年4月左右", "yearly", (4,), "2023-04") and one.contact == model.Contact("市发展改革委", "55590088")
    assert other.audience == {"applicant_kinds": ("enterprise",), "fields": ("robots",), "matters": ("loan",)}
    assert other.supplement == model.Supplement("附件2", None, "probable", "5%")
    assert other.window == model.Window("3月底前", until="2024-03-31") and other.contact == model.Contact("区里")
    assert one.see == () and other.see == ("1.2-x/y",)


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ('for = { fields = ["robot"] }', "robots"),
        ('for = { fieldz = ["ic"] }', "fields"),
        ('supplement = { document = "附件", sure = "perhaps" }', "probable"),
        ('apply = { words = "", months = [4] }', "apply.words"),
        ('apply = { words = "每年", months = [13] }', "apply.months"),
        ('apply = { words = "每年", from = "2023年" }', "apply.from"),
        ('edition_of = "1.2-other"', "1.2-other"),
    ],
)
def test_keys_are_checked(tmp_path: Path, top: str, said: str) -> None:
    with pytest.raises(SchemeErrors) as bad:
        folder_of(tmp_path, scheme_of(AMOUNT, top)).scheme("t1")
    assert said in str(bad.value)


def test_references_are_checked(tmp_path: Path) -> None:
    body = AMOUNT + 'see = ["1.3-other/b", "1.3-other/bb", "1.4-none/b"]\n'
    edition = scheme_of(AMOUNT, 'edition_of = "1.9-none"', "1.9-none@2024")
    catalog = folder_of(tmp_path, scheme_of(AMOUNT, id="1.3-other"), scheme_of(body), edition)
    said = [p.problem for p in catalog.check()]
    assert len(said) == 3 and "1.9-none" in said[0] and "1.3-other/bb" in said[1] and "1.4-none/b" in said[2]


def test_a_supplement_stands_in_the_result_and_an_unseen_one_warns(tmp_path: Path) -> None:
    body = 'when = ["p"]\nsupplement = { document = "附件14", sure = "probable" }\n' + AMOUNT
    catalog = folder_of(tmp_path, scheme_of(body))
    result = catalog.estimate({"p": True}, "t1")
    [benefit] = result.benefits
    assert benefit.supplement == {"document": "附件14", "published": None, "sure": "probable", "text": ""}
    assert len(benefit.warnings) == 1 and "附件14" in benefit.warnings[0] and result.warnings == benefit.warnings
    assert catalog.estimate({"p": False}, "t1").benefits[0].warnings == []
    rows = tmp_path / "p.csv"
    rows.write_text("project,p\n1,是\n2,否\n", encoding="utf-8")
    catalog.batch(rows, tmp_path / "out.csv", id_column="project")
    assert [line.count("附件14") for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:]] == [1, 0]


# ---------------------------------------------------------------- editions


def test_a_prefix_means_the_printed_edition(catalog: Catalog) -> None:
    assert catalog.ids == ["1.3-other", "1.21-loan", "1.21-loan@2024", "1.21-loan@2025"]
    assert [catalog.find(n) for n in ("1.21", "1.21-loan", "1.21@2025", "1.21@2024", "1.21-loan@2025")] == [
        "1.21-loan", "1.21-loan", "1.21-loan@2025", "1.21-loan@2024", "1.21-loan@2025",
    ]  # fmt: skip
    assert catalog.editions("1.21-loan@2024") == ["1.21-loan", "1.21-loan@2024", "1.21-loan@2025"]
    for name in ("1.21@202", "1.21@2023", "1.3@2024"):
        with pytest.raises(InputError):
            catalog.find(name)


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        ("2023-12-31", "1.21-loan"),
        ("2024-01-01", "1.21-loan"),  # none is in force
        ("2024-04-19", "1.21-loan@2024"),
        ("2024-05-31", "1.21-loan@2024"),
        ("2024-06-01", "1.21-loan@2025"),  # the later of two in force
        ("2025-01-01", "1.21-loan@2025"),
    ],
)
def test_questions_to_all_take_the_edition_in_force(catalog: Catalog, tmp_path: Path, day: str, edition: str) -> None:
    as_of = dt.date.fromisoformat(day)
    assert catalog.in_force_ids(as_of) == ["1.3-other", edition]
    found = catalog.match({}, as_of)
    assert {e["scheme"] for e in (*found["now"], *found.get("expired", ()))} == {"1.3-other", edition}
    assert {c["scheme"] for c in catalog.plan({}, as_of=as_of)["chosen"]} == {"1.3-other", edition}
    rows = tmp_path / "p.csv"
    rows.write_text("project,p\n1,是\n", encoding="utf-8")
    catalog.batch(rows, tmp_path / "out.csv", id_column="project", as_of=as_of)
    assert [line.split(",")[1] for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:]] == ["1.3-other", edition]


def test_the_printed_edition_names_the_one_in_force(catalog: Catalog) -> None:
    def told(scheme: str, day: str) -> list[str]:
        return [w for w in catalog.estimate({}, scheme, dt.date.fromisoformat(day)).warnings if "1.21@" in w]

    assert told("1.21", "2026-11-28") == ["这是卡片所载的版本，2026-11-28 有效的是 1.21@2025"]
    assert not told("1.21", "2023-06-01") and not told("1.21@2025", "2026-11-28")
