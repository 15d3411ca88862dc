"""What an arming may allow at most, and what that could come to: the file's limits are the ceiling, never the floor."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

from interlock.core.arming import Envelope
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.values import plus, times
from interlock.runner.config.model import Config

# Longer than a day nobody remembers what was armed.
LASTS_MAX: Final = timedelta(days=1)
# What a price may do overnight, or in the minute in which nobody looks.
GAP: Final = Decimal("0.20")
# Which configured limits bound which part of an envelope: the control's table, and its key.
_BOUNDS: Final = (
    ("max_quantity", "max_order_quantity", "limit"),
    ("max_notional", "max_order_notional", "limit"),
    ("max_loss", "daily_loss", "limit"),
    ("max_loss", "drawdown", "limit"),
)


def configured(config: Config, part: str) -> Decimal | None:
    """The tightest configured limit for that part of an envelope; None where there is none."""
    limits = [
        limit
        for name, control, key in _BOUNDS
        if name == part and isinstance(limit := getattr(config.risk.get(control), key, None), Decimal)
    ]
    return min(limits, default=None)


def beyond(envelope: Envelope, config: Config) -> tuple[Cause, ...]:
    """What of ``envelope`` the configuration does not allow; an arming never adds to it."""
    return tuple(_beyond(envelope, config))


def _beyond(envelope: Envelope, config: Config) -> Iterator[Cause]:
    symbol = config.instrument.symbol
    if any(each != symbol for each in envelope.instruments):
        named = ", ".join(envelope.instruments)
        yield Cause(code=Reason.ARMING_OTHER_INSTRUMENT, numbers={"observed": named, "limit": symbol})
    for part in ("max_quantity", "max_notional", "max_loss"):
        limit, asked = configured(config, part), getattr(envelope, part)
        if limit is not None and asked > limit:
            numbers = {"what": part, "observed": asked, "limit": limit}
            yield Cause(code=Reason.ARMING_BEYOND_LIMITS, numbers=numbers)


def exposure_at_most(envelope: Envelope, held: Decimal) -> Decimal:
    """The gross exposure that everything armed could come to, on top of what is ``held`` already, in currency."""
    return plus(held, times(envelope.max_notional, Decimal(envelope.max_orders)))


def cost_of_a_gap(exposure: Decimal) -> Decimal:
    """What a price that opens ``GAP`` against us would cost then. No stop and no limit holds that."""
    return times(exposure, GAP)
