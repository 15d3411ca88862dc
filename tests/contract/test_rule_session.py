"""The session control, held to the contract."""

from datetime import timedelta
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.market import Bar, Session
from interlock.core.reasons import Reason
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.session import SessionRule
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MONDAY, TUESDAY, Situation

INSTANT = timedelta(microseconds=1)


def at(moment: timedelta, *, next_session: Session | None = TUESDAY) -> Question:
    """A bar that closes ``moment`` after Monday's open."""
    bars: tuple[Bar, ...] = (a_bar("100", at=MONDAY.open + moment),)
    return Question(limits={}, situation=Situation(bars=bars, next_session=next_session))


LENGTH = MONDAY.close - MONDAY.open


class TestSession(RiskRuleContract):
    """The session in which the order would execute is known, or it is not."""

    subject: ClassVar[type[RiskRule]] = SessionRule
    no_limit_helps = frozenset({Reason.SESSION_CLOSED})

    @override
    def at_the_limit(self) -> Question:
        return at(LENGTH)

    @override
    def beyond_the_limit(self) -> Question:
        return at(LENGTH + INSTANT)

    @pytest.mark.parametrize(
        ("moment", "next_session", "verdict"),
        [
            (timedelta(0), TUESDAY, Verdict.DENY),  # the open itself belongs to no session
            (INSTANT, TUESDAY, Verdict.PASS),
            (LENGTH - INSTANT, None, Verdict.PASS),
            (LENGTH, None, Verdict.DENY),  # the calendar knows no later session
        ],
    )
    def test_a_session_is_open_at_its_start_and_closed_at_its_end(
        self, moment: timedelta, next_session: Session | None, verdict: Verdict
    ) -> None:
        """Sessions are ``(open, close]``; at the very close an order belongs to the next one."""
        assert self.ask(at(moment, next_session=next_session)).verdict is verdict

    def test_at_the_close_it_names_the_session_that_comes(self) -> None:
        """What is recorded is the session of the execution, not of the decision."""
        assert str(self.ask(at(LENGTH)).limit).startswith(TUESDAY.open.isoformat())
