"""The pages hold what they say: what is drawn equals the code, what is shown runs, and links lead somewhere."""

import ast
import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PHASE_4 = DOCS / "phase-4.md"
# The pages whose blocks are run; the reference is drawn, and ADRs show nothing to run.
SHOWN = sorted([README, *(DOCS / "learn").glob("*.md"), *(DOCS / "howto").glob("*.md")])
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md"), *(ROOT / "bench").rglob("*.md")]
)
# A page that starts processes takes its seconds.
TAKES_SECONDS = ("stop-and-restart.md", "going-live-on-purpose.md", "ask-why.md")
RUN = [pytest.param(page, marks=[pytest.mark.slow] * (page.name in TAKES_SECONDS)) for page in SHOWN]
# This page tells its reader to install live adapters. All the others run where there are none.
LIVE_PAGE = "going-live-on-purpose.md"
PAGE_IDS = [page.relative_to(ROOT).as_posix() for page in SHOWN]

# The start of the console script, without asking where pip has put it.
INTERLOCK = [sys.executable, "-c", "from interlock.runner.main import main; main()"]
# What a page may show and this test does not run: it would build an environment, or is a shell's own.
NOT_RUN = ("make", "git", "cd")
NOT_RUN_MAX = 12
EXAMPLE_LINES_MAX = 29

# The numbers of what was asked for.
ASKED = [
    *(f"O{n}" for n in range(1, 6)),
    *(f"P{n}" for n in range(1, 9)),
    *(f"A{n}" for n in range(1, 7)),
    *(f"F{n}" for n in range(1, 8)),
    *(f"S4.{n}" for n in range(1, 6)),
    *(f"X{n}" for n in range(1, 6)),
]


@pytest.fixture(scope="module", autouse=True)
def trees() -> Iterator[None]:
    """Kept as long as somebody looks at them: they are large."""
    yield
    _parsed.cache_clear()


# ------------------------------------------------------------------------------------------- reading


@frozen(kw_only=True)
class Block:
    """A fenced block: its language, its text, and the line on which the text begins."""

    language: str
    text: str
    line: int


