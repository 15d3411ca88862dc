"""Why an order did not come to work, in sentences. A part of ``explain``."""

from typing import Final

from interlock.core.reason_text import quoting
from interlock.core.reasons import Reason, sentence, told
from interlock.core.reports import BECAUSE, OrderRejected

# An order that was rejected for one of these never left us: no venue has seen it.
NEVER_SENT: Final = frozenset(
    {Reason.RESTRICTED_BEFORE_SENDING, Reason.REFUSED_BEFORE_SENDING, Reason.VENUE_IN_QUARANTINE, Reason.ADAPTER_LATE}
)


def rejection(rejected: OrderRejected) -> str:
    """What became of the order, and why."""
    what = "was not sent" if rejected.code in NEVER_SENT else "is rejected by the venue"
    return f"{rejected.client_order_id} {what}: {rejection_told(rejected)}"


def rejection_told(rejected: OrderRejected) -> str:
    """Why, in words: a code of ours with its numbers, or what the venue said, quoted."""
    code, numbers = rejected.code, rejected.numbers
    if rejected.detail:
        return quoting(code, rejected.detail)
    if BECAUSE in numbers:
        behind = {name: number for name, number in numbers.items() if name != BECAUSE}
        return f"{sentence(code, {})}: {told(str(numbers[BECAUSE]), behind)}"
    return told(code, numbers)
