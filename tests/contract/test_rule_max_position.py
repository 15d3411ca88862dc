"""Maximum position, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.max_position import MaxPosition
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate
from interlock.testing.situations import Situation, Working

LIMITS = {"limit": Decimal(10)}
SHORT = {"limit": Decimal(10), "allow_short": True}
# 3 held, 4 more may come: 2 of 6 are done already and among the 3.
LONG = Situation(position=Decimal(3), working=(Working(quantity=Decimal(6), filled=Decimal(2)),))


def asked(
    side: Side, quantity: str, situation: Situation, limits: dict[str, object] | None = None, reducible: str = "0"
) -> Question:
    """A wish of that size."""
    candidate = a_candidate(side=side, quantity=quantity, reducible=reducible)
    return Question(limits=LIMITS if limits is None else limits, candidate=candidate, situation=situation)


class TestMaxPosition(RiskRuleContract):
    """The position with everything on the same side filled."""

    subject: ClassVar[type[RiskRule]] = MaxPosition
    grows = "limit"

    @override
    def at_the_limit(self) -> Question:
        return asked(Side.BUY, "3", LONG)

    @override
    def beyond_the_limit(self) -> Question:
        return asked(Side.BUY, "3.0000000001", LONG)

    @pytest.mark.parametrize("state", [OrderState.UNKNOWN, OrderState.PENDING_CANCEL, OrderState.SUBMITTED])
    def test_an_order_that_may_fill_counts_as_filled(self, state: OrderState) -> None:
        """Whatever its state: what is not surely dead is counted."""
        situation = Situation(working=(Working(quantity=Decimal(6), state=state),))
        assert self.ask(asked(Side.BUY, "4", situation)).verdict is Verdict.PASS
        assert self.ask(asked(Side.BUY, "5", situation)).code == Reason.POSITION_LIMIT_EXCEEDED

    def test_the_other_side_does_not_make_room(self) -> None:
        """A working sale may fill last, or not at all."""
        situation = Situation(position=Decimal(8), working=(Working(side=Side.SELL, quantity=Decimal(8)),))
        assert self.ask(asked(Side.BUY, "2", situation)).verdict is Verdict.PASS
        assert self.ask(asked(Side.BUY, "3", situation)).code == Reason.POSITION_LIMIT_EXCEEDED

    def test_going_short_has_to_be_allowed(self) -> None:
        """By default a sale from nothing is denied; allowed, it is bounded like a long position."""
        assert self.ask(asked(Side.SELL, "1", Situation())).code == Reason.SHORT_NOT_ALLOWED
        assert self.ask(asked(Side.SELL, "10", Situation(), SHORT)).verdict is Verdict.PASS
        assert self.ask(asked(Side.SELL, "10.01", Situation(), SHORT)).code == Reason.POSITION_LIMIT_EXCEEDED

    def test_adding_to_a_short_position_is_bounded_too(self) -> None:
        """The worst side is the one that grows."""
        held = Situation(position=Decimal(-4))
        assert self.ask(asked(Side.SELL, "6", held, SHORT)).verdict is Verdict.PASS
        assert self.ask(asked(Side.SELL, "7", held, SHORT)).code == Reason.POSITION_LIMIT_EXCEEDED
        assert self.ask(asked(Side.SELL, "1", held)).code == Reason.SHORT_NOT_ALLOWED

    @pytest.mark.parametrize("limits", [LIMITS, SHORT])
    def test_an_order_that_would_flip_the_position_is_denied_whole(self, limits: dict[str, object]) -> None:
        """Never cut to size, and never by way of two orders that together do more than undo it."""
        long, short = Situation(position=Decimal(3)), Situation(position=Decimal(-3))
        for side, situation in ((Side.SELL, long), (Side.BUY, short)):
            finding = self.ask(asked(side, "4", situation, limits, reducible="3"))
            assert finding.code == Reason.POSITION_WOULD_FLIP
            assert (finding.observed, finding.limit) == (Decimal(4), Decimal(3))

    @pytest.mark.parametrize("side", list(Side))
    def test_two_entries_cannot_cross_while_nothing_is_held(self, side: Side) -> None:
        """If the second filled first, the first one would flip what it made."""
        other = Side.SELL if side is Side.BUY else Side.BUY
        situation = Situation(working=(Working(side=other, quantity=Decimal(5)),))
        assert self.ask(asked(side, "1", situation, SHORT)).code == Reason.POSITION_WOULD_FLIP
