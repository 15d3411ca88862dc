"""The policy: nothing unless allowed, every rule asked, one maker of orders."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from attrs import evolve
from hypothesis import given, settings
from typing_extensions import override

from interlock.core.decision import Approved, CancelApproved, CancelIntent, Denied, Finding, OrderIntent, Verdict
from interlock.core.fees import FeeSchedule
from interlock.core.modes import RunMode
from interlock.core.orders import OrderClass, OrderType, Side
from interlock.core.ports import Breach
from interlock.core.reasons import Reason
from interlock.core.records import (
    EntriesQuarantined,
    FaultRaised,
    OrderSubmitted,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, Horizon, MissingInput, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.values import NO_NUMBERS
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_policy import intents, situations
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy, every_control
from interlock.testing.situations import JOURNAL_ID, MONDAY, TUESDAY, Situation, Working, closes, some_terms

LONG = Situation(position=Decimal(5))
WISHES = {OrderClass.ENTRY: an_intent(Side.BUY), OrderClass.EXIT: an_intent(Side.SELL)}


class Odd(RiskRule):
    """A rule of somebody else's, that does what the test says."""

    name: ClassVar[str] = "odd"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "a test"
    Limits: ClassVar[type[Any]] = object

    def __init__(
        self,
        answer: Callable[["Odd"], object],
        watched: Callable[["Odd"], object] = lambda _: None,
        horizon: Horizon | None = None,
    ) -> None:
        self._answer, self._watched = answer, watched
        self._horizon = horizon or Horizon()

    @property
    @override
    def horizon(self) -> Horizon:
        return self._horizon

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        told: Any = self._answer(self)
        finding: Finding = told
        return finding

    @override
    def watch(self, view: MarketView) -> Breach | None:
        told: Any = self._watched(self)
        breach: Breach | None = told
        return breach


def raising(error: BaseException) -> Callable[[Odd], object]:
    """An answer that is an exception."""

    def answer(_: Odd) -> object:
        raise error

    return answer


def passing(rule: Odd) -> object:
    """The answer of a rule that minds nothing."""
    return rule.passed(0, 0)


class Shouting(Finding, frozen=True):
    """A finding that says that it does not deny, whatever its verdict."""

    @property
    @override
    def denies(self) -> bool:
        return False


@pytest.mark.parametrize("missing", MANDATORY)
@pytest.mark.parametrize("kind", list(WISHES))
def test_without_a_mandatory_limit_every_order_is_denied_by_name(missing: str, kind: OrderClass) -> None:
    """Entries and exits alike, naming the control that has no limit; and all the others are evaluated anyway."""
    review = a_policy(without=(missing,)).review(WISHES[kind], LONG.view())
    assert isinstance(review, Denied)
    assert review.code == Reason.NO_LIMITS_CONFIGURED
    assert review.findings[0].numbers == {"rule": missing}
    assert [finding.rule for finding in review.findings] == [missing, *(name for name in RULES if name != missing)]
    assert review.faults == ()


@pytest.mark.parametrize("missing", MANDATORY)
def test_in_live_the_way_out_stays_open_for_want_of_a_limit_on_new_risk(missing: str) -> None:
    """What is held there is real. An exit that the control would be asked about is denied by its name all the same."""
    policy, view = a_policy(without=(missing,)), evolve(LONG, mode=RunMode.LIVE).view()
    review = policy.review(WISHES[OrderClass.EXIT], view)
    said = next(finding for finding in review.findings if finding.rule == missing)
    asked = OrderClass.EXIT in RULES[missing].applies_to
    assert said.code == (Reason.NO_LIMITS_CONFIGURED if asked else Reason.NOT_APPLICABLE)
    assert isinstance(review, Denied if asked else Approved)
    entry = policy.review(WISHES[OrderClass.ENTRY], view)
    assert entry.findings[0].code == Reason.NO_LIMITS_CONFIGURED


def test_with_no_limits_at_all_every_missing_one_is_named() -> None:
    """All problems at once."""
    policy = RulePolicy((), fees=FeeSchedule(), limits_version="test")
    review = policy.review(an_intent(), Situation().view())
    assert isinstance(review, Denied)
    missing = [f.rule for f in review.findings if f.code == Reason.NO_LIMITS_CONFIGURED]
    assert missing == list(MANDATORY)
    assert [rule.name for rule in policy.rules] == ["trading_state"]


