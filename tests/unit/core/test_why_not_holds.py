"""Whatever is denied, under whatever limits: what is named as the smallest changes is just that.

A storm of bars, wishes and answers of a venue, under limits drawn by chance, so that many rules deny at once.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve as changed_of
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.again import Again, unforgetting
from interlock.core.cycle import state_for
from interlock.core.decision import CancelIntent, Finding, OrderIntent, Outcome, Proposal, Verdict
from interlock.core.evolve import evolve
from interlock.core.explain_why_not import why_not_section
from interlock.core.orders import OrderType, Side
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.trading_state import TradingState
from interlock.core.values import SMALLEST, times
from interlock.core.view import MarketView
from interlock.core.why_not import Change, WhyNot, why_not
from interlock.testing.builders import a_bar
from interlock.testing.deciding_again import again_at, limits_of, policy_of
from interlock.testing.fakes import NOTHING_TO_DO, ListedSessions, ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.scripted_venue import Move
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY

BARS = 18
MOVES: tuple[Move, ...] = ("accept", "accept", "accept", "accept", "reject", "unknown")
# Rules that compare two amounts, and let through what is not above the limit.
AMOUNTS = frozenset(
    {"clock", "order_in_doubt", "data_age", "stale_feed", "price_jump", "max_order_quantity", "max_order_notional"}
    | {"free_cash", "order_rate", "repeated_executions", "daily_loss", "drawdown"}
)


class Whim(ScriptedStrategy):
    """Wants anything at all, and the same again when asked again: chance is drawn from the bar's number."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    @override
    def propose(self, view: MarketView) -> Proposal:
        chance = random.Random(f"{self._seed} {view.bars_seen}")
        working = view.working_orders
        if working and chance.random() < 0.1:
            return CancelIntent(code="TEST.WISH", client_order_id=chance.choice(working).terms.client_order_id)
        if chance.random() < 0.05:
            return (
                CancelIntent(code="TEST.WISH", client_order_id="nobody's") if chance.random() < 0.3 else NOTHING_TO_DO
            )
        limit = chance.random() < 0.3
        return OrderIntent(
            code="TEST.WISH",
            side=chance.choice((Side.BUY, Side.BUY, Side.SELL)),
            quantity=Decimal(chance.choice(("1", "2", "3", "5", "8.25", "900"))),
            order_type=OrderType.LIMIT if limit else OrderType.MARKET,
            limit_price=Decimal(chance.choice(("61.7", "97", "99.99", "103", "150"))) if limit else None,
        )


def any_limits(chance: random.Random) -> dict[str, Any]:
    """Limits of every control, some of them far too tight."""

    def one_of(*texts: str) -> Decimal:
        return Decimal(chance.choice(texts))

    return limits_of(
        without=tuple(name for name in ("max_position", "price_jump", "session", "drawdown") if chance.random() < 0.05),
        clock={"limit_seconds": one_of("0", "1", "100")},
        order_in_doubt={"limit_seconds": one_of("30", "300")},
        allowed_instruments={"instruments": ("TEST",) if chance.random() < 0.9 else ("OTHER",)},
        data_age={"limit_seconds": one_of("0", "1", "60"), "bars_missed": chance.choice((0, 0, 1))},
        stale_feed={"limit_seconds": one_of("1", "300")},
        price_jump={"limit": one_of("0.01", "0.20", "0.5"), "bars": chance.choice((1, 3))},
        max_order_quantity={"limit": one_of("1", "2.5", "10", "10000")},
        max_order_notional={"limit": one_of("100", "500", "2000", "1000000")},
        price_collar={"limit": one_of("0.001", "0.05", "0.3")},
        max_position={"limit": one_of("2", "20", "100000"), "allow_short": chance.random() < 0.5},
        order_rate={
            "entries": chance.choice((1, 2, 5)),
            "exits": chance.choice((1, 5)),
            "window_seconds": Decimal(300),
        },
        repeated_executions={"limit": chance.choice((1, 4)), "window_seconds": Decimal(600)},
        daily_loss={"limit": one_of("0.01", "10", "1000")},
        drawdown={"limit": one_of("0.01", "10", "1000")},
    )


def storm(seed: int) -> Iterator[tuple[Record, Again]]:
    """One run: every record that holds a decision, and how to make it again."""
    chance = random.Random(seed)
    limits, strategy = any_limits(chance), Whim(seed)
    policy = policy_of(limits)
    rig = Rig(
        journal=MemoryJournal(),
        strategy=strategy,
        policy=policy,
        venue=ScriptedVenue(*(chance.choice(MOVES) for _ in range(BARS))),
        calendar=ListedSessions(sessions=(MONDAY, TUESDAY)),
    )
    stood = unforgetting(state_for(strategy, policy), strategy, policy, 20 * BARS)
    folded, at, price = 0, MONDAY.open, Decimal(100)
    for _ in range(BARS):
        at += MINUTE * chance.choice((1, 1, 1, 1, 1, 3))
        price = Decimal(chance.choice(("98.5", "99", "100", "100.25", "101", "101", "130", "0.3")))
        late = timedelta(seconds=chance.choice((0, 0, 0, 0, 2.5, 70, -90)))
        rig.step(a_bar(str(price), at=at), max(at + late, MONDAY.open))
        for record in rig.records[folded:]:
            if record.decision is not None:
                yield record, again_at(stood, record, strategy, limits)
            evolve(stood, record)
            folded += 1


