"""A moment is told whole: in its sentences stands what the record holds, and nothing else does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, OrderIntent, Outcome, Verdict
from interlock.core.explain import Section, Sentence, Story, story
from interlock.core.explain_headlines import HEADLINES, headline
from interlock.core.explain_story import SECTIONS
from interlock.core.explain_words import listed
from interlock.core.faults import Fault
from interlock.core.market import Bar, EndOfData, Session, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.moment import Moment, Numbered, Rederived, Settled, Standing, orders_of
from interlock.core.observations import Observation, SessionRolled
from interlock.core.orders import OrderType, Side, TimeInForce
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelRequested,
    EntriesQuarantined,
    Event,
    FaultRaised,
    OrderSubmitted,
    Record,
    ReleaseRefused,
    ReportIgnored,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.reports import OrderAccepted, OrderCanceled, OrderExpired
from interlock.core.trading_state import TradingState
from interlock.core.values import Numbers
from interlock.testing.builders import a_bar, an_instrument
from interlock.testing.situations import a_fill, some_terms

AT = datetime(2024, 1, 8, 15, tzinfo=UTC)
SESSION = Session(open=AT - timedelta(hours=1), close=AT + timedelta(hours=6))
NEXT = Session(open=AT + timedelta(hours=23), close=AT + timedelta(hours=30))
BAR = a_bar("100.5", open="99", at=AT)
STANDING = Standing(
    position=Decimal(0),
    cash=Decimal("1000.00"),
    equity=Decimal(1000),
    realised_pnl=Decimal(0),
    unrealised_pnl=Decimal(0),
    fees=Decimal(0),
    trading_state=TradingState.ACTIVE,
    trading_state_code="",
    working=0,
)
TERMS = some_terms(quantity=Decimal(3), price=Decimal("105.50"), ts_init=AT)
FAULT = Fault(where="strategy", error="KeyError", place="mine.py:3 propose")
TREND: Numbers = {"fast": 2, "slow": 3, "fast_sum": Decimal(204), "slow_sum": Decimal(300)}
NOTHING = Decision(Outcome.NO_ACTION, Reason.OBSERVING, NoAction(Reason.OBSERVING))


def a_record(
    observation: Observation = BAR,
    decision: Decision | None = None,
    *events: Event,
    at: datetime = AT,
    order: str | None = None,
) -> Record:
    """A record of it."""
    return Record(ts_init=at, observation=observation, decision=decision, events=events, correlation_id=order)


def a_moment(record: Record, **changes: Any) -> Moment:
    """A moment around ``record``, of which nothing came."""
    moment = Moment(
        seq=7,
        last_seq=20,
        record=record,
        mode=RunMode.SIM,
        account="demo",
        instrument=an_instrument(),
        currency="USD",
        before=STANDING,
        after=STANDING,
        settled=None,
        bar=BAR,
        age=timedelta(0),
        session=SESSION,
        execution_session=SESSION,
        bars_missed=0,
        bars_overdue=0,
        causes=(),
        followed=(),
        ended=True,
        looked_until=20,
        rederived=Rederived(matches=True),
    )
    return replace(moment, **changes)


def said(told: Story, key: str) -> str:
    """The sentences of that section in one."""
    section = told.section(key)
    return "" if section is None else " ".join(sentence.text for sentence in section.sentences)


def facts(told: Story, key: str) -> Mapping[str, Any]:
    """What that section says for machines."""
    section = told.section(key)
    assert section is not None
    return section.facts


# ------------------------------------------------------------------------------------------- headlines


def test_every_observation_has_its_headline() -> None:
    """Whatever can come in is told by a phrase of its own."""
    assert set(HEADLINES) == {kind.__name__ for kind in get_args(Observation)}
    assert len(set(HEADLINES.values())) == len(HEADLINES)


ENDINGS = [
    (TradingStateChanged(state=TradingState.HALTED, code="X"), "trading became HALTED"),
    (TradingStateReleased(code="X"), "trading was released"),
    (ReleaseRefused(code="X"), "the release was refused"),
    (EntriesQuarantined(bars=3, code="X"), "entries were quarantined"),
    (ReportIgnored(code="X"), "it changed nothing"),
]


@pytest.mark.parametrize(("event", "ending"), ENDINGS)
def test_a_headline_ends_with_what_happened(event: Event, ending: str) -> None:
    """Once, however often it did; what an order's making is told by needs no second word."""
    record = a_record(EndOfData(), None, event, event, FaultRaised(fault=FAULT))
    assert headline(record) == f"the data ended, and {ending}"