def test_every_rule_is_asked_and_listed_in_the_registrys_order() -> None:
    """Whatever the order in which they were configured, and though the first one denies already."""
    situation = Situation(trading_state=TradingState.HALTED, session=None, quarantine=2, cash=Decimal(1))
    review = a_policy(Odd(passing)).review(an_intent(quantity="100"), situation.view())
    assert isinstance(review, Denied)
    assert [finding.rule for finding in review.findings] == [*RULES, "odd"]
    assert [finding.rule for finding in review.findings if finding.denies] == [
        "trading_state",
        "session",
        "price_jump",
        "max_order_quantity",
        "max_order_notional",
        "free_cash",
        "max_position",
    ]
    assert review.code == Reason.TRADING_HALTED


@pytest.mark.parametrize(
    "answer",
    [
        raising(RuntimeError("anything")),
        raising(ZeroDivisionError()),
        raising(RecursionError()),
        raising(SystemExit()),
        raising(GeneratorExit()),
        raising(KeyError("a lookup error that is not ours")),
        lambda _: None,
        lambda _: True,
        lambda _: "PASS",
        lambda _: Finding(rule="max_position", verdict=Verdict.PASS, code=Reason.PASSED),
        lambda _: Finding(rule="odd", verdict=Verdict.NOT_APPLICABLE, code=Reason.NOT_APPLICABLE),
        lambda _: Finding(rule="odd", verdict="DENY", code=Reason.PASSED),  # type: ignore[arg-type]
        lambda _: Finding(rule="odd", verdict="PASS", code=Reason.PASSED),  # type: ignore[arg-type]
        lambda _: Finding(rule="odd", verdict=None, code=Reason.PASSED),  # type: ignore[arg-type]
        lambda _: Shouting(rule="odd", verdict=Verdict.DENY, code=Reason.PASSED),
        # what nearly looks like a plain pass
        lambda _: Finding("max_position", Verdict.PASS, Reason.PASSED, Decimal(1), Decimal(1), NO_NUMBERS),
        lambda _: Finding("odd", "PASS", Reason.PASSED, Decimal(1), Decimal(1), NO_NUMBERS),  # type: ignore[arg-type]
        lambda _: Shouting("odd", Verdict.PASS, Reason.PASSED, Decimal(1), Decimal(1), NO_NUMBERS),
        # what no record can hold
        lambda _: Finding("odd", Verdict.PASS, 5),  # type: ignore[arg-type]
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, 1.5),  # type: ignore[arg-type]
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, "\ud800", Decimal(1)),
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, Decimal(1), 10**5000),
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, Decimal(1), Decimal(2), {"x": 1.5}),  # type: ignore[dict-item]
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, 1.5, Decimal(1), NO_NUMBERS),  # type: ignore[arg-type]
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, Decimal(1), 2.5, NO_NUMBERS),  # type: ignore[arg-type]
        lambda _: Finding("odd", Verdict.PASS, 5, Decimal(1), Decimal(2), NO_NUMBERS),  # type: ignore[arg-type]
        lambda _: Finding("odd", Verdict.PASS, Reason.PASSED, Decimal(1), Decimal(2), None),  # type: ignore[arg-type]
    ],
)
@pytest.mark.parametrize("kind", list(WISHES))
def test_a_rule_that_does_not_plainly_answer_denies_and_is_a_fault(
    answer: Callable[[Odd], object], kind: OrderClass
) -> None:
    """It raises, answers nonsense, answers for another rule, or says that it does not apply though it was asked."""
    review = a_policy(Odd(answer)).review(WISHES[kind], LONG.view())
    assert isinstance(review, Denied)
    assert review.code == Reason.CHECK_NOT_EVALUABLE
    (finding,) = (finding for finding in review.findings if finding.rule == "odd")
    assert finding.verdict is Verdict.CANNOT_EVALUATE
    assert finding.numbers["rule"] == "odd"
    (fault,) = review.faults
    assert fault.where == "rule"
    assert finding.numbers["why"] == fault.error
    assert len(review.findings) == len(RULES) + 1


def test_ctrl_c_is_no_fault_of_the_rule_that_it_hits() -> None:
    """Where nobody takes the signal it rises, as everywhere: an answer that a person broke off is none."""
    with pytest.raises(KeyboardInterrupt):
        a_policy(Odd(raising(KeyboardInterrupt()))).review(an_intent(), Situation().view())


