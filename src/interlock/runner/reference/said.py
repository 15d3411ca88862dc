"""Every sentence that the code can say, as it stands there: the pages quote it, so that no page says it otherwise.

Read from the source and not collected by hand: a message that is worded anew is quoted anew, and one that nobody
explains is found. A value in it is shown as ``...``.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from attrs import frozen

_PACKAGE: Final = Path(__file__).parents[2]
# The pages' own words, and the kit, which no operator runs.
_LEFT_OUT: Final = (_PACKAGE / "runner" / "reference", _PACKAGE / "testing")
_ROOT: Final = "InterlockError"
_VALUE: Final = "..."
# Of a text that is filled in later, with ``format``.
_FIELD: Final = re.compile(r"\{\w+\}")


@frozen(kw_only=True)
class Said:
    """A sentence, where it stands, and the name of the error whose message it is; empty where it is no error's."""

    text: str
    place: str
    error: str = ""

    @property
    def has_words(self) -> bool:
        """Whether it says anything but values."""
        return re.search(r"\w\w", self.text) is not None


@cache
def everything_said() -> tuple[Said, ...]:
    """Every text of the package that is no docstring, module by module."""
    modules = [path for path in sorted(_PACKAGE.rglob("*.py")) if not any(out in path.parents for out in _LEFT_OUT)]
    trees = {path.relative_to(_PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in modules}
    errors = _errors([node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)])
    return tuple(said for place, tree in trees.items() for said in _said(tree, place, errors))


def quoted(pieces: Sequence[str]) -> tuple[str, ...]:
    """The sentences that hold one of ``pieces``, each once. Raises ``LookupError`` for a piece that nothing says."""
    texts: dict[str, None] = {}
    for piece in pieces:
        holding = [said.text for said in everything_said() if piece in said.text]
        if not holding:
            raise LookupError(f"nothing in the code says {piece!r}: quote what it says now, or take the section out")
        texts.update(dict.fromkeys(holding))
    return tuple(texts)


def _errors(classes: Sequence[ast.ClassDef]) -> frozenset[str]:
    """The names of all classes that come from the root of our errors, at any distance."""
    found: set[str] = set()
    more = {_ROOT}
    while more:  # ends: there are only so many classes
        found |= more
        more = {each.name for each in classes if {ast.unparse(base) for base in each.bases} & found} - found
    return frozenset(found)


def _said(tree: ast.Module, place: str, errors: frozenset[str]) -> Iterator[Said]:
    messages = dict(_messages(tree, errors))
    for message, error in messages.items():
        if not _is_text(message):
            yield Said(text=_VALUE, place=f"{place}:{message.lineno}", error=error)
    for node in _texts(tree):
        yield Said(text=_template(node), place=f"{place}:{node.lineno}", error=messages.get(node, ""))


def _messages(tree: ast.Module, errors: frozenset[str]) -> Iterator[tuple[ast.expr, str]]:
    """The first argument of each call that makes an error, and of ``super().__init__`` in a class of errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in errors:
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and call.args]
            yield from ((call.args[0], node.name) for call in calls if ast.unparse(call.func) == "super().__init__")
        elif isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in errors:
            yield node.args[0], ast.unparse(node.func)


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """Every text below ``node``, whole: of one that is put together not the parts, but what stands in its values."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.expr) and _is_text(child):
            yield child
            for inner in ast.walk(child):
                if isinstance(inner, ast.FormattedValue):
                    yield from _texts(inner)
        else:
            yield from _texts(child)


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case _:
            return False


def _template(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return _FIELD.sub(_VALUE, text)
        case ast.JoinedStr(values=values):
            return "".join(_template(value) for value in values)
        case ast.BinOp(left=left, right=right):
            return _template(left) + _template(right)
        case _:
            return _VALUE
