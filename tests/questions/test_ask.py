"""The interview: it asks what matters, nothing else, and ends in the figure that the whole description gives."""

import datetime as dt
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import tomli

from calc import Catalog, InputError
from calc.estimate.benefit import Combined, evaluate
from calc.questions.ask import Interview, Place, Question, path_text
from calc.questions.fill.template import written
from tests.command import ROOT, run
from tests.generator import random_facts

# what somebody with a converted factory types, one answer a line
FACTORY = """
85%
18％
否
高精尖产业
1.2亿元
是
8000万元
3.8%
2023年3月1日
2026/3/1
-
否
是
2024-03-01
4000万
否
否
""".strip()


def answers(text: str) -> bytes:
    return (text + "\n").encode()


def look_up(known: Any, place: Place) -> Any:
    for step in place:
        known = (known[step] if step < len(known) else None) if isinstance(step, int) else known.get(step)
        if known is None:
            return None
    return known


def reply(interview: Interview, question: Question, known: dict[str, Any]) -> None:
    """Answers from a full description; what it does not say is not known."""
    if question.is_record:
        rows = look_up(known, question.place[:-1])
        if rows is None:
            interview.skip(question)
        else:
            interview.answer(question, "是" if int(question.place[-1]) < len(rows) else "否")
        return
    value = look_up(known, question.place)
    if value is None:
        interview.skip(question)
    else:
        interview.answer(question, written(question.definition, value))


def held(interview: Interview, known: dict[str, Any]) -> list[str]:
    """The whole interview; what was asked."""
    asked = []
    while (question := interview.question()) is not None:
        assert path_text(question.place) not in asked
        asked.append(path_text(question.place))
        reply(interview, question, known)
    return asked


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize("part", ["1.", "2.", "3.", "4.0", "4.1", "4.2", "4.3", "4.5", "4.6", "4.7", "4.8", "5.", "6.", "g"])
def test_the_answers_asked_for_give_the_figure_of_the_whole_description(catalog: Catalog, part: str) -> None:
    for id in (id for id in catalog.ids if id.startswith(part) and catalog.scheme(id).facts):
        known = random_facts(catalog, id, random.Random(f"ask {id}"))
        interview = catalog.ask(schemes=[id])
        held(interview, known)
        full = Combined(catalog.scheme(id), [evaluate(c, known, catalog.lpr) for c in catalog.compiled(id)])
        (standing,) = interview.standings()
        assert (standing.status, standing.total, standing.total_if) == (full.status, full.total, full.total_if), id


def test_a_gate_that_fails_ends_the_questions(catalog: Catalog) -> None:
    interview = catalog.ask(schemes=["1.01"])
    question = interview.question()
    assert question is not None
    assert question.place == ("occupancy_rate_one_year",)
    interview.answer(question, "69.99%")  # below the 70% of the card
    assert interview.question() is None
    assert interview.standings()[0].total == 0


def test_a_condition_that_does_not_apply_is_not_asked(catalog: Catalog) -> None:
    known = {"occupancy_rate_one_year": "85%", "energy_saving_rate": "18%", "introduced_industry": "高精尖产业"}
    without = held(catalog.ask({**known, "renewable_capable": "否"}, ["1.01"]), {})
    with_it = held(catalog.ask({**known, "renewable_capable": "是"}, ["1.01"]), {})
    assert "pv_roof_share" not in without
    assert "pv_roof_share" in with_it


def test_the_loan_is_not_asked_once_the_grant_cannot_be_beaten(catalog: Catalog) -> None:
    known = {"occupancy_rate_one_year": "85%", "energy_saving_rate": "18%", "introduced_industry": "高精尖产业", "renewable_capable": "否"}
    # 30% of 1.6亿元 is 4,800万元, less than the 5,000万元 the interest may come to; 30% of 2亿元 reaches the cap of both
    assert held(catalog.ask({**known, "fixed_asset_investment": "1.6亿元"}, ["1.01"]), {}) == ["loans[1]"]
    assert held(catalog.ask({**known, "fixed_asset_investment": "2亿元"}, ["1.01"]), {}) == []


def test_what_opens_the_most_comes_first(catalog: Catalog) -> None:
    question = catalog.ask(schemes=["4.54", "1.01"]).question()
    assert question is not None
    assert question.schemes == ("1.01-old-factory-renovation",)
    assert question.opens == 5000_0000_00
    opened = []
    interview = catalog.ask(schemes=["4.54", "1.01"])
    while (question := interview.question()) is not None:
        opened.append(question.opens or 0)
        interview.skip(question)
    assert opened == sorted(opened, reverse=True)
    assert len(set(opened)) > 1