@frozen(kw_only=True)
class Shown:
    """A command as a page shows it, and the lines that it is said to answer."""

    command: str
    answer: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """Every fenced block of a page, in order."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [Block(language=block[1], text=block[2], line=page.count("\n", 0, block.start()) + 2) for block in found]


def commands(block: str) -> list[Shown]:
    """The commands of a console block. What follows a `$ ` line is its answer."""
    found: list[Shown] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Shown(command=line[2:], answer=()))
        elif found:
            found[-1] = Shown(command=found[-1].command, answer=(*found[-1].answer, line))
        else:
            raise ValueError(f"a console block begins with `$ `, found {line!r}")
    return found


# ------------------------------------------------------------------------------------------ matching


def mismatch(shown: Sequence[str], said: str) -> str | None:
    """What is shown and was not said; None when it fits. `...` alone elides lines, inside a line it elides text."""
    lines = [line.rstrip() for line in said.rstrip("\n").split("\n")] if said.strip() else []
    runs: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == "...":
            runs.append([])
        else:
            runs[-1].append(line.rstrip())
    while len(runs) == 1 and runs[0] and not runs[0][-1]:  # ends: each turn takes one blank line away
        runs[0].pop()
    at = 0
    for number, run in enumerate(runs):
        first, last = number == 0, number == len(runs) - 1
        places = range(at, len(lines) - len(run) + 1)
        if first:
            places = places[:1]
        elif last and run:
            places = places[-1:]
        place = next((place for place in places if _run_fits(run, lines[place:])), None)
        if place is None:
            return f"{run[0] if run else 'nothing'!r} and what follows it is shown, and was not said"
        at = place + len(run)
        if last and not run and not first:
            at = len(lines)
    return None if at == len(lines) else f"{lines[at]!r} was said and is not shown"


def _run_fits(run: Sequence[str], lines: Sequence[str]) -> bool:
    return len(run) <= len(lines) and all(_line_fits(shown, said) for shown, said in zip(run, lines, strict=False))


def _line_fits(shown: str, said: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in shown.split("...")), said) is not None


# ------------------------------------------------------------------------------------------- running


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the parts of the repository that pages lean on; this process stands in it."""
    # Without state: `make run` leaves a journal there, and a second run says that it found one.
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("state"))
    for page in SHOWN:
        for file in page.parent.glob("*.toml") if page.parent != ROOT else ():
            copy = tmp_path / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def answer(command: str, folder: Path) -> str:
    """Everything that an `interlock` command says, both streams in their order."""
    words = shlex.split(command)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    environ["PYTHONUNBUFFERED"] = "1"
    while words and "=" in words[0]:  # ends: each turn takes one word away
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    assert words, f"{command!r} is no command"
    assert words[0] == "interlock", (
        f"{command!r} is not run: show it as a text block, or let it be an interlock command"
    )
    ended = subprocess.run(
        [*INTERLOCK, *words[1:]],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return ended.stdout


def run_plain(block: Block, names: dict[str, Any], page: Path) -> str:
    """Run a block as a program. What it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        # Blank lines in front, so that a traceback names the page's own line.
        exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
    return said.getvalue()


def run_prompt(block: Block, names: dict[str, Any], page: Path) -> str:
    """Run a block of `>>>` lines. What doctest has to say against it."""
    test = doctest.DocTestParser().get_doctest(block.text, {}, page.name, str(page), block.line - 1)
    test.globs = names
    said: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    return "".join(said)


@pytest.mark.parametrize("page", RUN, ids=PAGE_IDS)
def test_every_python_block_runs(page: Path, scratch: Path, live_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, in one namespace a page. What a plain block prints stands in a text block right behind it."""
    if page.name == LIVE_PAGE:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(live_site), os.getenv("PYTHONPATH")])))
    names: dict[str, Any] = {"__name__": page.stem}
    found = blocks(page.read_text("utf-8"))
    for place, block in enumerate(found):
        if block.language != "python":
            continue
        if ">>> " in block.text:
            assert not (said := run_prompt(block, names, page)), said
            continue
        if said := run_plain(block, names, page):
            behind = found[place + 1] if place + 1 < len(found) else None
            assert behind is not None, f"{page.name}:{block.line}: what it prints is not shown:\n{said}"
            assert behind.language == "text", f"{page.name}:{block.line}: what it prints is not shown:\n{said}"
            problem = mismatch(behind.text.splitlines(), said)
            assert problem is None, f"{page.name}:{behind.line}: {problem}; it says:\n{said}"


@pytest.mark.slow
@pytest.mark.parametrize("page", SHOWN, ids=PAGE_IDS)
def test_every_console_block_is_what_happens(page: Path, scratch: Path) -> None:
    """A command that is shown answers what is shown."""
    for block in blocks(page.read_text("utf-8")):
        for shown in commands(block.text) if block.language == "console" else ():
            if shown.command.split()[0] in NOT_RUN:
                continue
            said = answer(shown.command, scratch)
            problem = mismatch(shown.answer, said)
            assert problem is None, f"{page.name}:{block.line}: $ {shown.command}\n{problem}; it says:\n{said}"


def test_little_is_shown_that_is_not_run() -> None:
    """Only make, git and cd are left out, and rarely."""
    shown = [
        each.command
        for page in SHOWN
        for block in blocks(page.read_text("utf-8"))
        if block.language == "console"
        for each in commands(block.text)
    ]
    left_out = [command for command in shown if command.split()[0] in NOT_RUN]
    assert len(left_out) <= NOT_RUN_MAX, left_out
    assert len(left_out) < len(shown)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in SHOWN if "\nclass Test" in page.read_text("utf-8")], ids=str)
