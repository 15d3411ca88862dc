"""Only when the session in which the order would execute is known."""

from functools import lru_cache
from typing import ClassVar

from attrs import frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.market import Session
from interlock.core.reasons import Reason
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, RiskRule
from interlock.core.values import iso
from interlock.core.view import MarketView


@frozen(kw_only=True)
class SessionLimits:
    """Nothing to set: the instrument's calendar says it all."""


class SessionRule(RiskRule):
    """An order is judged by the session it would execute in, not by the moment of deciding.

    Inside a session that is this session; at its very close it is the next one. A bar outside of every session
    (a holiday, after hours), or a calendar that knows no later session, denies.
    """

    name: ClassVar[str] = "session"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "SEC 15c3-5(c)(2)"
    Limits = SessionLimits

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        session = view.execution_session
        at = iso(view.now)
        if session is None:
            return self.denied(Reason.SESSION_CLOSED, at, "a known session")
        return self.passed(at, _shown(session))


# Many orders fall into one session: it is put into words once.
@lru_cache(maxsize=2)
def _shown(session: Session) -> str:
    return f"{session.open.isoformat()} to {session.close.isoformat()}"
