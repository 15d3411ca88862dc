"""In LIVE, nothing beyond what a person armed."""

from decimal import Decimal
from typing import ClassVar, Final

from attrs import frozen
from typing_extensions import override

from interlock.core.arming import Arming, Envelope
from interlock.core.decision import Finding
from interlock.core.modes import RunMode
from interlock.core.orders import OrderClass
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed
from interlock.core.risk.rule import ENTRIES, Amount, Candidate, MissingInput, RiskRule
from interlock.core.risk.rules.trading_state import ARMED, NOT_ARMED
from interlock.core.values import ZERO, Numbers, times
from interlock.core.view import MarketView

_IN_FORCE: Final = "in force"

# What lies beyond, how much of it there is, and how much was armed.
Crossed = tuple[str, Amount, Amount]


@frozen(kw_only=True)
class LiveArmingLimits:
    """Nothing to set: in LIVE this control is always on, and its limits are typed with the arming."""


class LiveArming(RiskRule):
    """An entry in LIVE needs an arming that has not ended, and stays within its envelope: instruments, quantity, value
    at the worst price, number of entries, loss since it was armed. Crossing it in time, number or loss disarms.

    Outside LIVE it has nothing to say. Exits and cancels need no arming.
    """

    name: ClassVar[str] = "live_arming"
    applies_to = ENTRIES
    source: ClassVar[str] = "RTS 6 8"
    Limits = LiveArmingLimits

    def __init__(self, limits: LiveArmingLimits) -> None:
        self._limits = limits

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        if view.mode is not RunMode.LIVE:
            return self.passed(view.mode, RunMode.LIVE)
        arming = view.arming
        if arming is None:
            return self.denied(Reason.LIVE_NOT_ARMED, NOT_ARMED, ARMED)
        if (expired := _expired(arming, view)) is not None:
            return self.denied(Reason.LIVE_ARMING_EXPIRED, view.now.isoformat(), _IN_FORCE, expired)
        if candidate.worst_price is None:
            raise MissingInput("no protection price")
        # As the control over order values counts it: a sale's worst price is its lowest.
        price = max(candidate.worst_price, candidate.reference)
        wanted = crossed_by(arming.armed.envelope, candidate.instrument, candidate.intent.quantity, price)
        crossed = wanted or crossed_since(arming, view.equity, entries=arming.entries + 1)
        if crossed is not None:
            what, observed, limit = crossed
            return self.denied(Reason.ENVELOPE_EXCEEDED, observed, limit, {"what": what})
        return self.passed(arming.entries + 1, arming.armed.envelope.max_orders)

    @override
    def watch(self, view: MarketView) -> Breach | None:
        arming = view.arming
        # What is disarmed is no arming any more: it is told once.
        if arming is None:
            return None
        if (expired := _expired(arming, view)) is not None:
            return self._disarmed(Reason.LIVE_ARMING_EXPIRED, expired)
        crossed = crossed_since(arming, view.equity, entries=arming.entries)
        if crossed is not None:
            what, observed, limit = crossed
            return self._disarmed(Reason.ENVELOPE_EXCEEDED, {"what": what, "observed": observed, "limit": limit})
        most = arming.armed.envelope.max_orders
        # Not while the last of them works: to disarm calls entries back, and that one was armed.
        if arming.entries >= most and not _is_entering(view):
            return self._disarmed(Reason.ENVELOPE_USED_UP, {"limit": most})
        return None

    def _disarmed(self, code: Reason, numbers: Numbers) -> Breach:
        return Breach(rule=self.name, event=Disarmed(code=code, numbers=numbers))


def _expired(arming: Arming, view: MarketView) -> Numbers | None:
    """An arming is in force up to its end, and not at it."""
    expires_at = arming.armed.expires_at
    return {"expires_at": expires_at.isoformat()} if view.now >= expires_at else None


def crossed_by(envelope: Envelope, instrument: str, quantity: Decimal, price: Decimal) -> Crossed | None:
    """What of an order lies beyond the envelope, with what was observed and the limit. ``price``: the worst."""
    if instrument not in envelope.instruments:
        return "instrument", instrument, ", ".join(envelope.instruments)
    if quantity > envelope.max_quantity:
        return "quantity", quantity, envelope.max_quantity
    notional = times(quantity, price)
    return ("order value", notional, envelope.max_notional) if notional > envelope.max_notional else None


def crossed_since(arming: Arming, equity: Decimal, *, entries: int) -> Crossed | None:
    """What of everything since it was armed lies beyond the envelope."""
    envelope = arming.armed.envelope
    if entries > envelope.max_orders:
        return "number of entries", entries, envelope.max_orders
    loss: Decimal = max(ZERO, arming.equity_before - equity)
    return ("loss", loss, envelope.max_loss) if loss > envelope.max_loss else None


def _is_entering(view: MarketView) -> bool:
    return view.has_working_orders and any(order.terms.order_class is OrderClass.ENTRY for order in view.working_orders)
