"""The house rules, as tests that name the remedy.

Each rule is a function from source text to what is wrong with it, so that every rule can also be shown a bad
snippet here and be seen to find it. A rule that cannot fail guards nothing.
"""

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "interlock"
ADR = ROOT / "docs" / "adr"

MODULE_LINES_MAX = 250
FUNCTION_LINES_MAX = 50
CORE_LINES_MAX = 2_500
# What only explains: a record in sentences. Nobody decides on a sentence.
EXPLAINING = ("reason_text.py", "moment.py", "explain*.py")
# What decides once more, to hold it against a record or another answer: no run comes through here.
ASKING = ("rederive.py", "again.py", "why_not.py", "what_if.py", "distance.py", "rehearsal.py", "risk/relaxing.py")
ASKING_LINES_MAX = 500
EXPLAINING_LINES_MAX = 1_000
# Words are not code: tables of prose alone, which `tables_that_compute` holds to that, count as neither.
PROSE = ("reasons.py", "reason_meanings/*.py", "mode_words.py")
ADR_LINES_MAX = 50
ADR_SECTIONS = ("Context", "Options", "Decision", "Consequences", "Confirmation")

# The token that lets one mint an ApprovedOrder, and the two files that may know it.
PERMISSION = "_PERMISSION"
PERMISSION_FILES = ("core/orders.py", "core/risk/policy.py")

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)

Checker = Callable[[str], list[str]]


@pytest.fixture(scope="module", autouse=True)
def trees() -> Iterator[None]:
    """Kept as long as somebody looks at them: they are large."""
    yield
    parsed.cache_clear()
    nodes.cache_clear()


# ------------------------------------------------------------------------------------------- checkers


@cache
def parsed(source: str) -> ast.Module:
    """Its tree. Many rules look at one source, and none changes it."""
    return ast.parse(source)


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """All of it, from the top."""
    return tuple(ast.walk(parsed(source)))


def long_modules(source: str) -> list[str]:
    """A module over the limit."""
    count = len(source.splitlines())
    if count <= MODULE_LINES_MAX:
        return []
    return [f"1: the module has {count} lines, {MODULE_LINES_MAX} are allowed: give its second idea a file of its own"]