def outcome(again: Again, changes: Mapping[str, Any]) -> Outcome | None:
    """What the moment comes to with these settings, by their keys."""
    limits = dict(again.limits)
    for key, value in changes.items():
        _, rule, name = key.split(".")
        limits[rule] = changed_of(limits[rule], **{name: value})
    decision = again.under(limits).record.decision
    return decision.outcome if decision is not None else None


def shorter(change: Change) -> list[Any]:
    """One step short of it: the step that is told, and the finest that can be written."""
    if isinstance(change.needed, Decimal):
        steps = (Decimal(change.step or 0), SMALLEST)
        return [change.needed - step for step in steps if change.needed > step]
    if isinstance(change.needed, bool) or not isinstance(change.needed, int):
        return [change.was]
    return [change.needed - 1] if change.needed > 1 else []


def hold(again: Again, found: WhyNot) -> None:
    """The changes alone let it pass, unless an obstacle is named; none can be left out, or be a step less."""
    needed = {change.key: change.needed for change in found.changes}
    assert all(change.is_smallest for change in found.changes)
    assert all(said.text and said.text.isprintable() for said in why_not_section(found).sentences)
    if found.obstacles:
        assert outcome(again, needed) is Outcome.DENIED
        return
    assert outcome(again, needed) is Outcome.APPROVED
    for change in found.changes:
        without = {key: value for key, value in needed.items() if key != change.key}
        assert outcome(again, without) is Outcome.DENIED, f"{change.key} is not needed"
        for short in shorter(change):
            assert outcome(again, {**needed, change.key: short}) is Outcome.DENIED, (
                f"{change.key} = {short} does it, too"
            )


@given(seed=st.integers(0, 2**32))
def test_what_is_named_is_what_was_needed(seed: int) -> None:
    """For every denied order of any run."""
    for record, again in storm(seed):
        found = why_not(again)
        denied = record.decision is not None and record.decision.outcome is Outcome.DENIED
        assert (found is not None) == denied
        if found is not None:
            hold(again, found)


def _severity(state: object) -> int:
    return TradingState(str(state)).severity


def recomputed(finding: Finding) -> bool:
    """Whether the finding's own numbers deny."""
    observed, limit = finding.observed, finding.limit
    if finding.rule in AMOUNTS:
        assert isinstance(observed, Decimal | int)
        assert isinstance(limit, Decimal | int)
        return observed > limit
    match finding.rule:
        case "price_collar":
            # The share is rounded; what was compared is told beside it.
            price, reference = finding.numbers["price"], finding.numbers["reference"]
            assert isinstance(price, Decimal)
            assert isinstance(reference, Decimal)
            assert isinstance(limit, Decimal)
            return abs(price - reference) > times(limit, reference)
        case "max_position":
            assert isinstance(observed, Decimal)
            assert isinstance(limit, Decimal | int)
            return observed < limit if finding.code == Reason.SHORT_NOT_ALLOWED else abs(observed) > limit
        case "allowed_instruments":
            return str(observed) not in str(limit).split(", ")
        case "session":
            closes = str(limit).rpartition(" to ")[2]
            return " to " not in str(limit) or str(observed) > closes
        case "trading_state":
            return observed not in list(TradingState) or _severity(observed) > _severity(limit)
        case _:
            assert finding.rule == "live_arming", "say how its numbers compare"
            return observed == limit


@given(seed=st.integers(0, 2**32))
def test_each_verdict_follows_from_the_findings_own_numbers(seed: int) -> None:
    """So whoever reads an explanation can work it out again."""
    for record, _ in storm(seed):
        for finding in record.decision.findings if record.decision is not None else ():
            if finding.code in (Reason.NO_LIMITS_CONFIGURED, Reason.ORDER_UNKNOWN_TO_US):
                assert finding.denies
            elif finding.verdict in (Verdict.PASS, Verdict.DENY):
                assert recomputed(finding) == finding.denies, finding


def test_the_storms_reach_every_kind_of_answer() -> None:
    """Nearly every limit that there is, obstacles, and orders that nothing denied any more: else little was held."""
    keys, obstacles, passes = set[str](), set[str](), 0
    for seed in range(16):
        for _, again in storm(seed):
            found = why_not(again)
            if found is not None:
                keys |= {change.key for change in found.changes}
                obstacles |= {finding.code for finding in found.obstacles}
                passes += found.passes
    assert passes > 50
    assert len(keys) >= 13, sorted(keys)
    assert len(obstacles) >= 7, sorted(obstacles)
