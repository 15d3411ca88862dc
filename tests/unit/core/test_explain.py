"""What is said is drawn from the record, whatever the record holds."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from interlock.core.decision import CancelIntent, Decision, Finding, OrderIntent, Outcome, Verdict
from interlock.core.explain import did_something, explain, numbers_of, why
from interlock.core.faults import Fault
from interlock.core.market import EndOfData, RefusedRow, Session, Silence, Split
from interlock.core.observations import (
    ChangedSetting,
    ConfigurationChanged,
    CycleOverran,
    FaultObserved,
    HeldOrder,
    JournalResumed,
    LastEnd,
    Observation,
    RunStarted,
    RunStopped,
    SessionRolled,
    StopReason,
)
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderType, Side
from interlock.core.origins import Origin, OriginSource
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelRequested,
    EntriesQuarantined,
    Event,
    FaultRaised,
    OrderSubmitted,
    Record,
    ReportIgnored,
    TradingStateChanged,
)
from interlock.core.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.trading_state import TradingState
from interlock.testing.builders import a_bar
from interlock.testing.situations import a_fill, some_terms

AT = datetime(2020, 1, 2, 12, tzinfo=UTC)
LATER = datetime(2020, 1, 2, 18, tzinfo=UTC)
FAULT = Fault(where="strategy", error="KeyError", place="mine.py:3 propose")
FILL = a_fill(some_terms(), Decimal(1), Decimal(100))

STARTED = RunStarted(
    run_id="r", started_at=AT, build="interlock 1", config_digest="d", configuration="{}", feed="csv a.csv"
)

SAID: list[tuple[Observation, str]] = [
    (RefusedRow(source="a.csv", line=3, field="open", value="x", rule="no"), "row refused at a.csv:3: open 'x': no"),
    (RefusedRow(source="feed", line=0, field="open", value="x", rule="no"), "row refused at feed: open 'x': no"),
    (Split(instrument="T", ts_event=AT, ratio=Decimal(2)), "T splits: 1 becomes 2"),
    (Split(instrument="T", ts_event=AT, ratio=Decimal("5E-1")), "T splits: 1 becomes 0.5; what is then left"),
    (EndOfData(), "the data ends here"),
    (FaultObserved(fault=FAULT), "strategy raised KeyError at mine.py:3 propose"),
    (
        STARTED,
        "run r of interlock 1 starts on csv a.csv; where the values of the run's configuration came from was not "
        "recorded",
    ),
    (evolve(STARTED, origins=()), "run r of interlock 1 starts on csv a.csv; the run's configuration is the default"),
    (
        evolve(
            STARTED,
            origins=(
                Origin(source=OriginSource.COMMAND_LINE, name="--mode", keys={"run_mode": None}),
                Origin(source=OriginSource.FILE, name="a.toml", keys={"account": 3, "risk.price_jump.limit": 12}),
            ),
        ),
        "run r of interlock 1 starts on csv a.csv; the run's configuration is the default, but for run_mode from the "
        "command line (--mode) and 2 values from the file a.toml",
    ),
    (
        evolve(
            STARTED, origins=(Origin(source=OriginSource.ENVIRONMENT, name="INTERLOCK_MODE", keys={"run_mode": None}),)
        ),
        "run r of interlock 1 starts on csv a.csv; the run's configuration is the default, but for run_mode from the "
        "environment (INTERLOCK_MODE)",
    ),
    (RunStopped(run_id="r", stopped_at=AT, reason=StopReason.SIGNAL), "the run stops: SIGNAL"),
    (
        JournalResumed(
            last_seq=7,
            ended=LastEnd.KILLED,
            detail="it did not say",
            trading_state="ACTIVE",
            position=Decimal(5),
            cash=Decimal("9.50"),
            working=3,
            orders=(HeldOrder(client_order_id="a-1", state=OrderState.UNKNOWN),),
        ),
        "goes on from record 7; the earlier run was killed: it did not say; position 5, cash 9.50, "
        "3 working orders (a-1 UNKNOWN and 2 more); trading ACTIVE",
    ),
    (
        ConfigurationChanged(
            changes=(
                ChangedSetting(key="a", before=None, after="1"),
                ChangedSetting(key="b", before="1", after="2", loosens=True),
            ),
            left_out=2,
        ),
        "the configuration changed: a was not set, is 1; the configuration changed: b was 1, is 2 (loosened); "
        "and 2 more changes of the configuration",
    ),
    (CycleOverran(missed=3), "a cycle took too long; left out and not caught up: 3"),
    (SessionRolled(session=Session(open=AT, close=LATER), next_session=None), "session from 2020-01-02T12:00"),
    (OrderAccepted(client_order_id="o", venue_order_id="v", ts_event=AT), "o is accepted by the venue as v"),
    (
        OrderRejected(client_order_id="o", ts_event=AT, code="C", detail="too late"),
        'o is rejected by the venue: C: "too late"',
    ),
    (
        # As builds before this one recorded it.
        OrderRejected(client_order_id="o", ts_event=AT, code=Reason.ADAPTER_LATE, detail="the adapter was late"),
        'o was not sent: ADAPTER_LATE: "the adapter was late"',
    ),
    (
        OrderRejected(client_order_id="o", ts_event=AT, code=Reason.NEVER_ARRIVED),
        "o never came to the venue: NEVER_ARRIVED: the venue does not know the order",
    ),
    (
        OrderRejected(client_order_id="o", ts_event=AT, code=Reason.VENUE_IN_QUARANTINE),
        "o was not sent: VENUE_IN_QUARANTINE: the venue's adapter was late",
    ),
    (
        OrderRejected(
            client_order_id="o",
            ts_event=AT,
            code=Reason.OFF_TICK,
            numbers={"price": Decimal("9.5"), "tick": Decimal(1)},
        ),
        "o is rejected by the venue: OFF_TICK: the limit price 9.5 is not a multiple of the tick 1",
    ),
    (
        OrderRejected(
            client_order_id="o",
            ts_event=AT,
            code=Reason.REFUSED_BEFORE_SENDING,
            numbers={"because": Reason.KILL_SWITCH, "found": "HALT"},
        ),
        "o was not sent: the gate did not let it out to the venue: KILL_SWITCH: the kill switch is on (HALT)",
    ),
    (OrderCanceled(client_order_id="o", ts_event=AT), "o is canceled"),
    (CancelRejected(client_order_id="o", ts_event=AT, code="C"), "o could not be canceled: C"),
    (
        CancelRejected(client_order_id="o", ts_event=AT, code=Reason.ORDER_UNKNOWN_TO_US),
        "o could not be canceled: ORDER_UNKNOWN_TO_US: no working order is called o",
    ),
    (OrderExpired(client_order_id="o", ts_event=AT), "o expired at the end of its session"),
    (
        OrderExpired(client_order_id="o", ts_event=AT, code=Reason.NO_BAR_IN_SESSION),
        "session: NO_BAR_IN_SESSION: no bar",
    ),
    (OrderUnknown(client_order_id="o", ts_event=AT), "nobody can say what became of o"),
    (FILL, "bought 1"),
    (Silence(until=AT), ""),
]


@pytest.mark.parametrize(("observation", "words"), SAID)
def test_what_came_in_is_told(observation: Observation, words: str) -> None:
    """One sentence for each kind, with what it says."""
    told = why(Record(AT, observation))
    assert words in told
    assert bool(told) is bool(words)


EVENTS: list[tuple[Event, str]] = [
    (OrderSubmitted(terms=some_terms()), "goes out: BUY"),
    (CancelRequested(client_order_id="o", code=Reason.SPLIT_DECLARED), "cancel of o requested: a declared split"),
    (TradingStateChanged(state=TradingState.HALTED, code="X.Y"), "trading is HALTED: X.Y"),
    (EntriesQuarantined(bars=3, code="X.Y"), "entries are quarantined: X.Y"),
    (FaultRaised(fault=FAULT), "strategy raised KeyError"),
    (ReportIgnored(code="X.Y"), "ignored: X.Y"),
]


@pytest.mark.parametrize(("event", "words"), EVENTS)
def test_what_happened_is_told(event: Event, words: str) -> None:
    """One sentence for each kind of event; and a record with one did something."""
    record = Record(AT, Silence(until=AT), events=(event,))
    assert words in why(record)
    assert did_something(record)


def _decided(decision: Decision) -> str:
    return why(Record(AT, Silence(until=AT), decision))


def test_a_wish_is_told_with_its_verdict() -> None:
    """What was wanted, why, and what became of it."""
    cancel = CancelIntent(code="X.C", client_order_id="o")
    assert _decided(Decision(Outcome.APPROVED, "X.C", cancel)) == (
        "wants to cancel o because X.C: approved, 0 rules passed"
    )
    order = OrderIntent(
        code="X.W", side=Side.SELL, quantity=Decimal(2), order_type=OrderType.LIMIT, limit_price=Decimal(9)
    )
    assert _decided(Decision(Outcome.ERROR, "F", order)) == ("wants to sell 2 at 9 or better because X.W: error (F)")
    assert _decided(Decision(Outcome.ERROR, "F")) == "no decision (F)"


def test_small_amounts_are_told_in_plain_digits() -> None:
    """``str`` writes 1E-8, which is no amount that anybody would type."""
    small = Decimal("1E-8")
    order = OrderIntent(code="X.W", side=Side.SELL, quantity=small, order_type=OrderType.LIMIT, limit_price=small)
    fill = a_fill(some_terms(), small, small)
    told = [why(Record(AT, a_bar("0.00000001"))), why(Record(AT, fill)), _decided(Decision(Outcome.ERROR, "F", order))]
    assert all("0.00000001" in each for each in told)
    assert not [each for each in told if "E-" in each]


def test_missing_limits_are_one_sentence_and_other_denials_stand_beside_it() -> None:
    """Six missing limits are named once; what else denies is told with its numbers."""
    order = OrderIntent(code="X.W", side=Side.BUY, quantity=Decimal(2))
    findings = (
        Finding("a", Verdict.DENY, Reason.NO_LIMITS_CONFIGURED, numbers={"rule": "a"}),
        Finding("b", Verdict.DENY, Reason.NO_LIMITS_CONFIGURED, numbers={"rule": "b"}),
        Finding("c", Verdict.DENY, Reason.QUANTITY_EXCEEDS_MAXIMUM, Decimal(2), Decimal(1)),
        Finding("d", Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE),
    )
    told = _decided(Decision(Outcome.DENIED, Reason.NO_LIMITS_CONFIGURED, order, findings))
    assert "denied by 3 of 4 rules: NO_LIMITS_CONFIGURED: these mandatory controls have no limit: a, b; " in told
    assert told.endswith("QUANTITY_EXCEEDS_MAXIMUM: order quantity 2 exceeds the maximum 1")


def test_numbers_are_the_proposals_own() -> None:
    """For machines: none where nothing was proposed."""
    assert numbers_of(Record(AT, Silence(until=AT))) == {}
    assert explain(Record(AT, Silence(until=AT))) == ()