def test_the_tests_of_a_how_to_pass(page: Path, scratch: Path) -> None:
    """What a reader copies passes what a reader is told to run."""
    source = "\n\n".join(block.text for block in blocks(page.read_text("utf-8")) if block.language == "python")
    file = scratch / "test_howto.py"
    file.write_text(source, "utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--import-mode=importlib", f"--rootdir={scratch}"]
    config = scratch / "pytest.ini"
    config.write_text("[pytest]\n", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-c", str(config), str(file)],
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout[-3_000:] + ended.stderr[-1_000:]


def test_the_library_example_is_short() -> None:
    """The README's example: own strategy, own rule, on a small screen."""
    longest = max(block.text.count("\n") for block in blocks(README.read_text("utf-8")) if block.language == "python")
    assert 10 < longest <= EXAMPLE_LINES_MAX


# ----------------------------------------------------------------------------------------- the pages


def test_the_reference_is_what_the_code_says() -> None:
    """Every drawn page equals what is drawn now: otherwise `make docs`."""
    from interlock.runner.reference.pages import differing

    assert differing(DOCS / "reference") == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_reference_is_drawn_the_same_everywhere(tmp_path: Path, seed: str) -> None:
    """Neither the order of a set nor a narrow terminal shows in a page; --check says so, and says where not."""
    drawing = [sys.executable, "-m", "interlock.runner.reference", str(tmp_path / "pages")]
    environ = {**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "40", "TZ": "Asia/Tokyo", "LC_ALL": "C"}

    def run(*more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*drawing, *more], env=environ, capture_output=True, text=True, timeout=60)

    assert run("--check").returncode == 1
    assert run().returncode == 0
    assert run("--check").returncode == 0
    for page in (tmp_path / "pages").rglob("*.md"):
        assert page.read_bytes() == (DOCS / "reference" / page.relative_to(tmp_path / "pages")).read_bytes()
    changed = tmp_path / "pages" / "modes.md"
    changed.write_text(changed.read_text("utf-8").replace("paper venue", "any venue"), "utf-8")
    answered = run("--check")
    assert answered.returncode == 1
    assert "modes.md differs" in answered.stderr


def test_a_page_that_is_no_longer_drawn_is_noticed(tmp_path: Path) -> None:
    """A drawn page that nobody draws any more goes; one written by hand stays."""
    from interlock.runner.reference.pages import DRAWN, PAGES, differing, draw

    (tmp_path / "old.md").write_text(f"{DRAWN}...", "utf-8")
    (tmp_path / "by-hand.md").write_text("# By hand\n", "utf-8")
    draw(tmp_path)
    assert {page.relative_to(tmp_path).as_posix() for page in tmp_path.rglob("*.md")} == {*PAGES, "by-hand.md"}
    for old in ("halts/OLD.md", "old.md"):
        (tmp_path / old).write_text(f"{DRAWN}...", "utf-8")
    assert differing(tmp_path) == ("halts/OLD.md", "old.md")