WISH = OrderIntent(code=Reason.TREND_TURNED_UP, side=Side.BUY, quantity=Decimal(3), numbers=TREND)
CANCEL = CancelIntent(code="MINE.STALE", client_order_id="0123-1")
DECIDED = [
    (NOTHING, "the strategy wished for nothing"),
    (Decision(Outcome.APPROVED, "X", WISH), "the strategy wished to buy 3, and it was approved"),
    (Decision(Outcome.DENIED, "X", replace(WISH, side=Side.SELL)), "the strategy wished to sell 3, and it was denied"),
    (Decision(Outcome.APPROVED, "X", CANCEL), "the strategy wished to cancel an order, and it was approved"),
    (Decision(Outcome.ERROR, Reason.FAULT_IN_STRATEGY), "the decision failed"),
]


@pytest.mark.parametrize(("decision", "words"), DECIDED)
def test_a_headline_says_what_was_decided(decision: Decision, words: str) -> None:
    """Of a bar; a silence is told as what it is."""
    assert headline(a_record(BAR, decision)) == words
    assert headline(a_record(Silence(until=AT), NOTHING)) == "no bar came"


@pytest.mark.parametrize(
    ("command", "words"),
    [(Command.HALT, "halted trading"), (Command.REDUCE, "let trading only reduce"), (Command.RESUME, "asked for")],
)
def test_a_command_is_told_as_what_was_asked(command: Command, words: str) -> None:
    """And by a person."""
    observation = OperatorCommand(command=command, reason="why", by="anna")
    assert headline(a_record(observation)).startswith(f"a person {words}")
    assert said(story(a_moment(a_record(observation))), "seen").startswith("What came in: anna ")


# ------------------------------------------------------------------------------------------------ seen


def test_a_bar_is_told_with_its_age_its_session_and_what_was_missed() -> None:
    """In the order in which one would ask."""
    told = story(a_moment(a_record(BAR, NOTHING)))
    assert said(told, "seen") == (
        "TEST closed at 100.50 on 2024-01-08T15:00:00Z. The bar had opened at 99, its highest price was 100.50, its "
        "lowest 99, and 1000 were traded. It was looked at as it closed. The bar's session went from "
        "2024-01-08T14:00:00Z to 2024-01-08T21:00:00Z; an order decided then is for this session. No bar that the "
        "calendar expects before it is missing."
    )
    late = a_moment(a_record(BAR, NOTHING), age=timedelta(seconds=90), execution_session=NEXT, bars_missed=2)
    told = story(late)
    assert "It was looked at 1 min 30 s after it closed." in said(told, "seen")
    assert "is for the next one, from 2024-01-09T14:00:00Z to 2024-01-09T21:00:00Z." in said(told, "seen")
    assert "Before it 2 bars that the calendar expects did not come." in said(told, "seen")
    assert facts(told, "seen")["bars_missed"] == 2
    assert facts(told, "seen")["bar_age"] == "1 min 30 s"
    told = story(a_moment(a_record(BAR, NOTHING), age=timedelta(seconds=-2)))
    assert "By the run's clock it was looked at 2 s before it closed." in said(told, "seen")


def test_what_no_session_is_known_for_is_said() -> None:
    """Of the bar, or of an order decided at it."""
    told = story(a_moment(a_record(BAR, NOTHING), execution_session=None))
    assert "no session that an order decided then could be for is known." in said(told, "seen")
    told = story(a_moment(a_record(BAR, NOTHING), session=None, execution_session=None))
    assert "The bar lies in no session that the calendar knows" in said(told, "seen")
    assert facts(told, "seen")["session"] is None


