"""The line of every key path, held to what tomllib finds."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.runner.config.locations import locate
from interlock.runner.config.problems import KeyPath

# Pieces of text that have once confused a scanner: quotes in quotes, brackets and hashes in strings, blank dates.
_STRINGS = st.sampled_from(
    [
        '"a"',
        '""',
        "''",
        "'\\'",
        '"\\""',
        '"# [x] = {"',
        "'''a'b''c'''",
        '"""a"b""c"""',
        '""""x"""""',
        "''''x'''''",
        '"""\n[no.table]\nno = 1 # no\n"""',
        "'''\r\n[[no]]\n'''",
        '"""\\\n  x"""',
        '"""\\""""',
    ]
)
_SCALARS = st.one_of(
    _STRINGS,
    st.sampled_from(["1", "-0.5", "1e3", "0x1F", "1_000", "true", "inf", "nan", "2000-01-01", "07:32:00"]),
    st.sampled_from(["2000-01-01 07:32:00", "1979-05-27T00:32:00.999999-07:00"]),
)
_WORDS = st.sampled_from(["a", "b", "c-d", "e_f", "1", "ключ"])
_BLANK = st.sampled_from(["", " ", "\t "])
_GAP = st.sampled_from(["", " ", "\n", " # ] } , = [\n ", "\r\n"])


@st.composite
def _key(draw: st.DrawFn) -> str:
    word = draw(_WORDS)
    quotes = ['"', "'"] if not word.isascii() else ["", '"', "'"]
    quote = draw(st.sampled_from(quotes))
    return quote + word + quote


@st.composite
def _dotted(draw: st.DrawFn) -> str:
    blank = draw(_BLANK)
    return f"{blank}.{blank}".join(draw(st.lists(_key(), min_size=1, max_size=3)))


def _array(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.lists(items, max_size=3), _GAP, st.booleans()).map(
        lambda drawn: "[" + drawn[1] + f"{drawn[1]},{drawn[1]}".join(drawn[0])
        # a comma behind the last one is allowed, and means nothing
        + (f"{drawn[1]}," if drawn[2] and drawn[0] else "") + drawn[1] + "]"
    )  # fmt: skip


def _inline(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(_dotted(), _BLANK, values), max_size=3)
    return pairs.map(lambda drawn: "{" + ", ".join(f"{key}{blank}={blank}{value}" for key, blank, value in drawn) + "}")


_VALUES = st.recursive(_SCALARS, lambda inner: _array(inner) | _inline(inner), max_leaves=6)
_STATEMENTS = st.one_of(
    st.tuples(_dotted(), _VALUES).map(lambda drawn: f"{drawn[0]} = {drawn[1]}"),
    _dotted().map(lambda key: f"[{key}]"),
    _dotted().map(lambda key: f"[[ {key} ]] # ]]"),
    st.sampled_from(["", "# a = 1", "  "]),
)
_TEXTS = st.tuples(st.lists(_STATEMENTS, max_size=8), st.sampled_from(["\n", "\r\n"])).map(
    lambda drawn: drawn[1].join(drawn[0])
)


def _paths(tree: Any, path: KeyPath = ()) -> set[KeyPath]:
    if isinstance(tree, dict):
        parts: list[tuple[str | int, Any]] = list(tree.items())
    elif isinstance(tree, list):
        parts = list(enumerate(tree))
    else:
        return {path}
    found = {path} if path else set()
    for part, value in parts:
        found |= _paths(value, (*path, part))
    return found


def _check(text: str) -> bool:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    lines = text.replace("\r\n", "\n").split("\n")
    found = locate(text)
    assert set(found) == _paths(tree)
    for path, line in found.items():
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if isinstance(path[-1], str):
            assert key in lines[line - 1]
        else:
            # An element of a long array may stand lines below its key, and never above.
            assert any(key in earlier for earlier in lines[:line])
    return True


@settings(deadline=None)
@given(_TEXTS)
def test_it_finds_the_key_paths_that_tomllib_finds(text: str) -> None:
    """Every key path of any valid text has a line, and the line's text contains the key."""
    _check(text)


@settings(deadline=None)
@given(st.text(alphabet="ab.=[]{}\"'\\#, \n1", max_size=40))
def test_it_agrees_with_tomllib_on_any_text_that_tomllib_takes(text: str) -> None:
    """Nothing that tomllib accepts leads the scanner astray."""
    _check(text)


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\n\nb = 2", ("b",), 3),
        ("[t]\nx = 1", ("t", "x"), 2),
        ("[t]\n\n[t.u]\nx = 1", ("t", "u", "x"), 4),
        ("[[t]]\nx = 1\n[[t]]\nx = 2", ("t", 1, "x"), 4),
        ("[[t]]\n[[t.u]]\n[[t]]\n[[t.u]]\nx = 1", ("t", 1, "u", 0, "x"), 5),
        ("[[t]]\n[t.u]\nx = 1", ("t", 0, "u", "x"), 3),
        ("[t.u]\nx = 1\n[t]\ny = 1", ("t",), 3),
        ("a.b.c = 1", ("a", "b", "c"), 1),
        ('"a.b" = 1', ("a.b",), 1),
        ('"\\u0061" = 1', ("a",), 1),
        ("t = {x = 1, y.z = 2}", ("t", "y", "z"), 1),
        ("t = [\n  1,\n  {x = 2},\n]", ("t", 1, "x"), 3),
        ('a = """\nb = 1\n"""\nb = 2', ("b",), 4),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
        ("a = 2000-01-01 00:00:00 # x\nb = 1", ("b",), 2),
    ],
)
def test_each_way_to_write_a_key_has_its_line(text: str, path: KeyPath, line: int) -> None:
    """Tables, arrays of tables, dotted and quoted keys, inline tables, long strings and arrays."""
    assert locate(text)[path] == line
    # Only a key that is written as it is called can be looked for in its line.
    assert "\\u" in text or _check(text)


def test_the_generator_writes_valid_texts() -> None:
    """A property over texts that are never valid would hold of anything."""
    seen: list[bool] = []

    @settings(deadline=None, database=None, max_examples=100)
    @given(_TEXTS)
    def count(text: str) -> None:
        seen.append(_check(text) and bool(text.strip()))

    count()
    assert sum(seen) > 10
