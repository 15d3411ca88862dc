"""What the page says beside its charts: of what and by what it was made, what was configured, what is assumed."""

import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from interlock.core.explain_runs import origins_told
from interlock.core.reports import FillBasis
from interlock.core.trading_state import TradingState
from interlock.runner.amounts import counted, plain
from interlock.runner.report.marks import MarkKind
from interlock.runner.report.reading import Reading, Run
from interlock.runner.report.settings import shown

BASES: Final[Mapping[FillBasis, str]] = MappingProxyType(
    {
        FillBasis.NEXT_OPEN: "at the open of the bar after the decision, made worse by the slippage",
        FillBasis.LIMIT_TRADED_THROUGH: "at the limit, because the market traded through it",
        FillBasis.LIMIT_AT_BETTER_OPEN: "at an open better than the limit, plus slippage, at worst the limit",
        FillBasis.VENUE: "as a venue reported it: nothing was assumed",
    }
)
# In the words of docs/reference/paper-venue.md, which says more about each (a test holds that it does).
NOT_MODELLED: Final = (
    "Dividends, interest on cash, and taxes",
    "Queue position",
    "Market impact beyond the stated slippage",
    "Borrowing",
    "Latency",
    "Auctions, trading halts and price bands",
)

# What each shape is called, for those who are told of it rather than shown.
SHAPE_WORDS: Final[Mapping[MarkKind, str]] = MappingProxyType(
    {
        MarkKind.ENTRY: "triangle up",
        MarkKind.EXIT: "triangle down",
        MarkKind.DENIAL: "cross",
        MarkKind.SPLIT: "diamond on a dashed line",
        MarkKind.HALT: "square on a dotted line",
    }
)

Fact = tuple[str, str]


def summary(reading: Reading) -> list[Fact]:
    """What it came to, each with its name."""
    state, series = reading.state, reading.series
    books = state.portfolio.at(state.bar.close if state.bar is not None else None)
    money = reading.opened.currency if reading.opened is not None else ""

    def amount(value: Decimal) -> str:
        return f"{plain(value)} {money}"

    low = min(series.drawdowns, default=0)
    return [
        ("records", f"{reading.head.seq + 1:,}"),
        ("bars", f"{len(series):,}"),
        ("equity", amount(books.equity)),
        ("realised", amount(books.realised_pnl)),
        ("unrealised", amount(books.unrealised_pnl)),
        ("fees", amount(books.fees)),
        ("deepest drawdown at a close", f"{low:,.2f} {money}"),
        ("position", plain(books.position)),
        ("cash", amount(books.cash)),
        ("trading", _trading(state.trading_state, state.trading_state_code)),
        ("orders working", str(len(state.working))),
        ("rows refused", f"{sum(reading.refused_by_rule.values()):,}"),
    ]


def _trading(state: TradingState, code: str) -> str:
    return f"{state.value} ({code})" if code else state.value


def stamps(reading: Reading) -> list[Fact]:
    """What says which journal this is: with these two anybody can be asked whether theirs is the same."""
    opened = reading.opened
    found: list[Fact] = []
    if opened is not None:
        found = [
            ("journal", opened.journal_id),
            ("mode", opened.mode.value),
            ("account", opened.account),
            ("instrument", opened.instrument.symbol),
            ("opening cash", f"{plain(opened.opening_cash)} {opened.currency}"),
        ]
        if opened.chapter is not None:
            before = opened.chapter
            found.append(("chapter", f"{before.number}, after record {before.seq} of {before.archive}"))
    return [*found, ("head record", str(reading.head.seq)), ("head hash", reading.head.hash)]


def run_facts(run: Run) -> list[Fact]:
    """What one run recorded of itself."""
    stopped = run.stopped
    ended = "no record says that it stopped: it goes on, or was killed"
    return [
        ("run", run.started.run_id),
        ("from record", str(run.seq)),
        ("build", run.started.build),
        ("configuration", run.started.config_digest),
        ("its values", origins_told(run.started)),
        ("data", run.started.feed),
        ("started", run.started.started_at.isoformat()),
        ("stopped", f"{stopped.stopped_at.isoformat()}: {stopped.reason.value}" if stopped is not None else ended),
    ]


def assumptions(reading: Reading) -> list[str]:
    """What the fills rest on, in sentences: the stated costs, and on which basis how many fills stand."""
    said = []
    execution = _execution(reading)
    if execution:
        stated = ", ".join(f"{name} = {shown(value)}" for name, value in sorted(execution.items()))
        said.append(f"the last run stated of its venue: {stated}")
    for basis in FillBasis:
        if count := reading.fills[basis.value]:
            said.append(f"{counted(count, 'fill')} {basis.value}: {BASES[basis]}")
    if not said or not reading.fills:
        said.append("nothing was filled")
    said.append(
        f"slippage came to {plain(reading.slippage)}, and fees to {plain(reading.state.portfolio.fees)}, in all"
    )
    said.append(
        "prices are drawn as they were recorded, and are not restated for splits: a split is marked where it was"
    )
    said.append("equity is cash plus the position at a bar's close; between closes it may have been lower")
    return said


def _execution(reading: Reading) -> dict[str, Any]:
    if not reading.runs:
        return {}
    try:
        tree: Any = json.loads(reading.runs[-1].started.configuration)
    except ValueError:
        return {}
    found = tree.get("execution") if isinstance(tree, dict) else None
    return found if isinstance(found, dict) else {}


def simulated(reading: Reading) -> bool:
    """Whether the orders went to the paper venue, whose assumptions the page then lists."""
    return _execution(reading).get("adapter") == "paper"