def test_a_missing_input_denies_and_is_no_fault() -> None:
    """Not knowing yet is nobody's mistake: it says what is missing, and nothing halts."""
    review = a_policy(Odd(raising(MissingInput("no volume yet")))).review(an_intent(), Situation().view())
    assert isinstance(review, Denied)
    assert review.faults == ()
    assert review.findings[-1].numbers == {"rule": "odd", "why": "no volume yet"}


def test_a_rule_may_say_itself_that_it_cannot_tell() -> None:
    """CANNOT_EVALUATE is one of the four verdicts: it denies."""
    unclear = Finding(rule="odd", verdict=Verdict.CANNOT_EVALUATE, code="PLUGIN.NO_IDEA")
    review = a_policy(Odd(lambda _: unclear)).review(an_intent(), Situation().view())
    assert isinstance(review, Denied)
    assert (review.code, review.faults) == ("PLUGIN.NO_IDEA", ())


def test_a_rule_whose_applicability_cannot_be_read_denies() -> None:
    """Even that is asked for guardedly."""

    class Broken(Odd):
        @property
        @override
        def applies_to(self) -> Any:  # type: ignore[override]
            """Raises."""
            raise RuntimeError("broken")

    review = a_policy(Broken(passing)).review(an_intent(), Situation().view())
    assert isinstance(review, Denied)
    assert review.findings[-1].code == Reason.CHECK_NOT_EVALUABLE
    assert len(review.faults) == 1


def test_before_the_first_bar_nothing_can_be_judged() -> None:
    """No reference price, no order; and that is not a fault."""
    review = a_policy().review(an_intent(), Situation(bars=()).view())
    assert isinstance(review, Denied)
    assert (review.code, review.faults) == (Reason.CHECK_NOT_EVALUABLE, ())


def test_without_the_session_control_an_order_without_a_session_is_denied_all_the_same() -> None:
    """An order that cannot end is never made."""
    review = a_policy(without=("session",)).review(an_intent(), Situation(session=None).view())
    assert isinstance(review, Denied)
    assert review.findings[-1].numbers == {"rule": "policy", "why": "no session to execute in"}


def test_where_no_price_lies_inside_the_collar_nothing_can_be_judged() -> None:
    """A market sale under a collar of one has no worst price; a limit order has none to be held against either."""
    policy = a_policy(price_collar={"limit": Decimal(1)})
    for intent in (an_intent(Side.SELL), an_intent(Side.SELL, limit_price="100")):
        review = policy.review(intent, LONG.view())
        assert isinstance(review, Denied)
        assert review.code == Reason.CHECK_NOT_EVALUABLE
        assert review.faults == ()


def test_each_rule_may_be_configured_once() -> None:
    """Two limits for one control: nobody could say which holds."""
    with pytest.raises(ValueError, match="once"):
        RulePolicy([*every_control(), *every_control()], fees=FeeSchedule(), limits_version="test")


def test_it_looks_back_as_far_as_the_rule_that_looks_back_furthest() -> None:
    """That bounds what the state keeps."""
    policy = a_policy(Odd(passing, horizon=Horizon(bars=7, orders=50)))
    assert (policy.lookback, policy.orders_remembered) == (7, 50)
    assert (a_policy().lookback, a_policy().orders_remembered) == (1, 5)
    policy = a_policy(Odd(passing, horizon=Horizon(executions=50, peak=True)), without=("drawdown",))
    assert (policy.executions_remembered, policy.peak_remembered) == (50, True)
    policy = a_policy(without=("drawdown", "repeated_executions"))
    assert (policy.executions_remembered, policy.peak_remembered) == (0, False)


def test_a_cancel_is_approved_with_a_finding_a_rule() -> None:
    """No rule is asked, not even one that raises; that each was passed over is on record."""
    intent = CancelIntent(code="TEST.WISH", client_order_id="any")
    review = a_policy(Odd(raising(RuntimeError()))).review(intent, Situation(bars=()).view())
    assert isinstance(review, CancelApproved)
    assert [(finding.rule, finding.verdict) for finding in review.findings] == [
        (name, Verdict.NOT_APPLICABLE) for name in (*RULES, "odd")
    ]


