"""Every reason that the code gives is a code of the table with every number that its sentence names.

Read from the source, so that a path which no test takes is looked at too; `tests/golden` looks at what is recorded.
"""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import interlock
from interlock.core.reason_text import fields_of, missing
from interlock.core.reasons import Reason

PACKAGE: Final = Path(interlock.__file__).parent
FOLDERS: Final = ("core", "adapters", "runner")
FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

# What gives a reason, and the numbers that it adds by itself.
ADDS: Final[dict[str, frozenset[str]]] = {
    "denied": frozenset({"rule", "observed", "limit"}),
    "passed": frozenset({"rule", "observed", "limit"}),
    "breach": frozenset({"observed", "limit"}),
    "Finding": frozenset({"rule"}),
    "_halt_for": frozenset({"error", "place", "where"}),
    "_faulted": frozenset({"error", "place", "where"}),
    # Its explanation names the order.
    "CancelRejected": frozenset({"observed"}),
}
# Calls that look a reason up or compare it; a decision holds the finding, or the proposal, that has the numbers.
LOOKS: Final = frozenset({"prevails", "frozenset", "get", "discard", "_denied_for", "Decision", "Denied"})
# Given without its numbers, on purpose: where, which, and why that is right.
WITHOUT: Final[dict[tuple[str, str], str]] = {
    (
        "core/operating.py",
        "RECONCILIATION_MISMATCH",
    ): "only its code is told, among the causes that stand in the way of "
    "a release: it halted, so it never prevails over what is in force, and no record holds it",
    ("core/operating.py", "OPERATOR_RESUME"): "asked_for hands both numbers in",
    ("core/operating.py", "RELEASE_CAUSE_STANDS"): "asked_for hands the other two in",
    ("core/risk/rules/live_arming.py", "LIVE_ARMING_EXPIRED"): "_expired gives its number",
}


def given_in(tree: ast.Module) -> Iterator[tuple[Reason, set[str] | None, int]]:
    """Each reason that is given in a module, with the names of its numbers; None where nobody can tell by reading."""
    functions: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]
    for function in functions or [tree]:
        known = _assigned(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and (name := _last(node.func)) not in LOOKS:
                values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg is not None)]
                more = {str(keyword.arg) for keyword in node.keywords}
                for reason in _reasons(values, known):
                    names = _names(values, known)
                    yield reason, None if names is None else names | ADDS.get(name, frozenset()) | more, node.lineno
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                for reason in _reasons(node.value.elts, known):
                    yield reason, _names(node.value.elts, known), node.lineno


def _assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    """What each local name is assigned."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Subscript):
                key = ast.Dict(keys=[target.slice], values=[value])
                found.setdefault(_last(target.value), []).append(key)
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                for each, part in zip(target.elts, value.elts, strict=False):
                    found.setdefault(_last(each), []).append(part)
            else:
                found.setdefault(_last(target), []).append(value)
    return found


def _reasons(values: list[ast.expr], known: dict[str, list[ast.expr]]) -> Iterator[Reason]:
    for value in values:
        for each in [value, *(known.get(value.id, []) if isinstance(value, ast.Name) else [])]:
            if isinstance(each, ast.Attribute) and _last(each.value) in ("Reason", "_R"):
                yield Reason(each.attr)


def _names(values: list[ast.expr], known: dict[str, list[ast.expr]]) -> set[str] | None:
    """The keys of every mapping among ``values``."""
    found: set[str] = set()
    for value in values:
        for each in [value, *(known.get(value.id, []) if isinstance(value, ast.Name) else [])]:
            if isinstance(each, ast.Dict):
                for key, part in zip(each.keys, each.values, strict=True):
                    if isinstance(key, ast.Constant):
                        found.add(str(key.value))
                    elif key is None:
                        # A mapping that grows: what it was before is assigned to the same name.
                        earlier = [other for other in known.get(_last(part), [part]) if other is not each]
                        found |= _names(earlier, {}) or set()
    return found


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def lacking(source: str) -> list[str]:
    """Each reason that a module gives without a number that its sentence names."""
    found = []
    for reason, names, line in given_in(ast.parse(source)):
        # Of a sum over bars the sentence tells the average: its length is a whole number.
        numbers = {name: 1 if f"{name}_sum" in (names or ()) else Decimal(1) for name in names or ()}
        if lacks := missing(reason, numbers):
            found.append(f"{line}: {reason} lacks {', '.join(lacks)}")
    return found


def _modules() -> dict[str, str]:
    """The source of every module that can give a reason: none can that does not name one."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            source = path.read_text("utf-8")
            if any(word in source for word in ("Reason.", "_R.", *RECORDS_A_REASON)):
                found[path.relative_to(PACKAGE).as_posix()] = source
    return found


def test_every_reason_that_the_code_gives_has_its_numbers() -> None:
    """Whatever path leads there. What is given without them is named in WITHOUT, with why."""
    found = [
        f"{place}:{each}: record it beside the code"
        for place, source in _modules().items()
        for each in lacking(source)
        if (place, each.split()[1]) not in WITHOUT
    ]
    assert not found, "\n" + "\n".join(found)


RECORDS_A_REASON: Final = {
    "Decision",
    "NoAction",
    "OrderIntent",
    "CancelIntent",
    "Finding",
    "Denied",
    "Refusal",
    "Cause",
    "Judgement",
    "OrderRejected",
    "CancelRejected",
    "OrderExpired",
    "TradingStateChanged",
    "TradingStateReleased",
    "ReleaseRefused",
    "Disarmed",
    "EntriesQuarantined",
    "CancelRequested",
    "ReportIgnored",
}


def free_texts(source: str) -> list[str]:
    """Each place where what keeps a reason is made with words instead of a code of the table."""
    return [
        f"{node.lineno}: {_last(node.func)} is made with words for {keyword.arg}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and _last(node.func) in RECORDS_A_REASON
        for keyword in node.keywords
        if keyword.arg in ("code", "detail", "ignored", "anomaly") and _is_words(keyword.value)
    ]


def _is_words(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return _is_words(one) or _is_words(other)
        case _:
            return isinstance(node, ast.JoinedStr)


def test_nothing_that_keeps_a_reason_is_made_with_words() -> None:
    """Words of our own are drawn from the table when somebody asks, and never recorded."""
    found = [
        f"{place}:{each}: give a code of core/reasons.py and its numbers"
        for place, source in _modules().items()
        for each in free_texts(source)
    ]
    assert not found, "\n" + "\n".join(found)


def test_what_is_looked_for_is_found() -> None:
    """Both rules can fail."""
    assert lacking('def f():\n    g(Reason.OFF_LOT, {"quantity": 1})') == ["2: OFF_LOT lacks lot"]
    assert lacking('def f():\n    n = {"quantity": 1, "lot": 2}\n    return Reason.OFF_LOT, n') == []
    assert lacking('def f():\n    c = Reason.OFF_LOT\n    X(code=c, numbers={"quantity": 1, "lot": 2})') == []
    assert lacking("def f(self):\n    self.denied(Reason.QUANTITY_EXCEEDS_MAXIMUM, 1, 2)") == []
    assert free_texts('Cause(code="it was late")') == ["1: Cause is made with words for code"]
    assert free_texts('OrderRejected(code=c, detail=f"no {x}")') == ["1: OrderRejected is made with words for detail"]
    assert free_texts("Cause(code=Reason.OFF_LOT)") == []


def test_what_is_given_without_its_numbers_still_is() -> None:
    """No excuse outlives what it was for."""
    for place, name in WITHOUT:
        assert any(name in each for each in lacking((PACKAGE / place).read_text("utf-8")))
        assert fields_of(name)