def test_what_is_no_bar_is_told_with_the_newest_one() -> None:
    """Where there is one."""
    record = a_record(Silence(until=AT), NOTHING)
    told = story(a_moment(record, age=timedelta(hours=2), bars_overdue=3))
    assert said(told, "seen").startswith(
        "The newest bar by then had closed at 100.50 on 2024-01-08T15:00:00Z, 2 h before. 3 bars should have come since"
    )
    for age, apart in (
        (timedelta(0), "at that moment"),
        (timedelta(hours=-1), "1 h later than this record by the run's"),
    ):
        told = story(a_moment(record, age=age))
        assert f"had closed at 100.50 on 2024-01-08T15:00:00Z, {apart}" in said(told, "seen")
    told = story(a_moment(record, bar=None, age=None, session=None, execution_session=None))
    assert said(told, "seen") == "No bar had been seen by then."
    assert facts(told, "seen")["bar"] is None


def test_at_a_split_prices_are_said_to_be_restated() -> None:
    """Or the close that is told would be twice the one that was seen."""
    split = Split(instrument="TEST", ts_event=AT, ratio=Decimal(2))
    told = story(a_moment(a_record(split)))
    assert said(told, "seen").startswith(
        "What came in: TEST splits: 1 becomes 2. The newest bar by then had closed at "
    )
    assert "Its prices, like all before it, are told in units after the split." in said(told, "seen")


def test_a_fill_is_told_with_its_assumption_and_without_what_is_due() -> None:
    """It is taken before the bar that it was made of, so that bar is no bar that did not come."""
    fill = a_fill(TERMS, Decimal(1), Decimal(100))
    told = story(a_moment(a_record(fill), age=timedelta(days=3), bars_overdue=1, session=None, execution_session=None))
    assert said(told, "seen").startswith(f"What came in of {TERMS.client_order_id}: bought 1 TEST at 100 each, for ")
    assert "slippage cost" in said(told, "seen")
    assert said(told, "seen").endswith(
        "The newest bar by then had closed at 100.50 on 2024-01-08T15:00:00Z, 3 days before."
    )
    assert facts(told, "seen")["bars_overdue"] is None


BETWEEN_BARS: list[Observation] = [
    SessionRolled(session=SESSION, next_session=NEXT),
    KillSwitchSeen(state=TradingState.HALTED, found="HALT"),
    OperatorCommand(command=Command.HALT, reason="why", by="anna"),
    OrderAccepted(client_order_id="0123-1", venue_order_id="paper-1", ts_event=AT),
    EndOfData(),
]


@pytest.mark.parametrize("observation", BETWEEN_BARS, ids=lambda each: type(each).__name__)
def test_what_no_decision_looked_at_is_told_of_no_missing_bar_and_no_session(observation: Observation) -> None:
    """Between two bars the newest one is all that there is to say; a silence, which looks at what is due, says more."""
    apart: dict[str, Any] = {"age": timedelta(days=3), "bars_overdue": 1, "session": None, "execution_session": None}
    told = story(a_moment(a_record(observation), **apart))
    assert said(told, "seen").endswith("2024-01-08T15:00:00Z, 3 days before.")
    assert facts(told, "seen")["bars_overdue"] is None
    assert facts(story(a_moment(a_record(Silence(until=AT), NOTHING), **apart)), "seen")["bars_overdue"] == 1


# ------------------------------------------------------------------------------------------------ wish


WISHES = [
    (WISH, "To buy 3 TEST at the market, good for one session: the 2-bar average 102 is above the 3-bar average 100 "),
    (
        replace(WISH, order_type=OrderType.LIMIT, limit_price=Decimal("99.5"), time_in_force=TimeInForce.IOC),
        "To buy 3 TEST at 99.50 or better, to be filled at once, as far as that goes: ",
    ),
    (
        replace(WISH, order_type=OrderType.STOP, side=Side.SELL),
        "To sell 3 TEST as a STOP order, good for one session: ",
    ),
    (CANCEL, "To cancel 0123-1: MINE.STALE."),
    (NoAction(Reason.TREND_DOWN_AND_FLAT, TREND), "Nothing: the 2-bar average 102 is below the 3-bar average 100 and "),
    (None, "Nothing that can be told: it failed before it could say."),
]


