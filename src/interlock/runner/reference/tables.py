"""Pages that are one table of the core or the runner each: modes, order states, reasons, variables."""

from typing import Final

from interlock.core.mode_words import MODE_WORDS
from interlock.core.modes import MODES
from interlock.core.order_states import TRANSITIONS, WORKING, OrderState, Trigger
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason
from interlock.runner.config.environment import VARIABLES
from interlock.runner.reference.markdown import code, first_paragraph, placeholders, table

# What each kind of reason is for. A category that is not named here breaks the page, on purpose.
_CATEGORIES: Final[dict[Category, str]] = {
    Category.IDLE: "Why nothing was done, and what a rule says that has no objection.",
    Category.SIGNAL: "Why a strategy wishes something.",
    Category.DENIAL: "Why we refused, before anything was sent.",
    Category.REJECTION: "Why the venue refused.",
    Category.HALT: "Why trading is HALTED, or may only reduce, from there on. [Each has a page](halts/README.md).",
    Category.REPORT: "Why something that the venue said changes nothing.",
    Category.DATA: "What is wrong, or special, about what the market data say.",
    Category.OPERATION: "What people did, and what follows from trading being restricted.",
}


def modes_page() -> str:
    """The run modes, side by side."""
    rows = [[row, *(words[mode] for mode in MODES)] for row, words in MODE_WORDS.items()]
    rows.append(
        ["live adapters made", *("and no others" if each.live_adapters else "never" for each in MODES.values())]
    )
    whose = [", ".join(sorted(each.credentials_read)) or "none" for each in MODES.values()]
    rows.append(["credentials of", *whose])
    return "\n\n".join(
        [
            "# Run modes",
            "Where nothing is said the mode is SIM. The file's mode is a ceiling: `--mode` and `INTERLOCK_MODE` may "
            "lower it, never raise it. State lies in `state_dir/<mode>/`, a folder for each mode.",
            table(["", *(mode.value for mode in MODES)], rows),
        ]
    )


def order_states_page() -> str:
    """The whole table of moves, one row a state."""
    moves = table(
        ["from", "counts as working", "moves"],
        [
            [
                code(state),
                "yes" if state in WORKING else "",
                "<br>".join(f"{trigger} → {to}" for trigger, to in TRANSITIONS[state].items()) or "none: an end",
            ]
            for state in OrderState
        ],
    )
    grid = table(
        ["", *(trigger.value for trigger in Trigger)],
        [[code(state), *(_short(TRANSITIONS[state].get(trigger)) for trigger in Trigger)] for state in OrderState],
    )
    return "\n\n".join(
        [
            "# Order states",
            "The life of an order, after FIX 4.4 appendix D. A report for which the table has no move is a repetition, "
            "which is ignored and recorded, or a contradiction, which halts. A fill for which it has no move is "
            "**booked and halts**: ignoring it would falsify the position. An order that works counts as filled "
            "against every limit.",
            "## Moves",
            moves,
            "## The same as a grid",
            "In the state at the left, the trigger above leads to the state in the cell. A dot: no such move.",
            grid,
        ]
    )


def _short(state: OrderState | None) -> str:
    return "·" if state is None else state.value


def reason_codes_page() -> str:
    """Every reason code, by category."""
    parts = [
        "# Reason codes",
        "Every decision, refusal and halt carries a code and the numbers behind it. The sentence is drawn from these "
        "two; what stands in `<angle brackets>` is a recorded number. Plugins have codes of their own, "
        "`NAMESPACE.CODE`, shown with their numbers. `interlock explain CODE` tells the same as this page.",
        " · ".join(f"[{category}](#{category.lower()})" for category in Category),
    ]
    for category in Category:
        parts += [f"## {category}", _CATEGORIES[category]]
        parts += [_reason(reason) for reason, text in REASONS.items() if text.category is category]
    return "\n\n".join(parts)


def _reason(reason: Reason) -> str:
    text = REASONS[reason]
    return "\n\n".join(
        [
            f"### {reason}",
            f"*{placeholders(text.sentence)}*",
            "\n".join(
                [
                    f"- **What it means.** {text.meaning}",
                    f"- **What to check.** {text.check}",
                    f"- **What to do.** {placeholders(text.remedy)}",
                ]
            ),
        ]
    )


def environment_page() -> str:
    """The closed list of variables."""
    from interlock.runner.config import environment

    return "\n\n".join(
        [
            "# Environment",
            first_paragraph(environment),
            "Any other variable whose name begins with `INTERLOCK_` is an error (exit 2), with the nearest name that "
            "is meant, for every command that works on a configuration, a journal or a log. What takes risk away does "
            "not look, for it has to work whatever else is wrong: `interlock halt`, `interlock reduce`, and "
            "`interlock disarm --state-dir`. Besides these, `NO_COLOR` turns colours off.",
            table(["variable", "what it says"], [[code(name), says] for name, says in VARIABLES.items()]),
        ]
    )
