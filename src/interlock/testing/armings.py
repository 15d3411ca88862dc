"""Armings for tests, as if a person had typed them."""

from datetime import datetime
from decimal import Decimal

from interlock.core.arming import Armed, Envelope
from interlock.testing.situations import MONDAY


def an_arming(
    *,
    instruments: tuple[str, ...] = ("TEST",),
    max_quantity: str = "10",
    max_notional: str = "2000",
    max_orders: int = 3,
    max_loss: str = "50",
    issued_at: datetime = MONDAY.open,
    expires_at: datetime = MONDAY.close,
) -> Armed:
    """An arming for the whole of Monday, with room for three small orders of TEST."""
    envelope = Envelope(
        instruments=instruments,
        max_quantity=Decimal(max_quantity),
        max_notional=Decimal(max_notional),
        max_orders=max_orders,
        max_loss=Decimal(max_loss),
    )
    return Armed(
        fingerprint="0123456789abcdef", by="trader@desk", issued_at=issued_at, expires_at=expires_at, envelope=envelope
    )