def dead_links(page: Path) -> list[str]:
    """Links of a page to files, or headings, that are not there."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = []
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        if not target.exists():
            found.append(f"{page.name}: {link} leads nowhere")
        elif anchor and anchor not in _anchors(target):
            found.append(f"{page.name}: {link}: no heading is called so")
    return found


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_leads_somewhere() -> None:
    """Relative links, and their headings, exist."""
    assert [problem for page in PAGES for problem in dead_links(page)] == []


def test_every_page_is_on_the_map() -> None:
    """Each page of docs/ is linked from docs/README.md, or from the README of its folder."""
    linked = {
        (index.parent / link.partition("#")[0]).resolve()
        for index in DOCS.rglob("README.md")
        for link in re.findall(r"\]\(([^)\s]+)\)", index.read_text("utf-8"))
    }
    missing = [page.relative_to(ROOT).as_posix() for page in DOCS.rglob("*.md") if page.resolve() not in linked]
    assert [page for page in missing if page != "docs/README.md"] == []


# --------------------------------------------------------------------------------- what was asked for


def rows_of(page: str) -> Iterator[tuple[str, str]]:
    """Each number of the page with the rest of its row."""
    for row in re.findall(r"^\| ([A-Z]\d(?:\.\d)?) \|(.*)$", page, re.MULTILINE):
        yield row[0], row[1]


def missing_tests(text: str) -> list[str]:
    """Tests that a text names and that are not there; or that it names none."""
    named = re.findall(r"(tests/[\w/]+\.py)((?:::\w+)+)", text)
    if not named:
        return ["no test is named"]
    return [f"{path}{names}" for path, names in named if not _defines(ROOT / path, names.split("::")[1:])]


@cache
def _parsed(path: Path) -> list[ast.stmt]:
    """A file of tests is named many times, and read once."""
    return ast.parse(path.read_text("utf-8")).body if path.is_file() else []


def _defines(path: Path, names: Sequence[str]) -> bool:
    body = _parsed(path)
    for name in names:
        within = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name]
        if not within:
            return False
        body = within[0].body
    return True


def test_every_number_that_was_asked_for_is_answered_once() -> None:
    """docs/phase-4.md has one row for each."""
    assert [number for number, _ in rows_of(PHASE_4.read_text("utf-8"))] == ASKED


def test_every_answer_names_tests_that_exist() -> None:
    """An answer without a test that holds it is a hope."""
    rows = rows_of(PHASE_4.read_text("utf-8"))
    assert {number: missing for number, text in rows if (missing := missing_tests(text))} == {}


# ------------------------------------------------------------------------------- the checks can fail

SAID = "one 1\ntwo 22\n\nfour\nfive\n"
FITS: list[tuple[str, str]] = [
    ("one 1\ntwo 22\n\nfour\nfive", SAID),
    ("...", SAID),
    ("...", ""),
    ("", ""),
    ("one 1\n...", SAID),
    ("...\nfive", SAID),
    ("one ...\n...\nfour\nfive", SAID),
    ("...\ntwo ...2\n...\nfive\n", SAID),
    ("a\n...\na", "a\na"),
]
DOES_NOT_FIT: list[tuple[str, str]] = [
    ("one 1", SAID),
    ("", SAID),
    ("two 22\n...", SAID),
    ("...\nfour", SAID),
    ("...\nsix\n...", SAID),
    ("...\nfive\n...\nfour\n...", SAID),
    ("one 2\n...", SAID),
    ("one\n...", SAID),
    ("a\n...\na", "a"),
    ("a", ""),
]


@pytest.mark.parametrize(("shown", "said"), FITS)
def test_what_fits_is_let_through(shown: str, said: str) -> None:
    """The matcher takes what is there, with what is elided."""
    assert mismatch(shown.splitlines(), said) is None


@pytest.mark.parametrize(("shown", "said"), DOES_NOT_FIT)
def test_what_does_not_fit_is_found(shown: str, said: str) -> None:
    """The matcher can fail: another line, a missing one, one too many, another order."""
    assert mismatch(shown.splitlines(), said) is not None


def test_a_block_that_is_wrong_is_found(tmp_path: Path) -> None:
    """Both kinds of python block can fail."""
    page = tmp_path / "page.md"
    assert run_prompt(Block(language="python", text=">>> 1 + 1\n2\n", line=1), {}, page) == ""
    assert "Expected" in run_prompt(Block(language="python", text=">>> 1 + 1\n3\n", line=1), {}, page)
    assert "ZeroDivisionError" in run_prompt(Block(language="python", text=">>> 1 / 0\n", line=1), {}, page)
    with pytest.raises(ZeroDivisionError):
        run_plain(Block(language="python", text="1 / 0\n", line=1), {}, page)


def test_a_command_of_another_program_is_refused(tmp_path: Path) -> None:
    """Nothing else is started because a page says so."""
    with pytest.raises(AssertionError):
        answer("rm -r .", tmp_path)


def test_a_console_block_is_taken_apart() -> None:
    """A command, and the lines that it answers."""
    found = commands("$ interlock a\nx\n$ interlock b\n")
    assert found == [Shown(command="interlock a", answer=("x",)), Shown(command="interlock b", answer=())]
    with pytest.raises(ValueError, match="begins with"):
        commands("x\n")


def test_dead_links_are_found(tmp_path: Path) -> None:
    """A file that is not there, and a heading that is not."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A head\n[a](#a-head) [b](page.md#none) [c](no.md) [d](https://e)\n```\n[e](f.md)\n```\n", "utf-8"
    )
    assert dead_links(page) == ["page.md: page.md#none: no heading is called so", "page.md: no.md leads nowhere"]


@pytest.mark.parametrize("text", ["none", "tests/system/test_docs.py::test_nobody_wrote", "tests/x.py::test_y"])
def test_answers_without_a_test_are_found(text: str) -> None:
    """No test, another test, no file."""
    assert missing_tests(text)
    assert missing_tests("tests/system/test_docs.py::test_every_link_leads_somewhere") == []