def test_without_a_scheme_it_begins_where_match_says(catalog: Catalog) -> None:
    question = catalog.ask().question()
    assert question is not None
    first = catalog.match({})["questions"][0]
    assert path_text(question.place) == first["fact"]
    assert set(question.schemes) >= set(first["schemes"])


def test_what_the_profile_rules_out_is_not_asked(catalog: Catalog) -> None:
    facts = {"applicant_kinds": ["farm"], "fields": ["agriculture"], "matters": ["operation"]}
    interview = catalog.ask(facts)
    asked = held(interview, {})
    assert asked and not {"loans", "tapeout_date", "bookshop_operating_years"} & set(asked)
    assert len(asked) <= 40


def test_it_goes_on_from_what_is_known(catalog: Catalog) -> None:
    facts = tomli.loads('"固定资产投资总额" = "1亿元"\n[[loans]]\nprincipal = "100万元"\nstart = 2023-01-01\nend = 2024-01-01\nrate = ""\n')
    interview = catalog.ask(facts, ["1.01"])
    asked = held(interview, {})
    assert "fixed_asset_investment" not in asked
    assert "loans[1]" not in asked
    with pytest.raises(InputError):
        catalog.ask({"fixed_asset_investment": "很多"}, ["1.01"])
    with pytest.raises(InputError):
        catalog.ask(schemes=["9.99"])


# ---------------------------------------------------------------- going back, and what cannot be


def test_back_takes_back_one_answer_at_a_time(catalog: Catalog) -> None:
    known = {**random_facts(catalog, "1.01", random.Random(7)), "loans": [{"principal": 10**7}], "fixed_asset_investment": 10**8}
    interview = catalog.ask(schemes=["1.01"])
    seen = []
    while (question := interview.question()) is not None:
        seen.append((question, interview.given, interview.standings()))
        reply(interview, question, known)
    assert len(seen) > 8
    for question, given, standings in reversed(seen):
        assert interview.back()
        assert (interview.question(), interview.given, interview.standings()) == (question, given, standings)
    assert not interview.back()


def test_a_value_that_contradicts_is_refused_and_asked_again(catalog: Catalog) -> None:
    interview = catalog.ask(schemes=["1.01"])
    loan = {"principal": "100万元", "rate": "3%", "start": "2024-01-01", "end": "2023-01-01"}
    with pytest.raises(InputError, match=r"loans\[1\]\.end"):
        for _ in range(20):
            question = interview.question()
            assert question is not None
            if question.place[0] != "loans":
                interview.skip(question)
            else:
                interview.answer(question, "是" if question.is_record else loan[str(question.place[-1])])
    assert interview.question() == question
    interview.answer(question, "2025-01-01")
    assert interview.given["loans"][0]["end"].isoformat() == "2025-01-01"


def test_a_repayment_that_is_only_half_known_is_left_out(catalog: Catalog) -> None:
    done = run(["ask", "1.01"], answers(FACTORY.replace("4000万\n否", "-")))
    (loan,) = tomli.loads(done.out)["facts"]["loans"]
    assert loan["repayments"] == []
    assert catalog.estimate(tomli.loads(done.out), "1.01").status == "eligible"


# ---------------------------------------------------------------- the command


