"""What a person armed LIVE for: bounds in every direction, and an end. Nothing here allows anything by itself."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.trading_state import TradingState
from interlock.core.values import LightValue, at_least_one, positive, utc, zero_or_more


@frozen(kw_only=True)
class Envelope:
    """The most that may be done before a person is asked again (RTS 6 article 8: controlled deployment).

    ``max_quantity`` (units) and ``max_notional`` (currency, at the protection price) are for one order, ``max_orders``
    counts entries, ``max_loss`` is currency lost since it was armed. Whatever the configuration allows beyond it, this
    does not.
    """

    instruments: tuple[str, ...]
    max_quantity: Decimal = field(validator=positive)
    max_notional: Decimal = field(validator=positive)
    max_orders: int = field(validator=at_least_one)
    max_loss: Decimal = field(validator=positive)


@frozen(kw_only=True)
class Armed:
    """A person armed entries in LIVE, and the run has checked and used up what they typed.

    ``fingerprint`` names the arming; the token itself is in no record. ``by`` is ``user@host``.
    """

    fingerprint: str
    by: str
    issued_at: datetime = field(validator=utc)
    expires_at: datetime = field(validator=utc)
    envelope: Envelope


class ArmingRefused(LightValue, frozen=True, kw_only=True):
    """An arming was found and is not used, for each of these reasons. It is gone: a person has to arm anew."""

    reasons: tuple[Cause, ...]


class DisarmAsked(LightValue, frozen=True, kw_only=True):
    """A person takes an arming back. ``by`` is ``user@host``."""

    reason: str
    by: str


@frozen(kw_only=True)
class Arming:
    """An arming in force, what equity was when it began to be, and how many entries were submitted under it."""

    armed: Armed
    equity_before: Decimal
    entries: int = field(default=0, validator=zero_or_more)

    @property
    def after_an_entry(self) -> "Arming":
        """The same, with one entry more. Exits are not counted: they must never run out."""
        return evolve(self, entries=self.entries + 1)


ArmingObservation = Armed | ArmingRefused | DisarmAsked

# While trading is restricted for one of these, an arming lifts it; every other restriction needs its own release.
_R: Final = Reason
FOR_WANT_OF_ARMING: Final = frozenset(
    {_R.LIVE_NOT_ARMED, _R.LIVE_ARMING_EXPIRED, _R.LIVE_DISARMED, _R.ENVELOPE_EXCEEDED, _R.ENVELOPE_USED_UP}
)


def prevails(state: TradingState, code: str, over: TradingState, over_code: str) -> bool:
    """Whether a restriction takes the place of another: the tighter one does, and where both are alike one that no
    arming lifts. A person's word to reduce would otherwise end with the next arming."""
    lasts_longer = over_code in FOR_WANT_OF_ARMING and code not in FOR_WANT_OF_ARMING
    return state.severity > over.severity or (state is over and lasts_longer)
