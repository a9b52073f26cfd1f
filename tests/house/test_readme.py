"""Every command in the READMEs and the guides runs, and prints what they show.

In a ``console`` block a line that begins with ``$`` is a command and what follows is its output, where a line ``…`` stands
for any lines. ``sh`` blocks only have commands. ``pycon`` blocks are sessions of Python. A ``toml`` block whose first line is
``# name.toml`` is that file, there when the commands of its page run. UPDATE_README=1 writes the output anew, to be read again.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from calc.messages import translations
from tests.command import ROOT, run

PAGES = ("README.md", "README.zh-CN.md")
GUIDES = [(f"docs/{name}.md", f"docs/{name}.zh-CN.md") for name in ("first-estimate", "what-is-for-me", "batch", "reform", "planning", "whatif", "texts")]
ALL_PAGES = (*PAGES, *(page for pair in GUIDES for page in pair))
BLOCK = re.compile(r"^```(console|sh|pycon)\n(.*?)^```$", re.S | re.M)
SAVED = re.compile(r"^```toml\n# (\S+\.toml)\n(.*?)^```$", re.S | re.M)
BLOCKS = [
    pytest.param(page, kind, body, id=f"{page}-{place}")
    for page in ALL_PAGES
    for place, (kind, body) in enumerate(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")), 1)
]


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """For each page a folder with the examples, the schemes and the page's own files, where commands may write."""

    @cache
    def desk(page: str) -> Path:
        folder = tmp_path_factory.mktemp("page")
        shutil.copytree(ROOT / "examples", folder / "examples")
        for name in ("schemes", "docs"):
            (folder / name).symlink_to(ROOT / name)
        for name, body in SAVED.findall((ROOT / page).read_text(encoding="utf-8")):
            (folder / name).write_text(body, encoding="utf-8")
        return folder

    return desk


def execute(command: str, desk: Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command; ``make`` targets are only looked at."""
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        shown = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        return shown.returncode, "", shown.stderr
    library = {"SUBSIDY_TEXTS": str(desk / "texts.sqlite")}  # a page has a library of its own
    before = words[: words.index("subsidy")] if "subsidy" in words else []
    environment = library | dict(word.split("=", 1) for word in before if re.match(r"[A-Z_]+=", word))
    if {"|", ">", "<", "&&"} & set(words) or "subsidy" not in words:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        whole = {**os.environ, **library, "PATH": path, "COLUMNS": "80", "SUBSIDY_TRACEBACK": "1"}
        done = subprocess.run(command, shell=True, cwd=desk, env=whole, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr
    ran = run(words[words.index("subsidy") :], cwd=desk, **environment)
    return ran.code, ran.out, ran.err


# what a machine without a Chinese font says beside a chart; the pages show one that has it
NO_FONT = translations("whatif.warn.font.elsewhere")[0]


def fits(shown: list[str], found: list[str]) -> bool:
    if "…" not in shown:
        return shown == found
    place = shown.index("…")
    after = shown[place + 1 :]
    return found[:place] == shown[:place] and (not after or found[len(found) - len(after) :] == after)


def cut(found: list[str], like: list[str]) -> list[str]:
    if "…" not in like:
        return found
    place = like.index("…")
    after = len(like) - place - 1
    return [*found[:place], "…", *(found[len(found) - after :] if after else [])]


@pytest.mark.parametrize(("page", "kind", "body"), BLOCKS)
def test_block(page: str, kind: str, body: str, desks: Callable[[str], Path]) -> None:
    desk = desks(page)
    if kind == "pycon":
        test = doctest.DocTestParser().get_doctest(body, {}, page, page, 0)
        here = Path.cwd()
        os.chdir(desk)
        try:
            assert doctest.DocTestRunner().run(test).failed == 0
        finally:
            os.chdir(here)
        return
    if kind == "sh":
        for command in filter(None, body.splitlines()):
            code, _, err = execute(command, desk)
            assert code == 0, err
        return
    written = ""
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        code, out, err = execute(command, desk)
        found = [line for line in (out + err).rstrip("\n").splitlines() if line != NO_FONT]
        written += f"$ {command}\n" + "".join(f"{line}\n" for line in cut(found, shown.splitlines()))
        if not os.environ.get("UPDATE_README"):
            assert fits(shown.splitlines(), found), command
            assert code in (0, 1), err
    if os.environ.get("UPDATE_README"):
        file = ROOT / page
        file.write_text(file.read_text(encoding="utf-8").replace(body, written), encoding="utf-8")


def test_the_pages_start_with_the_two_commands_and_a_table() -> None:
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
        assert [line.split("#")[0].strip() for line in blocks[0][1].splitlines()] == ["make demo", "make test"]
        assert "36,000,000.00" in blocks[1][1]


@pytest.mark.parametrize("pages", [PAGES, *GUIDES], ids=lambda pages: str(pages[0]))
def test_both_pages_run_the_same_commands(pages: tuple[str, str]) -> None:
    commands = [
        [re.sub(r" --lang en|SUBSIDY_LANG=en ", "", line) for _, body in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
         for line in body.splitlines() if line.startswith("$ ")]
        for page in pages
    ]  # fmt: skip
    assert commands[0] == commands[1]


def test_every_command_stands_in_the_pages() -> None:
    from calc.cli import COMMANDS

    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        assert [c for c in COMMANDS if f"subsidy {c}" not in text] == []


def test_what_the_demo_runs_works(desks: Callable[[str], Path]) -> None:
    shown = subprocess.run(["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    command = re.search(r"/(subsidy .*)$", shown, re.M)
    assert command is not None
    assert execute(command[1], desks(PAGES[0]))[0] == 0


def test_every_link_leads_somewhere() -> None:
    for page in (*ALL_PAGES, "CONTRIBUTING.md", "CHANGELOG.md"):
        links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8"))
        assert [link for link in links if "://" not in link and not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("language", [0, 1])
def test_what_is_not_written_over_has_a_name_of_its_own(language: int) -> None:
    """Whoever follows one page after the other in one folder is never refused a file that an earlier page wrote."""
    pages = [PAGES[language], *(pair[language] for pair in GUIDES)]
    blocks = [block for page in pages for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))]
    commands = [line for kind, body in blocks for line in body.splitlines() if kind == "sh" or line.startswith("$ ")]
    found = [re.search(r"subsidy (?:template|ask|new)\b.* -o (\S+)", line) for line in commands]
    names = [match[1] for match in found if match]
    assert len(names) > 4 and len(names) == len(set(names))