@pytest.mark.parametrize(("wish", "words"), WISHES)
def test_a_wish_is_told_with_why_and_the_numbers(wish: Any, words: str) -> None:
    """As the strategy recorded them."""
    told = story(a_moment(a_record(BAR, Decision(Outcome.ERROR, Reason.FAULT_IN_DECIDE, wish))))
    assert said(told, "wish").startswith(words)
    numbers = "The numbers behind that: fast 2, fast_sum 204, slow 3, slow_sum 300."
    assert (numbers in said(told, "wish")) is bool(getattr(wish, "numbers", None))
    assert facts(told, "wish")["kind"] == (type(wish).__name__ if wish is not None else None)


def test_without_a_decision_there_is_no_wish_and_no_rule() -> None:
    """A session begins by itself."""
    told = story(a_moment(a_record(SessionRolled(session=SESSION, next_session=None))))
    assert (told.section("wish"), told.section("rules"), told.outcome, told.code) == (None, None, "", "")
    assert said(told, "followed") == "No later record names it as its cause."


# ----------------------------------------------------------------------------------------------- rules


def finding(rule: str, verdict: Verdict, code: str = Reason.PASSED, **numbers: Any) -> Finding:
    """What a rule found."""
    return Finding(rule, verdict, code, Decimal(3), Decimal(2), numbers)


def test_denials_come_first_and_what_was_not_asked_last() -> None:
    """Each with its numbers, and with what to do."""
    findings = (
        finding("max_position", Verdict.PASS),
        finding("max_order_quantity", Verdict.DENY, Reason.QUANTITY_EXCEEDS_MAXIMUM),
        Finding("daily_loss", Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE),
        Finding("session", Verdict.DENY, Reason.NO_LIMITS_CONFIGURED, numbers={"rule": "session"}),
        finding("mine", Verdict.CANNOT_EVALUATE, "MINE.NO"),
        Finding("price_jump", Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE),
    )
    told = story(a_moment(a_record(BAR, Decision(Outcome.DENIED, "X", WISH, findings))))
    section = told.section("rules")
    assert section is not None
    texts = [sentence.text for sentence in section.sentences]
    assert texts[0] == "Denied by 3 rules (asked: 4)."
    assert texts[1].startswith("max_order_quantity denied it: QUANTITY_EXCEEDS_MAXIMUM: ")
    assert "Write a [risk.session] table." in texts[2]
    assert texts[3] == "mine denied it: MINE.NO (limit=2, observed=3, rule=mine)."
    assert texts[4:] == [
        "max_position passed: the position could become 3, and 2 is allowed.",
        "Not for orders of this kind, so not asked: daily_loss and price_jump.",
    ]
    assert [each["rule"] for each in section.facts["findings"]] == [each.rule for each in findings]  # type: ignore[union-attr, call-overload, index]
    assert said(told, "followed") == "Nothing was sent: what is denied is no order."


def test_an_approval_counts_what_was_asked() -> None:
    """A cancel is asked about by nobody; a decision that failed has no verdict."""
    passed = (finding("max_position", Verdict.PASS),)
    told = story(a_moment(a_record(BAR, Decision(Outcome.APPROVED, "X", WISH, passed))))
    assert said(told, "rules").startswith("Approved: no rule denied it (asked: 1).")
    spared = (Finding("daily_loss", Verdict.NOT_APPLICABLE, Reason.NOT_APPLICABLE),)
    told = story(a_moment(a_record(BAR, Decision(Outcome.APPROVED, "X", CANCEL, spared))))
    assert said(told, "rules") == "Approved. Nothing may stand in the way of a cancel, so no rule was asked about it."
    told = story(a_moment(a_record(BAR, Decision(Outcome.ERROR, Reason.FAULT_IN_DECIDE, WISH))))
    assert said(told, "rules") == "No verdict: FAULT_IN_DECIDE."
    assert said(story(a_moment(a_record(BAR, NOTHING))), "rules").startswith("No rule was asked")


# -------------------------------------------------------------------------------- happened, followed, chain


def test_what_happened_beside_the_order_is_told_with_its_numbers() -> None:
    """The order itself is the first of what followed."""
    halted = TradingStateChanged(state=TradingState.HALTED, code=Reason.FAULT_IN_STRATEGY, numbers={"error": "E"})
    told = story(a_moment(a_record(BAR, NOTHING, FaultRaised(fault=FAULT), halted)))
    assert said(told, "happened").startswith(
        "On record: strategy raised KeyError at mine.py:3 propose. On record: trad"
    )
    assert facts(told, "happened")["events"] == ["FaultRaised", "TradingStateChanged"]
    assert story(a_moment(a_record(BAR, NOTHING, OrderSubmitted(terms=TERMS)))).section("happened") is None


