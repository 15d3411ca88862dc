"""What the adapter to the loopback venue takes in ``[execution]``."""

from decimal import Decimal

from attrs import field, frozen

from interlock.core.values import at_least_one, positive


@frozen(kw_only=True)
class LoopbackOptions:
    """The keys of ``[execution]``: the venue's port, how long an order's answer is waited for, and any other call."""

    port: int = field(validator=at_least_one)
    submit_timeout_seconds: Decimal = field(default=Decimal(5), validator=positive)
    timeout_seconds: Decimal = field(default=Decimal(3), validator=positive)
