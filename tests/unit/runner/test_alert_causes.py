"""What needs a person, and what does not: decided by a table, told once."""

from decimal import Decimal

import pytest

from interlock.core.decision import Decision, Finding, OrderIntent, Outcome, Verdict
from interlock.core.observations import ReconciliationFailed, StopReason, VenueReconciled
from interlock.core.orders import Side
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason
from interlock.core.records import (
    Disarmed,
    EntriesQuarantined,
    Event,
    OrderSubmitted,
    Record,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.values import Numbers
from interlock.runner import alert_causes
from interlock.runner.alert_causes import INTERNAL_ERROR, NEED_NOBODY, Causes
from interlock.runner.restriction import Restriction
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME, a_bar

INTENT = OrderIntent(side=Side.BUY, quantity=Decimal(1), code="TEST.WISH")
HALT = TradingStateChanged(
    state=TradingState.HALTED,
    code=Reason.FAULT_IN_STRATEGY,
    numbers={"error": "KeyError", "place": "mine.py:3 propose", "where": "strategy"},
)


def _happened(*events: Event) -> Record:
    return Record(A_TIME, a_bar(), None, events)


def _denied(*codes: str, rule: str = "a_rule") -> Record:
    findings = tuple(
        Finding(rule=f"{rule}{number or ''}", verdict=Verdict.DENY, code=code) for number, code in enumerate(codes)
    )
    return Record(A_TIME, a_bar(), Decision(Outcome.DENIED, codes[0], INTENT, findings))


def test_a_halt_is_told_once_with_its_sentence_and_its_remedy() -> None:
    """However often it comes again."""
    causes = Causes()
    (alert,) = causes.of(_happened(HALT))
    assert (alert.code, alert.numbers, alert.is_told) == (HALT.code, HALT.numbers, True)
    assert alert.sentence == "trading is HALTED: the strategy failed: KeyError (mine.py:3 propose)"
    assert alert.to_do == REASONS[Reason.FAULT_IN_STRATEGY].remedy
    assert causes.of(_happened(HALT)) == []
    (other,) = causes.of(_happened(TradingStateChanged(state=TradingState.HALTED, code=Reason.KILL_SWITCH)))
    assert other.code == Reason.KILL_SWITCH


@pytest.mark.parametrize("code", [code for code, text in REASONS.items() if text.category is Category.HALT])
def test_every_reason_that_halts_needs_a_person(code: Reason) -> None:
    """None is left out, whoever adds one."""
    (alert,) = Causes().of(_happened(TradingStateChanged(state=TradingState.HALTED, code=code)))
    assert alert.to_do


def test_after_a_release_the_same_cause_is_news() -> None:
    """A person was here in between."""
    causes = Causes()
    assert causes.of(_happened(HALT))
    assert causes.of(_happened(TradingStateReleased(code=Reason.OPERATOR_RESUME))) == []
    assert [alert.code for alert in causes.of(_happened(HALT))] == [HALT.code]
    released = TradingStateReleased(code=Reason.OPERATOR_RESUME)
    assert [alert.code for alert in causes.of(_happened(released, HALT))] == [HALT.code]


def test_a_jump_and_an_arming_that_ended_need_a_person() -> None:
    """Somebody has to say whether it was a split, and somebody has to arm anew."""
    numbers: Numbers = {"observed": Decimal("0.5"), "limit": Decimal("0.2"), "from_price": 2, "to_price": 1, "bars": 3}
    (jump,) = Causes().of(_happened(EntriesQuarantined(bars=3, code=Reason.PRICE_JUMP, numbers=numbers)))
    assert "the price jumped from " in jump.sentence
    (ended,) = Causes().of(_happened(Disarmed(code=Reason.LIVE_ARMING_EXPIRED, numbers={"expires_at": "noon"})))
    assert (ended.code, ended.is_told) == (Reason.LIVE_ARMING_EXPIRED, False)


@pytest.mark.parametrize("code", [code for code, text in REASONS.items() if text.category is Category.DENIAL])
def test_a_denial_needs_a_person_unless_the_table_says_otherwise(code: Reason) -> None:
    """So a reason that nobody has thought about here is told."""
    assert len(Causes().of(_denied(code))) == (code not in NEED_NOBODY)


def test_the_table_names_denials_alone() -> None:
    """Anything else in it would be an error."""
    assert {REASONS[code].category for code in NEED_NOBODY} == {Category.DENIAL}
    assert Reason.NO_LIMITS_CONFIGURED not in NEED_NOBODY
    assert Reason.DATA_STALE not in NEED_NOBODY


def test_six_missing_limits_are_one_alert_that_names_them_all() -> None:
    """It is one file that has to be written."""
    causes = Causes()
    (alert,) = causes.of(_denied(Reason.NO_LIMITS_CONFIGURED, Reason.NO_LIMITS_CONFIGURED))
    assert alert.numbers["rule"] == "a_rule, a_rule1"
    assert alert.sentence == "the mandatory controls a_rule and a_rule1 have no limit"
    assert alert.to_do == "Write the tables [risk.a_rule] and [risk.a_rule1]. There is no default on purpose."
    assert causes.of(_denied(Reason.NO_LIMITS_CONFIGURED)) == []


def test_one_missing_limit_is_told_in_its_own_words() -> None:
    """As a record tells it."""
    (alert,) = Causes().of(_denied(Reason.NO_LIMITS_CONFIGURED))
    assert alert.sentence == "the mandatory control a_rule has no limit"
    assert alert.to_do == "Write a [risk.a_rule] table. There is no default on purpose."


def test_what_several_rules_say_names_them_all() -> None:
    """In a sentence of its own where there is one, else behind that of the first."""
    (alert,) = Causes().of(_denied(Reason.CHECK_NOT_EVALUABLE, Reason.CHECK_NOT_EVALUABLE))
    assert alert.sentence == "the rules a_rule and a_rule1 could not be evaluated"
    (alert,) = Causes().of(_denied(Reason.DATA_STALE, Reason.DATA_STALE))
    assert alert.sentence.endswith(" (a_rule and a_rule1)")


def test_what_kept_entries_out_is_news_again_after_an_entry_got_through() -> None:
    """An exit says nothing about it; and a halt stays told."""
    causes = Causes()
    causes.of(_happened(HALT))
    assert causes.of(_denied(Reason.DATA_STALE))
    terms = approve().terms
    assert causes.of(_happened(OrderSubmitted(terms=terms))) == []
    assert causes.of(_denied(Reason.DATA_STALE))
    assert causes.of(_happened(HALT)) == []


def test_a_denial_of_a_plugin_and_any_other_record_need_nobody() -> None:
    """Its limits do their work, like ours."""
    causes = Causes()
    assert causes.of(_denied("PLUGIN.TOO_MUCH")) == []
    assert causes.of(Record(A_TIME, a_bar(), Decision(Outcome.APPROVED, "TEST.WISH", INTENT))) == []
    assert causes.of(Record(A_TIME, a_bar())) == []


FAILED = ReconciliationFailed(cause=ReconciliationCause.PERIODIC, error="AdapterUnavailable", place="venue.py:3 ask")


def _reconciled(in_doubt: int) -> Record:
    told = VenueReconciled(cause=ReconciliationCause.PERIODIC, asked=1, repeats=1, in_doubt=in_doubt, position=None)
    return Record(A_TIME, told)


def test_a_venue_that_is_silent_twice_needs_a_person() -> None:
    """Once is no reason to wake anybody; and it is told once, until it has answered."""
    causes = Causes()
    assert causes.of(Record(A_TIME, FAILED)) == []
    (alert,) = causes.of(Record(A_TIME, FAILED))
    assert (alert.code, alert.numbers["error"]) == (Reason.RECONCILIATION_PENDING, "AdapterUnavailable")
    assert causes.of(Record(A_TIME, FAILED)) == []
    assert causes.of(_reconciled(0)) == []
    assert causes.of(Record(A_TIME, FAILED)) == []
    assert len(causes.of(Record(A_TIME, FAILED))) == 1


def test_an_order_that_stays_in_doubt_needs_a_person() -> None:
    """When the venue was asked twice and cannot say."""
    causes = Causes()
    assert causes.of(_reconciled(2)) == []
    (alert,) = causes.of(_reconciled(2))
    assert (alert.code, alert.numbers) == (Reason.ORDER_IN_DOUBT, {"observed": 2})
    assert causes.of(_reconciled(1)) == []
    assert causes.of(_reconciled(0)) == []
    assert causes.of(_reconciled(1)) == []
    assert len(causes.of(_reconciled(1))) == 1


def test_a_halt_that_a_run_finds_still_waits_for_a_person() -> None:
    """Whoever restarts by a timer is told, too."""
    assert Causes().at_the_start(Restriction()) == []
    causes = Causes()
    (alert,) = causes.at_the_start(Restriction(event=HALT))
    assert (alert.code, alert.is_told) == (HALT.code, True)
    assert causes.of(_happened(HALT)) == []


@pytest.mark.parametrize("code", [*(reason.value for reason in StopReason if not reason.is_clean), INTERNAL_ERROR])
def test_every_end_that_was_not_meant_says_what_to_do(code: str) -> None:
    """In words of its own."""
    (alert,) = Causes().at_the_end(code, "why")
    assert (alert.code, alert.sentence) == (code, "why")
    assert alert.to_do


def test_what_was_told_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin may halt with codes without end: rather told again than never, and never without a bound."""
    monkeypatch.setattr(alert_causes, "TOLD_MAX", 5)
    causes = Causes()
    for number in range(50):
        code = f"PLUGIN.CODE_{number}"
        (alert,) = causes.of(_happened(TradingStateChanged(state=TradingState.HALTED, code=code)))
        assert (alert.code, alert.to_do) == (code, "")
        assert len(causes._told) <= 6
