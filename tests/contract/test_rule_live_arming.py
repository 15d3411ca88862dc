"""What is armed in LIVE, held to the contract."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from interlock.core.decision import Finding, Verdict
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderClass, Side
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed
from interlock.core.risk.rule import Candidate, RiskRule
from interlock.core.risk.rules.live_arming import LiveArming, LiveArmingLimits
from interlock.core.risk.rules.trading_state import TradingStateLimits, TradingStateRule
from interlock.testing.armings import an_arming
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate
from interlock.testing.situations import MONDAY, Situation, Working, closes

HAIR = timedelta(microseconds=1)
RULE = LiveArming(LiveArmingLimits())


def live(**changed: Any) -> Situation:
    """LIVE, armed for Monday."""
    return attrs.evolve(Situation(mode=RunMode.LIVE, armed=an_arming()), **changed)


def entries(count: int) -> Situation:
    """So many entries were submitted under the arming, and refused."""
    return live(entries_at=(MONDAY.open,) * count)


def lost(price: str) -> Situation:
    """Ten units were held at 100 when it was armed."""
    return live(bars=closes("100", price), position=Decimal(10))


def finding(situation: Situation, candidate: Candidate | None = None) -> Finding:
    """What the rule finds of a small entry."""
    return RULE.evaluate(candidate or a_candidate(), situation.view())


def disarmed(situation: Situation) -> Disarmed | None:
    """What the rule does by itself."""
    breach = RULE.watch(situation.view())
    if breach is None:
        return None
    assert isinstance(breach.event, Disarmed)
    return breach.event


class TestLiveArming(RiskRuleContract):
    """Only what was armed, and only as long."""

    subject: ClassVar[type[RiskRule]] = LiveArming
    no_limit_helps = frozenset({Reason.ENVELOPE_EXCEEDED})

    @override
    def at_the_limit(self) -> Question:
        return Question(limits={}, situation=entries(2))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits={}, situation=entries(3))

    def test_without_an_arming_nothing_enters_in_live(self) -> None:
        """Two rules say so: the one that knows the envelope, and the one that is always asked."""
        unarmed = live(armed=None)
        assert finding(unarmed).code == Reason.LIVE_NOT_ARMED
        always = TradingStateRule(TradingStateLimits())
        assert always.evaluate(a_candidate(), unarmed.view()).code == Reason.LIVE_NOT_ARMED
        assert always.evaluate(a_candidate(), live().view()).verdict is Verdict.PASS
        leaving = a_candidate(order_class=OrderClass.EXIT)
        assert always.evaluate(leaving, unarmed.view()).verdict is Verdict.PASS

    @pytest.mark.parametrize("mode", [RunMode.SIM, RunMode.PAPER])
    def test_outside_live_it_has_nothing_to_say(self, mode: RunMode) -> None:
        """Nothing there is real."""
        unarmed = Situation(mode=mode)
        assert finding(unarmed).verdict is Verdict.PASS
        assert disarmed(unarmed) is None

    def test_it_ends_at_the_very_moment(self) -> None:
        """An arming is in force up to its end, and not at it."""
        ends = an_arming().expires_at
        assert finding(live(now=ends - HAIR)).verdict is Verdict.PASS
        assert disarmed(live(now=ends - HAIR)) is None
        assert finding(live(now=ends)).code == Reason.LIVE_ARMING_EXPIRED
        assert disarmed(live(now=ends)) == Disarmed(
            code=Reason.LIVE_ARMING_EXPIRED, numbers={"expires_at": ends.isoformat()}
        )

    @pytest.mark.parametrize(
        ("within", "beyond", "what"),
        [
            ({"quantity": "10"}, {"quantity": "10.0000000001"}, "quantity"),
            ({"quantity": "10", "worst_price": "200"}, {"quantity": "10", "worst_price": "200.01"}, "order value"),
            ({}, {"instrument": "OTHER"}, "instrument"),
            (
                {"side": Side.SELL, "quantity": "10", "reference": "200", "worst_price": "190"},
                {"side": Side.SELL, "quantity": "10", "reference": "200.01", "worst_price": "190"},
                "order value",
            ),
        ],
    )
    def test_an_order_beyond_what_was_typed_is_denied(
        self, within: dict[str, Any], beyond: dict[str, Any], what: str
    ) -> None:
        """Each bound of its own, inclusive; the denial names it. Nothing was done, so nothing is disarmed."""
        assert finding(live(), a_candidate(**within)).verdict is Verdict.PASS
        denied = finding(live(), a_candidate(**beyond))
        assert (denied.code, denied.numbers) == (Reason.ENVELOPE_EXCEEDED, {"what": what})
        assert disarmed(live()) is None

    def test_without_a_worst_price_it_cannot_tell(self) -> None:
        """Not knowing denies."""
        with pytest.raises(LookupError, match="no protection price"):
            finding(live(), a_candidate(worst_price=None))

    def test_a_loss_beyond_the_envelope_denies_and_disarms(self) -> None:
        """It is counted from where equity stood when it was armed; a gain is none."""
        assert finding(lost("95")).verdict is Verdict.PASS
        assert finding(lost("200")).verdict is Verdict.PASS
        assert disarmed(lost("95")) is None
        denied = finding(lost("94.99"))
        assert (denied.code, denied.observed, denied.numbers) == (
            Reason.ENVELOPE_EXCEEDED,
            Decimal("50.10"),
            {"what": "loss"},
        )
        assert disarmed(lost("94.99")) == Disarmed(
            code=Reason.ENVELOPE_EXCEEDED, numbers={"what": "loss", "observed": Decimal("50.10"), "limit": Decimal(50)}
        )

    def test_the_last_entry_disarms_once_it_has_ended(self) -> None:
        """While it works it is left alone: to disarm would call it back, and it was armed."""
        assert disarmed(entries(2)) is None
        assert disarmed(entries(3)) == Disarmed(code=Reason.ENVELOPE_USED_UP, numbers={"limit": 3})
        working = live(working=(Working(state=OrderState.ACCEPTED),) * 3)
        assert finding(working).code == Reason.ENVELOPE_EXCEEDED
        assert disarmed(working) is None

    def test_more_entries_than_were_armed_disarm_at_once(self) -> None:
        """That cannot be; if it is, nothing goes on."""
        working = live(working=(Working(),) * 4)
        event = disarmed(working)
        assert event is not None
        assert event.numbers == {"what": "number of entries", "observed": 4, "limit": 3}

    def test_exits_use_nothing_up(self) -> None:
        """The way out must never run out."""
        left = live(exits_at=(MONDAY.open,) * 5)
        assert finding(left).observed == 1
        assert disarmed(left) is None

    def test_what_was_disarmed_is_not_disarmed_again(self) -> None:
        """It is told once."""
        assert disarmed(live(armed=None, now=MONDAY.close)) is None