def long_functions(source: str) -> list[str]:
    """Functions over the limit."""
    return [
        f"{node.lineno}: {node.name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed: "
        "let it branch, and call leaves that do not"
        for node in nodes(source)
        if isinstance(node, FUNCTION)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def lines_of_code(source: str) -> int:
    """Lines that hold code: not blank, not comment, not docstring, not import."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in nodes(source):
        if isinstance(node, (*FUNCTION, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None:
            code -= _lines(node.body[0])
        elif isinstance(node, ast.Import | ast.ImportFrom):
            code -= _lines(node)
    return len(code)


def _lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def swallowed_exceptions(source: str) -> list[str]:
    """Handlers that say nothing, and contextlib.suppress, which is the same in other words."""
    found = [
        f"{node.lineno}: this except swallows what went wrong: return a value that tells it, "
        "or raise an error named by what the caller must do"
        for node in nodes(source)
        if isinstance(node, ast.ExceptHandler) and all(_says_nothing(line) for line in node.body)
    ]
    found += [
        f"{node.lineno}: suppress() swallows what went wrong: handle it, or let it rise"
        for node in nodes(source)
        if isinstance(node, ast.Call) and _name(node.func).split(".")[-1] == "suppress"
    ]
    return found


def sleeps(source: str) -> list[str]:
    """Sleeps that a stop cannot interrupt."""
    remedy = "wait with Clock.sleep_until, which a stop can interrupt and a test can drive"
    return [f"{line}: time.sleep: {remedy}" for line in _lines_naming(source, {"time.sleep"})] + [
        f"{node.lineno}: time.sleep is imported: {remedy}"
        for node in nodes(source)
        if isinstance(node, ast.ImportFrom)
        and node.module == "time"
        and any(alias.name == "sleep" for alias in node.names)
    ]


def prints(source: str) -> list[str]:
    """Calls of print."""
    return [
        f"{line}: print: return a value that says it, and let the runner show it"
        for line in _lines_naming(source, {"print"})
    ]


def float_literals(source: str) -> list[str]:
    """Float and complex constants."""
    return [
        f'{node.lineno}: the literal {node.value}: money, price and quantity are Decimal("...")'
        for node in nodes(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
    ]


def ambient_reads(source: str) -> list[str]:
    """Reads of the clock, a file or the environment."""
    clocks = {f"{kind}.{call}" for kind in ("datetime", "date") for call in ("now", "utcnow", "today")}
    clocks |= {f"datetime.{name}" for name in clocks}
    world = {"open", "os.environ", "os.getenv", "environ", "getenv"}
    return [
        f"{line}: core reads the world outside: let the caller hand in the time, the text or the setting"
        for line in _lines_naming(source, clocks | world)
    ]


def endless_loops(source: str) -> list[str]:
    """`while True` with no word on what ends it."""
    lines = source.splitlines()
    return [
        f"{node.lineno}: `while True`: write `# ends: ...` or `# bounded: ...` here or on the line above, "
        "and say what ends it"
        for node in nodes(source)
        if isinstance(node, ast.While)
        and isinstance(node.test, ast.Constant)
        and node.test.value
        and not any(re.search(r"# (ends|bounded): \S", line) for line in lines[max(node.lineno - 2, 0) : node.lineno])
    ]


def undocumented(source: str) -> list[str]:
    """Public classes and functions of a module that have no docstring."""
    return [
        f"{node.lineno}: {node.name} has no docstring: say what it promises"
        for node in parsed(source).body
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]


def tables_that_compute(source: str) -> list[str]:
    """Anything in a table of prose that asks, repeats or is called later: words may be joined, and no more."""
    statements = (*FUNCTION, ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match)
    computing = (*statements, ast.Lambda, ast.IfExp, ast.BoolOp, ast.Compare, ast.JoinedStr)
    return [
        f"{node.lineno}: a table of prose computes: say it in plain words, or move what computes to reason_text.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, computing)
    ]


def permission_names(source: str) -> list[str]:
    """Any mention of the token, as a name, an attribute, an import or a string."""
    return [
        f"{number}: {PERMISSION} is named: only the risk policy mints an ApprovedOrder; let it review"
        for number, line in enumerate(source.splitlines(), start=1)
        if re.search(rf"\b{PERMISSION}\b", line)
    ]


def foreign_places(text: str) -> list[str]:
    """Registry hosts, and paths that hold on one machine only."""
    # Put together here, or this file would find itself.
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("proxy", "golang", "org"),
            ("crates", "io"),
            ("deb", "debian", "org"),
        )
    ]
    host = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in hosts))
    home = re.compile(r"(?<![\w.~)}])/(home|root|Users)/\w")
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if host.search(line):
            found.append(f"{number}: a registry host: name the package, and leave where it comes from to pip")
        if home.search(line):
            found.append(f"{number}: a home directory: write a path that starts at the repository or at ~")
    return found


def adr_form(text: str) -> list[str]:
    """ADRs that are too long or lack a section."""
    found = [
        f"1: there is no section `## {name}`: an ADR has {', '.join(ADR_SECTIONS)}"
        for name in ADR_SECTIONS
        if f"\n## {name}\n" not in text
    ]
    if (count := len(text.splitlines())) > ADR_LINES_MAX:
        found.append(f"1: the ADR has {count} lines, {ADR_LINES_MAX} are allowed: keep the reasons, drop the story")
    return found


def adr_confirmation(text: str) -> list[str]:
    """Confirmations that name no test, or one that does not exist."""
    confirmation = text.partition("\n## Confirmation\n")[2]
    named = re.findall(r"(tests/[\w/]+\.py)((?:::\w+)+)", confirmation)
    if not named:
        return ["1: the Confirmation names no test: name one, as tests/unit/test_x.py::test_y"]
    return [
        f"1: the Confirmation names {path}{names}, which does not exist: write it, or name the one that holds"
        for path, names in named
        if not _defines(ROOT / path, names.split("::")[1:])
    ]


def thawed_values(source: str) -> list[str]:
    """attrs classes that can change, or be made by position, and do not say why."""
    lines = source.splitlines()
    found = []
    for node in nodes(source):
        if not isinstance(node, ast.ClassDef):
            continue
        if "LightValue" in map(ast.unparse, node.bases) and "frozen=True" not in map(ast.unparse, node.keywords):
            found.append(f"{node.lineno}: {node.name} is a light value that does not say frozen=True: make it so")
        for decorator in node.decorator_list:
            call = ast.unparse(decorator)
            maker = re.match(r"(?:attrs?\.)?(frozen|define|mutable|s|attrs)\b", call)
            if maker is None:
                continue
            frozen = maker[1] == "frozen" or "frozen=True" in call
            excuse = "positional" if frozen else "mutable"
            above = lines[max(decorator.lineno - 2, 0) : decorator.lineno]
            if (frozen and "kw_only=True" in call) or any(re.search(rf"# {excuse}: \S", line) for line in above):
                continue
            found.append(
                f"{decorator.lineno}: @{call} is not @frozen(kw_only=True): make it so, "
                f"or say why not in a comment `# {excuse}: ...` on the line above"
            )
    return found


def loose_requirements(text: str) -> list[str]:
    """Lines of a lock that pin no version, or whose version has no hash."""
    remedy = "write the locks with `make lock`"
    entries = re.findall(r"^(?![#\s])(.+(?:\n[ \t]+.*)*)", text, flags=re.MULTILINE)
    return [
        f"1: {entry.split()[0]} is not pinned and hashed: {remedy}"
        for entry in entries
        if not re.match(r"[\w.-]+==\S+", entry) or "--hash=sha256:" not in entry
    ]


# -------------------------------------------------------------------------------------------- helpers


def _says_nothing(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass | ast.Continue | ast.Break) or (
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    )


def _name(node: ast.AST) -> str:
    """`a.b.c` for an attribute chain that starts at a name, else an empty string."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr) if base := _name(value):
            return f"{base}.{attr}"
        case _:
            return ""


def _lines_naming(source: str, names: set[str]) -> list[int]:
    return [
        node.lineno
        for node in nodes(source)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and _name(node) in names
    ]


def _defines(path: Path, names: list[str]) -> bool:
    if not path.is_file():
        return False
    body: list[ast.stmt] = parsed(path.read_text("utf-8")).body
    for name in names:
        match [n for n in body if isinstance(n, (*FUNCTION, ast.ClassDef)) and n.name == name]:
            case [only]:
                body = only.body
            case _:
                return False
    return True


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((PACKAGE / folder).rglob("*.py"))


def _prose() -> list[Path]:
    """The tables of prose."""
    return [path for name in PROSE for path in sorted((PACKAGE / "core").glob(name))]


def _repository_files() -> list[Path]:
    """What git tracks or would track; in an unpacked archive, which has no git, what is not made by make."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        made = {".venv", "state", "build", "dist", "htmlcov", "__pycache__"}
        listed = [
            str(path)
            for path in (path.relative_to(ROOT) for path in ROOT.rglob("*"))
            if not made.intersection(path.parts) and (not path.parts[0].startswith(".") or path.parts[0] == ".ci")
        ]
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def _assert_clean(checker: Checker, paths: Iterator[Path] | list[Path]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{complaint}"
        for path in paths
        for complaint in checker(path.read_text("utf-8", errors="replace"))
    ]
    assert not found, "\n" + "\n".join(found)


# ---------------------------------------------------------------------------------------- the numbers


def test_no_module_is_longer_than_250_lines() -> None:
    """A module holds one idea, and one idea fits in 250 lines; a table of prose is as long as there are words."""
    prose = set(_prose())
    _assert_clean(long_modules, [path for path in _modules(".") if path not in prose])


def test_no_function_is_longer_than_50_lines() -> None:
    """A function can be read without scrolling."""
    _assert_clean(long_functions, _modules("."))


def test_lines_of_code_are_counted_without_what_teaches() -> None:
    """Blank lines, comments, docstrings and imports do not count; every line of a wrapped statement does."""
    imports = '"""Doc\nmore."""\n\nimport os\nfrom typing import (\n    Any,\n    Final,\n)\n'
    code = '# why\nx = (\n    1,\n)\ndef f():\n    """Doc."""\n    return "text"\n'
    assert lines_of_code(imports + code) == 5


def test_the_core_can_be_read_in_an_evening() -> None:
    """What decides, rules apart, has at most 2,500 lines of code: what teaches and what is imported is not counted.
    What explains has a number of its own, and words have none."""
    rules = PACKAGE / "core" / "risk" / "rules"
    explains = {path for name in EXPLAINING for path in (PACKAGE / "core").glob(name)}
    prose = set(_prose())
    words = sum(lines_of_code(path.read_text("utf-8")) for path in explains)
    assert words <= EXPLAINING_LINES_MAX, f"what explains has {words} lines, {EXPLAINING_LINES_MAX} are allowed"
    asks = {PACKAGE / "core" / name for name in ASKING}
    asked = sum(lines_of_code(path.read_text("utf-8")) for path in asks)
    assert asked <= ASKING_LINES_MAX, f"what decides once more has {asked} lines, {ASKING_LINES_MAX} are allowed"
    counts = {
        path.relative_to(PACKAGE): lines_of_code(path.read_text("utf-8"))
        for path in _modules("core")
        if rules not in path.parents and path not in explains | asks | prose
    }
    longest = ", ".join(f"{path} {lines}" for path, lines in sorted(counts.items(), key=lambda kv: -kv[1])[:5])
    assert sum(counts.values()) <= CORE_LINES_MAX, (
        f"the core has {sum(counts.values())} lines, {CORE_LINES_MAX} are allowed: take something out, "
        f"or move what does I/O to adapters/. The longest: {longest}"
    )


# ------------------------------------------------------------------------------------------ the rules


def test_the_package_is_where_these_tests_look() -> None:
    """The rules look at files that exist; a moved folder does not make them pass."""
    for folder in ("core", "adapters", "runner"):
        assert any(_modules(folder)), f"src/interlock/{folder} holds no module: tell tests/unit/test_house_rules.py"
    for name in PERMISSION_FILES:
        assert (PACKAGE / name).is_file(), f"{name} is gone: say in PERMISSION_FILES who mints an ApprovedOrder now"


def test_no_exception_is_swallowed() -> None:
    """Whatever is caught is told to somebody."""
    _assert_clean(swallowed_exceptions, _modules("."))


def test_nothing_sleeps_where_a_stop_cannot_reach_it() -> None:
    """No module calls time.sleep."""
    _assert_clean(sleeps, _modules("."))


def test_core_and_adapters_do_not_print() -> None:
    """Only the runner speaks to a person."""
    _assert_clean(prints, _modules("core", "adapters"))


def test_the_core_has_no_float() -> None:
    """No number in the core is rounded by the machine."""
    _assert_clean(float_literals, _modules("core"))


def test_the_core_reads_no_clock_no_file_and_no_environment() -> None:
    """What the core knows was handed in, so that it can be handed in again."""
    _assert_clean(ambient_reads, _modules("core"))


def test_every_endless_loop_says_what_ends_it() -> None:
    """A `while True` has a comment that names its end."""
    _assert_clean(endless_loops, _modules("."))


def test_a_table_of_prose_holds_words_alone() -> None:
    """What is counted as no code is none: nothing can hide among the words."""
    assert len(_prose()) >= 2
    _assert_clean(tables_that_compute, _prose())


def test_every_attrs_class_in_the_core_is_frozen_or_says_why_not() -> None:
    """A value in the core does not change, and is not made by position."""
    _assert_clean(thawed_values, _modules("core"))


def test_everything_public_in_the_core_has_a_docstring() -> None:
    """A public class or function of the core says what it promises."""
    _assert_clean(undocumented, _modules("core"))


def test_only_the_risk_policy_can_mint_an_approved_order() -> None:
    """The token that makes an ApprovedOrder is named where it is defined and used, nowhere else."""
    allowed = {PACKAGE / name for name in PERMISSION_FILES}
    _assert_clean(permission_names, [path for path in _modules(".") if path not in allowed])


def test_the_repository_names_no_registry_and_no_home_directory() -> None:
    """A checkout works on any machine, whichever mirror its pip asks."""
    _assert_clean(foreign_places, _repository_files())


def test_every_requirement_is_pinned_and_hashed() -> None:
    """What we run is known to the byte."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert {path.stem for path in locks} == {"run", "dev", "bench"}, "the locks are run, dev and bench: `make lock`"
    _assert_clean(loose_requirements, locks)


def test_the_developers_run_the_versions_that_users_run() -> None:
    """Each pin of run.txt is a pin of dev.txt and of bench.txt."""
    pins = {
        name: set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE))
        for name in ("run.txt", "dev.txt", "bench.txt")
    }
    for name in ("dev.txt", "bench.txt"):
        assert pins["run.txt"] <= pins[name], f"{name} pins other versions: write the locks with `make lock`"


