"""Whatever is given, the program ends in its own words: 2,000 commands and inputs at random, and the kinds of fault they found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calc.errors import system_error
from tests.command import ROOT, run

CASES, SEED = 2000, 7


def test_two_thousand_hostile_commands() -> None:
    """On two cores some 50 seconds; ``python tests/hostile.py --case N`` runs one again."""
    half = CASES // 2
    asked = [[sys.executable, "tests/hostile.py", "--seed", str(SEED), "--first", str(first), "--cases", str(half)] for first in (0, half)]
    runs = [subprocess.Popen(one, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for one in asked]
    for one in runs:
        said, _ = one.communicate()
        assert one.returncode == 0 and ": 0 went wrong" in said, said[-6000:]


def schemes(folder: Path) -> Path:
    """A folder of schemes to be spoilt."""
    for file in (ROOT / "tests/other_city").glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("kind", ["pipe", "loop", "gone", "folder"])
def test_what_is_no_file_in_a_folder_of_schemes_is_told(tmp_path: Path, kind: str) -> None:
    place = schemes(tmp_path) / "x.toml"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(place if kind == "loop" else tmp_path / "nothing")
    checked = run(["check", "--schemes", str(tmp_path)])
    assert checked.code == 1 and f"{place}：" in checked.out.replace(": ", "：") + checked.err.replace(": ", "：")
    listed = run(["list", "--schemes", str(tmp_path)])
    assert listed.code == 0 and "n1" in listed.out and "x.toml" in listed.err


@pytest.mark.parametrize(
    "definition",
    ["type = []", "type = {}", "type = 3", "label = 3", "label = []",
     "aliases = 'x'", "aliases = [1]", "signed = 1", "help = 2020-01-01", "values = [1]", "values = 3", "values = { a = 1 }",
     "within = 3", "within = { a = 1 }", "fields = 3", "fields = { a = 1 }", "fields = { a = { type = 'money', label = 3 } }", "denied = {}", "counter = 1"],
)  # fmt: skip
def test_facts_of_a_wrong_shape_are_told_with_file_line_and_form(tmp_path: Path, definition: str) -> None:
    kind = "enum" if "values" in definition or "within" in definition else "list" if "fields" in definition else "bool"
    head = "\n\n[odd]\n" + ("" if definition.startswith("type") else f"type = '{kind}'\n") + ("" if definition.startswith("label") else "label = 'x'\n")
    head += "values = { a = 'A' }\n" if "within" in definition else ""
    facts = schemes(tmp_path) / "facts.toml"
    before = facts.read_text(encoding="utf-8")
    facts.write_text(before + head + definition, encoding="utf-8")
    line = before.count("\n") + 3
    for command in ("list", "check", "facts"):
        done = run([command, "--schemes", str(tmp_path)])
        assert done.code in (1, 2) and f"facts.toml:{line}:" in done.err + done.out, done


RULES = ["costs = 3", "objects = 'x'", "funds = [1]", "prior_funding = 3", "[prior_funding]\nn1 = 4", "[costs]\na = 3", "one_of = 'x'"]


@pytest.mark.parametrize("rules", RULES)
def test_rules_of_a_wrong_shape_are_told(tmp_path: Path, rules: str) -> None:
    (schemes(tmp_path) / "rules.toml").write_text(rules, encoding="utf-8")
    done = run(["check", "--schemes", str(tmp_path)])
    assert done.code == 1 and "rules.toml:" in done.out + done.err


@pytest.mark.parametrize("encoding", ["undefined", "idna", "hex", "base64", "rot13", "zlib", "mbcs", "no-such"])
def test_an_encoding_that_is_none_of_texts(encoding: str) -> None:
    done = run(["batch", "examples/old-factories.csv", "-s", "1.01", "--encoding", encoding])
    assert done.code == 2 and encoding in done.err and "utf-8" in done.err


def test_what_the_system_says_is_told_in_chinese() -> None:
    import errno

    for number in errno.errorcode:
        assert not any("a" <= c <= "z" for c in system_error(OSError(number, "in English")))


@pytest.mark.parametrize("command", ["match examples/old-factory.toml --top x", "match examples/old-factory.toml --top 1.5", "check --rounds -1"])
def test_a_number_that_is_none_is_told_in_chinese(command: str) -> None:
    done = run(command)
    assert done.code == 2 and "整数" in done.err and "valid" not in done.err


@pytest.mark.parametrize("answer", ["N/A", "—", "/", "null"])
def test_a_sign_for_not_known_skips_a_question(tmp_path: Path, answer: str) -> None:
    done = run(["ask", "1.01", "-o", str(tmp_path / "x.toml")], stdin=f"{answer}\n{answer}\n完\n".encode())
    assert done.code == 0
