"""The operator's pages: one for each code that halts trading, one for each exit code, and the list of both."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason, told
from interlock.core.trading_state import TradingState
from interlock.runner.ending import FAULTS
from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends import ENDS, End
from interlock.runner.reference.examples import EXAMPLES
from interlock.runner.reference.markdown import code, placeholders, table
from interlock.runner.reference.said import quoted

FOLDER: Final = "halts"
HALTS: Final = tuple(reason for reason, text in REASONS.items() if text.category is Category.HALT)
EXITS: Final = tuple(each for each in ExitCode if each is not ExitCode.DONE)

_HALTED: Final = (
    "Trading is HALTED from that record on: no entry and no exit is approved ([TRADING_HALTED](../reason-codes.md)), "
    "and what is held stays held. Every working order is called back, and what fills all the same is booked. Watching "
    "goes on: every bar, decision and report is still recorded. The halt is in the journal, so a run that goes on from "
    "it is HALTED from its first bar."
)
_REDUCING: Final = (
    "Trading may only reduce from that record on: no entry is approved "
    "([TRADING_STATE_REDUCING](../reason-codes.md)), and working entries are called back. Exits and cancels pass, so "
    "what is held may be left. Watching goes on: every bar, decision and report is still recorded. The restriction is "
    "in the journal, so a run that goes on from it may only reduce from its first bar."
)
_HOW_IT_ENDS: Final = {
    ExitCode.HALTED: "The run goes on to its end and exits with [4](exit-4.md); more than `faults_max` faults in a row "
    "end it at once.",
    ExitCode.FINDING: "The run goes on to its end and exits with [1](exit-1.md).",
}
_BACK_TO_TRADING: Final = (
    "Nothing releases it from within, and a restart does not: only a person does. When the cause is gone, `interlock "
    "resume --reason TEXT` takes the kill switch files away and releases trading, beside the run or without one "
    "([halt and resume](../../howto/halt-and-resume.md)). While the cause stands it refuses, and says which. To forget "
    "what is held instead, [begin anew](../../howto/run-for-months.md#begin-anew)."
)
# Losses and pace, and a person who says so: our picture of the world is right, so what is held may be left. All the
# others halt.
_REDUCES: Final = frozenset(
    {
        Reason.OPERATOR_REDUCE,
        Reason.FEED_STALE,
        Reason.EXECUTIONS_EXCEEDED,
        Reason.DAILY_LOSS_EXCEEDED,
        Reason.DRAWDOWN_EXCEEDED,
    }
)
# Where to look, whichever it is. The log is the one that the summary names.
_LOOK: Final = """\
interlock status                          what trading is and why, position, orders that work
interlock journal tail -n 50              the record that halted, and what came before it
interlock journal verify                  whether every record is as it was written, and follows
interlock logs --grep {code}
"""
_LOOKED_AT: Final = "Do not let a supervisor start it again: a person looks first."
_AND_THEN: Final = {
    ExitCode.FINDING: "Nothing failed.",
    ExitCode.USAGE: "Nothing was sent.",
    ExitCode.REFUSED: "Nothing was started, nothing was sent, and no record was changed.",
    ExitCode.HALTED: _LOOKED_AT,
    ExitCode.JOURNAL: f"Every further start may hide what went wrong. {_LOOKED_AT}",
    ExitCode.HUNG: _LOOKED_AT,
    ExitCode.INTERNAL: _LOOKED_AT,
    ExitCode.ANSWER_LOST: "Nothing failed.",
}


def index_page() -> str:
    """The list of all of them."""
    halts = [[f"[{code(each)}]({each}.md)", placeholders(REASONS[each].sentence)] for each in HALTS]
    ends = [
        [
            f"[{int(each)}]({_exit_page(each)})",
            f"[{code(end.name)}]({_exit_page(each)}#{end.name.lower()})",
            end.meaning,
        ]
        for each in EXITS
        for end in _ends_of(each)
    ]
    return "\n\n".join(
        [
            "# When it halts, refuses or ends",
            "Console, log, summary and `interlock status` name a halt by its code; a refusal or another end is known "
            "by its exit code and its words. Each has what it means, what to check and what to do.",
            "## Halts",
            table(["code", "it says"], halts),
            "## Refusals and ends, by exit code",
            table(["exit", "name", "it means"], ends),
            "A process that a signal ended has no exit code of its own and no page: the journal is whole, and the next "
            "run goes on from it ([run for months](../../howto/run-for-months.md)).",
        ]
    )


def halt_page(reason: Reason) -> str:
    """One halt. Raises ``LookupError`` for one whose texts nobody has written yet."""
    text = REASONS[reason]
    if reason not in EXAMPLES:
        raise LookupError(f"{reason} halts: write an example into examples.py")
    state, what_works, how_it_ends = _what_follows(reason)
    return "\n\n".join(
        [
            f"# {reason}",
            f"A halt. The sentence is: {placeholders(text.sentence)}. For example:",
            _block(f"trading is {state.value}: {told(reason, EXAMPLES[reason])}"),
            "## What it means",
            text.meaning,
            what_works,
            how_it_ends,
            "## What to check",
            text.check,
            _block(_LOOK.format(code=reason)),
            "## What to do",
            text.remedy,
            _BACK_TO_TRADING,
            "[All halts and refusals](README.md)",
        ]
    )


def _what_follows(reason: Reason) -> tuple[TradingState, str, str]:
    """What trading is then, what still works, and how the run ends."""
    if reason in _REDUCES:
        return TradingState.REDUCING, _REDUCING, "The run goes on to its end; its exit code says nothing of this."
    return TradingState.HALTED, _HALTED, _HOW_IT_ENDS[ExitCode.HALTED if reason in FAULTS else ExitCode.FINDING]


def exit_page(exit_code: ExitCode) -> str:
    """One exit code, and every way to end with it."""
    parts = [f"# Exit {int(exit_code)}: {exit_code.name}", f"{_capital(exit_code.meaning)}. {_AND_THEN[exit_code]}"]
    parts.append("What stands as `...` is a value. Other words may follow or precede.")
    for end in _ends_of(exit_code):
        parts += [f"## {end.name}", _block("\n".join(quoted(end.says)))]
        parts += [
            f"**What it means.** {end.meaning}",
            f"**What to check.** {end.check}",
            f"**What to do.** {end.remedy}",
        ]
    return "\n\n".join([*parts, "[All halts and refusals](README.md)"])


def _ends_of(exit_code: ExitCode) -> tuple[End, ...]:
    return tuple(end for end in ENDS if end.code is exit_code)


def _exit_page(exit_code: ExitCode) -> str:
    return f"exit-{int(exit_code)}.md"


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        f"{FOLDER}/README.md": index_page,
        **{f"{FOLDER}/{reason}.md": partial(halt_page, reason) for reason in HALTS},
        **{f"{FOLDER}/{_exit_page(each)}": partial(exit_page, each) for each in EXITS},
    }
)