# ------------------------------------------------------------------------------------------- the ADRs


def _adrs() -> list[Path]:
    return sorted(path for path in ADR.glob("*.md") if path.name != "README.md")


def test_every_adr_is_in_the_index() -> None:
    """The index lists every ADR, and only ADRs that exist."""
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (ADR / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in _adrs()}, "docs/adr/README.md differs from docs/adr/: put it right there"


def test_every_adr_has_its_five_sections() -> None:
    """An ADR tells context, options, decision, consequences and confirmation on one page."""
    _assert_clean(adr_form, _adrs())


def test_every_adr_is_held_by_a_test_that_exists() -> None:
    """A Confirmation names its tests, and they are there."""
    _assert_clean(adr_confirmation, _adrs())


def test_each_dependency_has_an_adr_line() -> None:
    """ADR 0004 says of each dependency what it replaces."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=~! ]", line)[0].replace("-", "_") for line in project["dependencies"]}
    table = (ADR / "0004-libraries-and-what-they-replace.md").read_text("utf-8").replace("-", "_")
    missing = sorted(name for name in names if not re.search(rf"^\|[^|]*\b{name}\b", table, re.MULTILINE))
    assert not missing, f"{missing} have no row in ADR 0004: say what each replaces, or do without it"


# -------------------------------------------------------------------------------- the rules can fail

PLANTED: list[tuple[Checker, str, str]] = [
    (long_modules, "x = 1\n" * MODULE_LINES_MAX, "x = 1\n" * (MODULE_LINES_MAX + 1)),
    (
        long_functions,
        "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1),
        "class A:\n    async def f():\n" + "        x = 1\n" * FUNCTION_LINES_MAX,
    ),
    (swallowed_exceptions, "try: f()\nexcept E: g()", "try: f()\nexcept E: pass"),
    (swallowed_exceptions, "try: f()\nexcept E: raise G from e", "try: f()\nexcept E:\n    'why'\n    ..."),
    (swallowed_exceptions, "for x in y:\n  g()", "for x in y:\n  try: f()\n  except E: continue"),
    (swallowed_exceptions, "with closing(x): f()", "with contextlib.suppress(E): f()"),
    (sleeps, "clock.sleep_until(at)", "time.sleep(1)"),
    (sleeps, "from time import monotonic", "from time import sleep"),
    (sleeps, "import time", "retry(wait=time.sleep)"),
    (prints, "console.print(1)", "print(1)"),
    (float_literals, "x = Decimal('0.1') + 1", "x = 0.1"),
    (float_literals, "x = 10", "x = 1e1"),
    (ambient_reads, "clock.now()", "datetime.now(UTC)"),
    (ambient_reads, "datetime.fromisoformat(x)", "datetime.datetime.utcnow()"),
    (ambient_reads, "date.fromisoformat(x)", "date.today()"),
    (ambient_reads, "port.open(after=cursor)", "open('x')"),
    (ambient_reads, "class Bar:\n    open: Decimal", "text = open(path).read()"),
    (ambient_reads, "x.environ", "os.environ['X']"),
    (endless_loops, "while True:  # ends: when the source is empty\n    f()", "while True:\n    f()"),
    (endless_loops, "# bounded: by the deadline\nwhile True:\n    f()", "# ends:\nwhile 1:\n    f()"),
    (endless_loops, "while more: f()", "x = 1\n\nwhile True: f()"),
    (undocumented, 'def f():\n    """Say."""', "def f(): ..."),
    (undocumented, "class _A: ...", "class A: ..."),
    (tables_that_compute, 'X = {"A": _B + "c"}', 'X = {"A": f"{b} c"}'),
    (tables_that_compute, 'A = row("A", "b")', "def row(): ..."),
    (tables_that_compute, "X = {a: b[a] for a in C}", "X = {a: b[a] for a in C if a == 1}"),
    (thawed_values, "@frozen(kw_only=True)\nclass A: ...", "@frozen\nclass A: ..."),
    (thawed_values, "@attrs.define(frozen=True, kw_only=True)\nclass A: ...", "@attrs.define\nclass A: ..."),
    (thawed_values, "class A(LightValue, frozen=True): ...", "class A(LightValue): ..."),
    (thawed_values, "# mutable: the fold's own\n@define\nclass A: ...", "# mutable:\n@define\nclass A: ..."),
    (thawed_values, "# positional: a table row\n@frozen\nclass A: ...", "# positional: x\n@define\nclass A: ..."),
    (loose_requirements, "# via\na==1 \\\n    --hash=sha256:00\n    # via b\n", "a==1\n    # via b\n"),
    (loose_requirements, "a.b-c==1 --hash=sha256:00", "a>=1 \\\n    --hash=sha256:00\n"),
    (permission_names, "PERMISSION = 1", f"from interlock.core.orders import {PERMISSION}"),
    (permission_names, f"x{PERMISSION} = 1", f"getattr(orders, '{PERMISSION}')"),
    (foreign_places, "pip install interlock", "see https://" + "pypi" + ".org/project/x"),
    (foreign_places, "~/interlock, $(VENV)/root/x", "cd /" + "home/anna/interlock"),
    (
        adr_form,
        "# T\n" + "".join(f"\n## {name}\n\nx\n" for name in ADR_SECTIONS),
        "# T\n" + "".join(f"\n## {name}\n\nx\n" for name in ADR_SECTIONS[:-1]),
    ),
    (
        adr_confirmation,
        "\n## Confirmation\n\n`tests/unit/test_house_rules.py::test_the_core_has_no_float`",
        "\n## Confirmation\n\n`tests/unit/test_house_rules.py::test_that_nobody_wrote`",
    ),
    (
        adr_confirmation,
        "\n## Confirmation\n\n`tests/unit/test_house_rules.py::test_no_exception_is_swallowed`",
        "\n## Confirmation\n\nWe look at it now and then.",
    ),
]


@pytest.mark.parametrize(
    ("checker", "good", "bad"), PLANTED, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(PLANTED)]
)
def test_every_rule_finds_what_it_is_for(checker: Checker, good: str, bad: str) -> None:
    """Each rule passes a good snippet and complains of a planted bad one."""
    assert checker(good) == []
    assert len(checker(bad)) == 1