def test_a_typed_interview_saves_the_project(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "厂房.toml"
    done = run(["ask", "1.01", "-o", str(file)], answers(FACTORY))
    assert (done.code, done.out) == (0, "")
    assert "1.01 36,000,000.00元（可享受）" in done.err
    assert "没有还会影响金额的问题了" in done.err
    document = tomli.loads(file.read_text(encoding="utf-8"))
    assert document["name"] == "厂房"
    assert document["facts"]["loans"][0]["repayments"] == [{"date": dt.date(2024, 3, 1), "amount": "4000万"}]
    result = catalog.estimate(document, "1.01")
    assert (result.status, result.total) == ("eligible", "36000000.00")
    again = run(["estimate", str(file), "-s", "1.01", "--format", "json"])
    assert '"total": "36000000.00"' in again.out


def test_wrong_answers_help_and_back(catalog: Catalog) -> None:
    typed = ["很高", "？", "85%", "<", "80%", "〈", "18%", "1.8", "-", "-", "99", "2", "完"]
    done = run(["ask", "1.01"], answers("\n".join(typed)))
    assert done.code == 0
    assert tomli.loads(done.out)["facts"] == {"occupancy_rate_one_year": "80%", "energy_saving_rate": "18%", "introduced_industry": "高精尖产业"}
    assert "“很高”不可用。可接受：百分比" in done.err
    assert catalog.facts["occupancy_rate_one_year"].help in done.err
    assert done.err.count("1. 项目交付后1年内入驻率") == 2  # asked again after going back
    assert "2) 高精尖产业" in done.err
    assert "“99”不可用" in done.err


def test_back_at_the_first_question_is_told() -> None:
    assert "已经是第一题" in run(["ask", "1.01"], answers("<")).err


@pytest.mark.parametrize("end", ["完", "q", "", None])
def test_it_may_end_at_any_time(end: str | None) -> None:
    done = run(["ask", "1.01"], ("85%\n" + (f"{end}\n" if end else "")).encode())
    assert done.code == 0
    assert tomli.loads(done.out)["facts"] == {"occupancy_rate_one_year": "85%"}


def test_the_file_is_asked_for_at_the_end_and_none_is_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text("# mine\n", encoding="utf-8")
    done = run(["ask", "1.01", "--name", "新项目"], answers(f"85%\n完\n{kept}\n{tmp_path / 'new.toml'}"))
    assert (done.code, done.out) == (0, "")
    assert kept.read_text(encoding="utf-8") == "# mine\n"
    assert tomli.loads((tmp_path / "new.toml").read_text(encoding="utf-8"))["name"] == "新项目"
    refused = run(["ask", "1.01", "-o", str(kept)], answers("85%"))
    assert refused.code == 2
    assert "--force" in refused.err
    assert kept.read_text(encoding="utf-8") == "# mine\n"
    assert run(["ask", "1.01"], answers(f"完\n{tmp_path / 'plain'}")).code == 0
    assert (tmp_path / "plain.toml").exists()
    other = run(["ask", "1.01", "-o", str(tmp_path / "a.xlsx")], answers("85%"))
    assert other.code == 2
    assert ".toml" in other.err


def test_a_project_file_may_be_completed_in_place(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('name = "甲"\n[facts]\n"固定资产投资总额" = "1亿元"\n', encoding="utf-8")
    assert run(["ask", "1.01", "--project", str(file), "-o", str(file)], answers("85%\n完")).code == 0
    document = tomli.loads(file.read_text(encoding="utf-8"))
    assert document == {"name": "甲", "facts": {"fixed_asset_investment": "1亿元", "occupancy_rate_one_year": "85%"}}


def test_it_speaks_english(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    typed = FACTORY.replace("否", "no").replace("是", "yes").replace("高精尖产业", "2")
    done = run(["ask", "1.01", "-o", str(file), "--lang", "en"], answers(typed))
    assert done.code == 0
    assert "[so far] 1.01 36,000,000.00元 (eligible)" in done.err
    assert "Is there anything for" in done.err
    assert catalog.estimate(tomli.loads(file.read_text(encoding="utf-8")), "1.01").total == "36000000.00"


def test_all_schemes_are_told_in_sum() -> None:
    done = run(["ask"], answers("企业\n完"))
    assert "能拿的 0 个政策" in done.err
    assert "applicant_kinds" in done.out


def test_bytes_that_are_no_text_are_refused() -> None:
    done = run(["ask", "1.01"], b"\xff\xff\xff\n")
    assert done.code == 2
    assert "标准输入" in done.err


# ---------------------------------------------------------------- nothing typed is lost


def test_each_answer_is_saved_before_the_next_question(catalog: Catalog, tmp_path: Path) -> None:
    from calc.cli.ask import hold

    saved: list[dict[str, Any]] = []
    interview = catalog.ask(schemes=["1.01"])
    hold(interview, iter(["85%", "很高", "-", "<", "18%", "完"]), lambda said: None, lambda: saved.append(dict(interview.given)))
    assert saved == [{"occupancy_rate_one_year": "85%"}] * 2 + [{"occupancy_rate_one_year": "85%", "energy_saving_rate": "18%"}]


@pytest.mark.parametrize("told", [["-o", "项目.toml"], []])
def test_a_window_closed_halfway_loses_nothing(tmp_path: Path, told: list[str]) -> None:
    import os
    import signal
    import subprocess
    import sys
    import time

    command = [sys.executable, "-c", "from calc.cli import main; main()", "ask", "1.01", *told]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as running:
        assert running.stdin is not None and running.stderr is not None
        running.stdin.write(b"85%\n")
        running.stdin.flush()
        seen = b""
        while b"2. " not in seen:
            line = running.stderr.readline()
            assert line, seen.decode()
            seen += line
        time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 128 + signal.SIGTERM
    (file,) = tmp_path.iterdir()
    assert tomli.loads(file.read_text(encoding="utf-8"))["facts"] == {"occupancy_rate_one_year": "85%"}


def test_a_place_that_takes_no_file_is_told_before_the_first_question(tmp_path: Path) -> None:
    done = run(["ask", "1.01", "-o", str(tmp_path / "nowhere" / "a.toml")], answers("85%"))
    assert done.code == 2
    assert "nowhere" in done.err and "入驻率" not in done.err
    asked_again = run(["ask", "1.01"], answers(f"85%\n完\n{tmp_path / 'nowhere' / 'a.toml'}\n{tmp_path / 'b.toml'}"))
    assert asked_again.code == 0 and "存不到这里" in asked_again.err
    assert tomli.loads((tmp_path / "b.toml").read_text(encoding="utf-8"))["facts"] == {"occupancy_rate_one_year": "85%"}


def test_forcing_overwrites_nothing_before_an_answer(tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text("# mine\n", encoding="utf-8")
    run(["ask", "1.01", "-o", str(tmp_path / "kept.toml"), "--force"], b"\xff\xff\xff\n")
    assert kept.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    ("typed", "said"), [("3000", "= 3,000元；是不是 3,000万元？"), ("9999.5元", "= 9,999.5元"), ("10000", "= 1万元"), ("1.2亿元", "= 1.2亿元")]
)
def test_an_amount_is_told_as_it_was_read(catalog: Catalog, typed: str, said: str) -> None:
    from calc.cli.ask import echo

    question = Question(("fixed_asset_investment",), catalog.facts["fixed_asset_investment"], None, ())
    assert said in echo(question, typed)
    assert ("是不是" in echo(question, typed)) is (typed in ("3000", "9999.5元"))


@pytest.mark.parametrize("id", ["1.01", "1.11", "3.16", "4.36", "g12"])
def test_there_are_never_more_questions_than_said(catalog: Catalog, id: str) -> None:
    known = {name: value for name, value in random_facts(catalog, id, random.Random(3)).items() if catalog.facts[name].type != "list"}
    interview = catalog.ask(schemes=[id])
    said, asked = [], 0
    while (question := interview.question()) is not None:
        said.append(interview.left() + asked)
        reply(interview, question, known)
        asked += 1
    assert asked and all(asked <= one for one in said)


# ---------------------------------------------------------------- five applicants

APPLICANTS = json.loads((ROOT / "tests" / "applicants.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("applicant", APPLICANTS, ids=lambda one: str(one["name"]))
def test_forty_questions_settle_what_concerns_an_applicant(catalog: Catalog, applicant: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked about everything, a truthful applicant knows of each benefit that concerns them what the whole description says."""
    day = dt.date(2023, 10, 15)
    monkeypatch.setattr("calc.questions.ask.today", lambda: day)
    known = catalog.read(applicant["facts"])
    concerned = [c for id in catalog.in_force_ids(day) for c in catalog.compiled(id) if f"{id.partition('@')[0]}/{c.benefit.id}" in applicant["concerns"]]
    interview = catalog.ask()
    asked = []
    while (question := interview.question()) is not None and len(asked) < 40:
        asked.append(path_text(question.place))
        reply(interview, question, known)
    assert asked[:3] == ["applicant_kinds", "fields", "matters"] and len(concerned) == len(applicant["concerns"])
    said = catalog.read(interview.given)
    for compiled in concerned:
        told, whole = evaluate(compiled, said, catalog.lpr), evaluate(compiled, known, catalog.lpr)
        assert (told.status, told.amount) == (whole.status, whole.amount), compiled.benefit.id


def test_a_benefit_whose_amount_cannot_be_known_is_asked_no_more_about(catalog: Catalog) -> None:
    """Cards 6.01 and 6.02 pay by the plots: who cannot tell of them is not asked whose farm it is."""
    profile = {"applicant_kinds": ["farm"], "fields": ["agriculture"], "matters": ["operation"]}
    interview = catalog.ask(profile)
    asked = []
    while (question := interview.question()) is not None:
        asked.append(path_text(question.place))
        interview.skip(question)
    assert asked == ["plots[1]"]
    asked_of_one = held(catalog.ask(profile, ["6.02"]), {})  # of a scheme that was chosen everything is
    assert "is_shuanghe_farm" in asked_of_one


def test_how_a_loan_is_drawn_is_asked_only_of_chosen_schemes(catalog: Catalog) -> None:
    known = {"applicant_kinds": ["enterprise"], "fields": ["manufacturing"], "matters": ["loan"]}
    loan = {"loans": [{"principal": 10**7, "rate": Fraction(4, 100), "start": dt.date(2023, 3, 1), "end": dt.date(2026, 3, 1)}]}
    everything = held(catalog.ask(known), {**known, **loan})
    assert "loans[1].principal" in everything and "loans[1].repayments[1]" not in everything
    assert "loans[1].repayments[1]" in held(catalog.ask(known, ["1.01"]), loan)


def test_a_question_names_its_schemes_as_the_screen_does() -> None:
    done = run(["ask", "1.01"], b"q\n")
    assert "关系到最多 5,000万元 · 1.01\n" in done.err and "1.01-old-factory-renovation\n" not in done.err