def test_an_approved_order_says_everything_about_itself() -> None:
    """Its id from the ordinal, its worst price from the collar, its cost with fees, its end from the session."""
    policy = RulePolicy(every_control(), fees=FeeSchedule(fee_bps=Decimal(10)), limits_version="limits-7")
    situation = Situation(bars=closes("99", "100"), working=(Working(),))
    review = policy.review(an_intent(quantity="2"), situation.view())
    assert isinstance(review, Approved)
    terms = review.terms
    assert terms.client_order_id == f"{JOURNAL_ID[:12]}-2"
    assert terms.decision_id == f"{JOURNAL_ID[:12]}-bar-2"
    assert (terms.order_type, terms.limit_price, terms.protection_price) == (OrderType.MARKET, None, Decimal("105.00"))
    assert terms.reserved == Decimal("210.21")
    assert terms.order_class is OrderClass.ENTRY
    assert (terms.session_open, terms.valid_until) == (MONDAY.open, MONDAY.close)
    assert (terms.ts_init, terms.limits_version) == (situation.clock, "limits-7")


def test_a_limit_order_is_protected_by_its_limit_and_a_sale_reserves_nothing() -> None:
    """The worst price of a limit order is the limit; cash is reserved for what is bought."""
    review = a_policy().review(an_intent(Side.SELL, limit_price="101"), LONG.view())
    assert isinstance(review, Approved)
    terms = review.terms
    assert (terms.limit_price, terms.protection_price, terms.reserved) == (Decimal(101), Decimal(101), Decimal(0))
    assert terms.order_class is OrderClass.EXIT


def test_an_order_decided_at_the_close_belongs_to_the_next_session() -> None:
    """It would execute there, so there it lives and ends."""
    at_close = Situation(bars=closes("100", first=MONDAY.close))
    policy = a_policy(data_age={"bars_missed": 1000})
    review = policy.review(an_intent(), at_close.view())
    assert isinstance(review, Approved)
    assert (review.terms.session_open, review.terms.valid_until) == (TUESDAY.open, TUESDAY.close)


@pytest.mark.parametrize(
    ("position", "side", "quantity", "kind"),
    [
        ("5", Side.SELL, "5", OrderClass.EXIT),
        ("5", Side.SELL, "5.01", OrderClass.ENTRY),
        ("5", Side.BUY, "1", OrderClass.ENTRY),
        ("-5", Side.BUY, "5", OrderClass.EXIT),
        ("-5", Side.BUY, "6", OrderClass.ENTRY),
        ("-5", Side.SELL, "1", OrderClass.ENTRY),
        ("0", Side.SELL, "1", OrderClass.ENTRY),
        ("0", Side.BUY, "1", OrderClass.ENTRY),
    ],
)
def test_an_exit_is_what_does_no_more_than_undo_the_position(
    position: str, side: Side, quantity: str, kind: OrderClass
) -> None:
    """One unit too much, and it is an entry: every rule is asked."""
    review = a_policy().review(an_intent(side, quantity), Situation(position=Decimal(position)).view())
    not_asked = {finding.rule for finding in review.findings if finding.verdict is Verdict.NOT_APPLICABLE}
    assert ("max_position" in not_asked) is (kind is OrderClass.EXIT)


def test_what_is_working_on_the_same_side_is_no_longer_there_to_reduce() -> None:
    """UNKNOWN and half filled orders included: 10 held, 4 + 3 of it on their way out, 3 are left."""
    from interlock.core.order_states import OrderState

    working = (
        Working(side=Side.SELL, quantity=Decimal(6), filled=Decimal(2), state=OrderState.UNKNOWN),
        Working(side=Side.SELL, quantity=Decimal(3), state=OrderState.PENDING_CANCEL),
        Working(side=Side.BUY, quantity=Decimal(50)),
    )
    view = Situation(position=Decimal(10), working=working).view()
    assert isinstance(a_policy().review(an_intent(Side.SELL, "3"), view), Approved)
    denied = a_policy().review(an_intent(Side.SELL, "4"), view)
    assert isinstance(denied, Denied)
    assert Reason.POSITION_WOULD_FLIP in {finding.code for finding in denied.findings}


@settings(deadline=None, max_examples=60)
@given(intent=intents, situation=situations)
def test_approved_means_that_every_rule_passed_or_does_not_apply_by_the_table(
    intent: OrderIntent, situation: Situation
) -> None:
    """Invariant 7: one finding for each configured rule, none missing, none of another kind."""
    review = a_policy().review(intent, situation.view())
    if isinstance(review, Approved):
        assert [finding.rule for finding in review.findings] == list(RULES)
        for finding in review.findings:
            applies = review.terms.order_class in RULES[finding.rule].applies_to
            assert finding.verdict is (Verdict.PASS if applies else Verdict.NOT_APPLICABLE)
            assert not applies or finding.observed is not None