def test_an_order_is_told_from_its_making_to_its_end() -> None:
    """Each record with its number, and how long after."""
    ours = TERMS.client_order_id
    later = AT + timedelta(minutes=1)
    numbers = {"extreme": Decimal(99), "limit": Decimal(98)}
    followed = (
        Numbered(seq=8, record=a_record(OrderAccepted(client_order_id=ours, venue_order_id="v-1", ts_event=AT))),
        Numbered(seq=9, record=a_record(a_fill(TERMS, Decimal(1), Decimal(100)), at=later)),
        Numbered(
            seq=10, record=a_record(BAR, NOTHING, CancelRequested(client_order_id=ours, code=Reason.SPLIT_DECLARED))
        ),
        Numbered(
            seq=11,
            record=a_record(
                OrderExpired(client_order_id=ours, ts_event=AT, code=Reason.NOT_TRADED_THROUGH, numbers=numbers)
            ),
        ),
        Numbered(seq=12, record=a_record(OrderCanceled(client_order_id=ours, ts_event=AT))),
    )
    record = a_record(BAR, Decision(Outcome.APPROVED, "X", WISH), OrderSubmitted(terms=TERMS), order=ours)
    record = replace(record, causation_id="0123-bar-7")
    told = story(a_moment(record, followed=followed))
    words = said(told, "followed")
    for expected in (
        f"An order was put on record and handed over to be sent: {ours}, to buy 3 TEST at the market, never ",
        "Record 8, at the same time: the venue accepted the order, as v-1.",
        "Record 9, 1 min later: bought 1 TEST at 100 each, for a fee of ",
        "Record 10, at the same time: TEST closed at 100.5.",
        f"Record 10, at the same time: cancel of {ours} requested: a declared split",
        "Record 11, at the same time: the order expired: NOT_TRADED_THROUGH: the market came to 99 and did not ",
        f"Record 12, at the same time: {ours} is canceled.",
    ):
        assert expected in words
    assert said(told, "chain") == (
        "In order: record 7 (this one), then 8, then 9, then 10, then 11, then 12. Whatever belongs to it is recorded "
        f"under {ours}. What directly caused it is recorded as 0123-bar-7."
    )
    assert facts(told, "followed")["orders"][0]["client_order_id"] == ours


def test_a_limit_order_that_sells_is_told_with_its_limit() -> None:
    """And with the price below which it never fills."""
    terms = replace(TERMS, side=Side.SELL, order_type=OrderType.LIMIT, limit_price=Decimal("110.5"))
    told = story(a_moment(a_record(BAR, Decision(Outcome.APPROVED, "X", WISH), OrderSubmitted(terms=terms))))
    assert "to sell 3 TEST at 110.50 or better, never below 105.50, in the session from " in said(told, "followed")


def test_a_sale_is_told_as_one() -> None:
    """With the assumption that its price rests on."""
    fill = a_fill(replace(TERMS, side=Side.SELL), Decimal(1), Decimal(100))
    told = story(a_moment(a_record(BAR, NOTHING), followed=(Numbered(seq=8, record=a_record(fill)),)))
    assert "Record 8, at the same time: sold 1 TEST at 100 each" in said(told, "followed")


def test_what_may_still_follow_is_said() -> None:
    """Because the journal ends there, or because no more of it was looked at."""
    record = a_record(BAR, Decision(Outcome.APPROVED, "X", WISH), OrderSubmitted(terms=TERMS))
    told = story(a_moment(record, ended=False))
    assert said(told, "followed").endswith("More may follow: the journal ends with record 20.")
    told = story(a_moment(record, ended=False, looked_until=19))
    assert said(told, "followed").endswith("More may follow: only the records up to 19 were looked at.")
    told = story(a_moment(a_record(BAR, NOTHING)))
    assert said(told, "followed") == "Nothing, for no order was made."


