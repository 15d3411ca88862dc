"""Why an order did not come to work, in sentences. A part of ``explain``."""

from typing import Final

from interlock.core.reason_text import quoting
from interlock.core.reasons import Reason, sentence, told
from interlock.core.reports import BECAUSE, OrderRejected

_NOT_SENT: Final = "was not sent"
# What no venue refused, for it never came to one.
_NEVER_WORKED: Final[dict[str, str]] = {
    Reason.RESTRICTED_BEFORE_SENDING: _NOT_SENT,
    Reason.REFUSED_BEFORE_SENDING: _NOT_SENT,
    Reason.VENUE_IN_QUARANTINE: _NOT_SENT,
    Reason.ADAPTER_LATE: _NOT_SENT,
    Reason.NEVER_ARRIVED: "never came to the venue",
}


def rejection(rejected: OrderRejected) -> str:
    """What became of the order, and why."""
    what = _NEVER_WORKED.get(rejected.code, "is rejected by the venue")
    return f"{rejected.client_order_id} {what}: {rejection_told(rejected)}"


def rejection_headline(rejected: OrderRejected) -> str:
    """The same in a few words. Rejected is what a venue has seen, and refused."""
    what = _NEVER_WORKED.get(rejected.code, "was rejected")
    return f"an order {what}"


def rejection_told(rejected: OrderRejected) -> str:
    """Why, in words: a code of ours with its numbers, or what the venue said, quoted."""
    code, numbers = rejected.code, rejected.numbers
    if rejected.detail:
        return quoting(code, rejected.detail)
    if BECAUSE in numbers:
        behind = {name: number for name, number in numbers.items() if name != BECAUSE}
        return f"{sentence(code, {})}: {told(str(numbers[BECAUSE]), behind)}"
    return told(code, numbers)