def test_watching_collects_what_the_rules_restrict() -> None:
    """One breach a rule that has something to say; most often nobody has."""
    assert list(a_policy().watch(Situation().view())) == []
    situation = Situation(bars=closes("1000", "100"), position=Decimal(10))
    breaches = a_policy().watch(situation.view())
    assert [breach.rule for breach in breaches] == ["price_jump", "daily_loss", "drawdown"]


def test_what_stands_is_what_would_restrict_trading_again() -> None:
    """Whatever trading is now: a rule of its own is asked as if nothing restricted it. A quarantine ends by itself."""

    class Shy(Odd):
        @override
        def watch(self, view: MarketView) -> Breach | None:
            if view.trading_state is not TradingState.ACTIVE or view.trading_state_code:
                return None
            return self.breach(TradingState.HALTED, "ODD.ENOUGH", view.position, 0, bars=view.bars_seen)

    for state in TradingState:
        situation = Situation(bars=closes("100", "50"), position=Decimal(10), trading_state=state)
        standing = a_policy(Shy(passing)).standing(situation.view())
        assert [breach.rule for breach in standing] == ["odd"]
        assert standing[0].event == TradingStateChanged(
            state=TradingState.HALTED, code="ODD.ENOUGH", numbers={"observed": Decimal(10), "limit": 0, "bars": 2}
        )


@pytest.mark.parametrize("watched", [raising(RuntimeError("anything")), raising(SystemExit()), lambda _: True])
def test_a_rule_that_cannot_tell_what_stands_stands_in_the_way(watched: Callable[[Odd], object]) -> None:
    """Not knowing releases nothing."""
    (breach,) = a_policy(Odd(passing, watched)).standing(Situation().view())
    assert isinstance(breach.event, TradingStateChanged)
    assert (breach.rule, breach.event.state, breach.event.code) == ("odd", TradingState.HALTED, Reason.FAULT_IN_RULE)
    assert set(breach.event.numbers) == {"error", "place", "where"}


@pytest.mark.parametrize(
    "watched",
    [
        raising(RuntimeError("anything")),
        raising(SystemExit()),
        lambda _: True,
        lambda _: "halt",
        lambda _: Breach(rule="odd", event=OrderSubmitted(terms=some_terms())),
        lambda _: Breach(rule="odd", event=TradingStateReleased(code="ODD")),
        lambda _: Breach(rule="odd", event=None),  # type: ignore[arg-type]
        lambda _: Breach(rule="odd", event=EntriesQuarantined(bars=2, code="ODD", numbers={"x": 1.5})),  # type: ignore[dict-item]
        lambda _: Breach(rule="odd", event=EntriesQuarantined(bars=0, code="ODD")),
        lambda _: Breach(rule="odd", event=EntriesQuarantined(bars="5", code="ODD")),  # type: ignore[arg-type]
        lambda _: Breach(rule="odd", event=TradingStateChanged(state="HALTED", code="ODD")),  # type: ignore[arg-type]
        lambda _: Breach(rule="odd", event=TradingStateChanged(state=TradingState.ACTIVE, code="ODD")),
    ],
)
def test_a_rule_that_raises_while_watching_is_told_as_a_fault(watched: Callable[[Odd], object]) -> None:
    """Whatever it answers: it may restrict trading, and cannot make an order up."""
    (breach,) = a_policy(Odd(passing, watched)).watch(Situation().view())
    assert breach.rule == "odd"
    assert isinstance(breach.event, FaultRaised)
    assert breach.event.fault.where == "rule"


@pytest.mark.parametrize(
    "event",
    [
        TradingStateChanged(state=TradingState.HALTED, code="PLUGIN.ENOUGH"),
        EntriesQuarantined(bars=2, code="PLUGIN.WAIT"),
    ],
)
def test_a_rule_may_restrict_trading_while_watching(event: TradingStateChanged | EntriesQuarantined) -> None:
    """Halt it, reduce it, or make entries wait."""
    breach = Breach(rule="odd", event=event)
    assert list(a_policy(Odd(passing, lambda _: breach)).watch(Situation().view())) == [breach]
