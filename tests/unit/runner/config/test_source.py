"""One small regular UTF-8 file, and nothing else."""

import os
from pathlib import Path

import pytest

from interlock.runner.config import ConfigurationProblems, Problem
from interlock.runner.config.source import BYTES_MAX, LINE_CHARACTERS_MAX, parse, read


def _problem(path: Path) -> Problem:
    with pytest.raises(ConfigurationProblems) as caught:
        parse(read(path), path.name)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("raw", "line", "found", "expected", "remedy"),
    [
        (b"\xef\xbb\xbfa = 1", 1, "a byte-order mark", "UTF-8 without one", "plain UTF-8"),
        (b"a = 1\nb = '\xff'", 2, "the byte 0xff", "UTF-8 text", "save the file as UTF-8"),
        ("a = 1".encode("utf-16"), 1, "the byte 0xff", "UTF-8 text", ""),
        (b"a = 1\nb = '\0'", 2, "a NUL character", "text", "not a text file"),
        (b"a" * (LINE_CHARACTERS_MAX + 1), 1, "a line of 10001 characters", "at most 10000", ""),
        (b"#\n" * BYTES_MAX, None, "more than 1048576 bytes", "a configuration file", "another file"),
        (b"a = 1\nb = \n", 2, 'the line "b =" at column 5', "TOML", "Invalid value"),
        (b"a = 1\na = 2", 2, 'the line "a = 2" at', "each key and table once", "Cannot overwrite a value"),
        (b"[t]\n[t]", 2, 'the line "[t]" at', "each key and table once", "Cannot declare"),
        (b"a = [1,\n", 2, "nothing at the end of the file", "TOML", "Invalid value"),
        (b"a = '\x1b[31m'", 1, r"""the line "a = '\x1b[31m'" at column""", "TOML", "the parser says"),
        (b"a = 1\rb = 2", 1, r'the line "a = 1\rb = 2"', "TOML", ""),
        (b"a = " + b"9" * 5000, 1, "a number of 5000 digits", "at most 12 digits", ""),
        (b"a = " + b"[" * 4000 + b"]" * 4000, None, "in one another without end", "a few levels", ""),
    ],
)
def test_what_is_not_a_configuration_is_told_with_its_line(
    tmp_path: Path, raw: bytes, line: int | None, found: str, expected: str, remedy: str
) -> None:
    """Bytes that cannot be text, and text that cannot be TOML."""
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    problem = _problem(path)
    assert problem.file in ("x.toml", str(path))
    assert problem.line == line
    assert found in problem.found
    assert expected in problem.expected
    assert remedy in problem.remedy


def test_a_number_without_end_is_told_with_its_line_and_key() -> None:
    """Python refuses it without a place; what only looks like one (a comment, text, a float) is not taken for it."""
    nines = "9" * 5000
    lookalikes = f'# {nines}\na = "{nines}"\nb = {nines}.5\nc = """\n{nines}\n"""\n'
    text = f"{lookalikes}[t]\nd = [1,\n -{nines[:2500]}_{nines[:2500]}]\n"
    with pytest.raises(ConfigurationProblems) as caught:
        parse(text, "x.toml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key, problem.found) == (9, "t.d[1]", "a number of 5000 digits")
    with pytest.raises(ConfigurationProblems, match=r"x\.toml:3: found a number of 5000 digits"):
        parse(f"\n\na = {nines}\nb = \n", "x.toml")


@pytest.mark.parametrize(("called", "place"), [("-c", "command line"), ("INTERLOCK_CONFIG", "environment")])
def test_an_empty_name_is_told_with_where_it_stands(called: str, place: str) -> None:
    """To say "." would name what nobody has written."""
    with pytest.raises(ConfigurationProblems, match=f"{place}: {called}: found an empty name, or this folder"):
        read(Path(), called)


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    """A name that leads nowhere is never the defaults."""
    problem = _problem(tmp_path / "none.toml")
    assert problem.found == "no file"
    assert "interlock init" in problem.remedy


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    """A pipe that nobody writes to would hold us for ever; a device never ends; a folder is no file."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull), tmp_path):
        assert "regular file" in _problem(path).found


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """Whatever the system says about it, in its words."""
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert "symbolic links" in _problem(loop).found
    assert "path" in _problem(tmp_path / "a\0b").found


def test_windows_line_ends_are_fine(tmp_path: Path) -> None:
    """A file that was written elsewhere has the same lines."""
    path = tmp_path / "x.toml"
    path.write_bytes(b"a = 1\r\n\r\nb = 2\r\n")
    tree, lines = parse(read(path), "x.toml")
    assert (tree, lines["b",]) == ({"a": 1, "b": 2}, 3)