def test_causes_are_named_with_their_times() -> None:
    """And of a record without any it is said that there is none."""
    cause = Numbered(seq=3, record=a_record(OperatorCommand(command=Command.HALT, reason="why", by="anna")))
    told = story(a_moment(a_record(BAR, NOTHING), causes=(cause,)))
    assert said(told, "chain") == (
        "Record 3, 2024-01-08T15:00:00Z, led to it: a person halted trading. In order: record 3, then 7 (this one)."
    )
    assert said(story(a_moment(a_record(BAR, NOTHING))), "chain") == (
        "No earlier record is named as its cause, and no later one follows from it."
    )
    assert said(story(a_moment(a_record(BAR, NOTHING), ended=False)), "chain") == (
        "No earlier record is named as its cause, and so far no later one follows from it."
    )


def test_the_orders_of_a_record_are_those_it_makes_cancels_wishes_to_cancel_or_hears_of() -> None:
    """Each once, in that order."""
    ours = TERMS.client_order_id
    cancel = CancelRequested(client_order_id="other-2", code=Reason.CALLED_BACK)
    record = a_record(BAR, Decision(Outcome.APPROVED, "X", CANCEL), OrderSubmitted(terms=TERMS), cancel, cancel)
    assert orders_of(record) == (ours, "other-2", "0123-1")
    assert orders_of(a_record(OrderCanceled(client_order_id="one-1", ts_event=AT))) == ("one-1",)
    assert orders_of(a_record(EndOfData())) == ()


# ------------------------------------------------------------------------------------- books, made once more


def test_the_books_are_told_before_after_and_once_all_has_followed() -> None:
    """In the journal's currency; with the reason where trading is restricted."""
    after = replace(STANDING, working=2, trading_state=TradingState.HALTED, trading_state_code="OPERATOR_HALT")
    settled = Settled(seq=9, standing=replace(STANDING, position=Decimal(3), cash=Decimal("690.5")))
    told = story(a_moment(a_record(BAR, NOTHING), after=after, settled=settled))
    assert said(told, "books") == (
        "Before: position 0 TEST, cash 1000 and equity 1000 USD; profit realised 0, not realised 0, fees 0; trading "
        "ACTIVE, no order working. After this record: position 0 TEST, cash 1000 and equity 1000 USD; profit realised "
        "0, not realised 0, fees 0; trading HALTED (OPERATOR_HALT), 2 orders working. After record 9: position 3 TEST, "
        "cash 690.50 and equity 1000 USD; profit realised 0, not realised 0, fees 0; trading ACTIVE, no order working."
    )
    told = story(a_moment(a_record(BAR, NOTHING)))
    assert said(told, "books").endswith("After this record: unchanged.")
    assert facts(told, "books")["settled"] is None


def test_whether_it_was_made_once_more_is_the_last_word() -> None:
    """The same, another, or not to be made here; and by which builds."""
    record = a_record(BAR, NOTHING)
    assert story(a_moment(record)).sections[-1].key == "checked"
    differs = Rederived(matches=False, what="decision.code", recorded="A", derived="B", made_by="one", here="other")
    words = said(story(a_moment(record, rederived=differs)), "checked")
    assert "The first difference is in decision.code: recorded is A, and what follows is B." in words
    assert words.endswith("It was recorded by one, and made once more by other.")
    words = said(story(a_moment(record, rederived=Rederived(matches=None, what="nobody has it"))), "checked")
    assert words == "It could not be made once more here: nobody has it. It is told as it was recorded."


def test_sections_of_others_are_told_in_their_place() -> None:
    """Between what was found and what followed."""
    more = [Section(key=key, sentences=(Sentence(text="So it is."),)) for key in ("what_if", "why_not", "distance")]
    told = story(a_moment(a_record(BAR, NOTHING)), more)
    keys = [section.key for section in told.sections]
    assert keys == [key for key in SECTIONS if key != "happened"]
    assert all(section.title == SECTIONS[section.key] for section in told.sections)


def test_words_in_a_row_read_well() -> None:
    """None, one, or many."""
    assert [listed([]), listed(["a"]), listed(["a", "b"])] == ["", "a", "a and b"]


def test_what_is_told_is_the_bar_of_the_record() -> None:
    """A guard against telling one bar's numbers under another's time."""
    other: Bar = a_bar("7", at=AT)
    assert "TEST closed at 7 on " in said(story(a_moment(a_record(other, NOTHING), bar=other)), "seen")
