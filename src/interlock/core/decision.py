"""What a strategy proposes, what each rule found, and what one cycle concluded."""

from decimal import Decimal
from enum import StrEnum

from interlock.core.faults import Fault, WrongAnswer
from interlock.core.orders import LIMIT, ApprovedOrder, OrderTerms, OrderType, Side, TimeInForce
from interlock.core.reasons import Reason
from interlock.core.values import (
    NO_NUMBERS,
    WHOLE_BITS_MAX,
    LightValue,
    Numbers,
    identifier,
    of_kind,
    positive,
    problem_with_numbers,
    problem_with_told,
)


class NoAction(LightValue, frozen=True):
    """The strategy wants nothing, for the reason that ``code`` and ``numbers`` tell."""

    code: str
    numbers: Numbers = NO_NUMBERS


class OrderIntent(LightValue, frozen=True, kw_only=True):
    """What the strategy wishes. An intent is not an order: the risk policy decides what becomes of it.

    ``quantity`` is in units of the instrument, ``limit_price`` in currency and only for LIMIT orders. Raises
    ``TypeError`` or ``ValueError`` naming the field otherwise.
    """

    code: str
    side: Side
    quantity: Decimal
    order_type: OrderType = OrderType.MARKET
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    numbers: Numbers = NO_NUMBERS

    def __post_init__(self) -> None:
        of_kind(Side, "side", self.side)
        positive(self, "quantity", self.quantity)
        of_kind(OrderType, "order_type", self.order_type)
        if self.limit_price is not None:
            positive(self, "limit_price", self.limit_price)
        of_kind(TimeInForce, "time_in_force", self.time_in_force)
        if (self.order_type is LIMIT) != (self.limit_price is not None):
            raise ValueError("a LIMIT order has a limit_price, and no other order has one")


class CancelIntent(LightValue, frozen=True, kw_only=True):
    """The strategy wants a working order back."""

    code: str
    client_order_id: str
    numbers: Numbers = NO_NUMBERS

    def __post_init__(self) -> None:
        identifier(self, "client_order_id", self.client_order_id)


Proposal = NoAction | OrderIntent | CancelIntent


def check_tellable(code: object, numbers: Numbers, *others: object) -> None:
    """Hold what a plugin says against what a record can keep. Raises ``WrongAnswer`` for anything else, a float say:
    here it is the fault of whoever said it, in the journal it would be the journal's."""
    if type(code) is not Reason:  # a plugin's own: beside ours stand names and words of ours
        if not isinstance(code, str) or not code or problem_with_told(code) is not None:
            raise WrongAnswer("a code", "is text, and says something")
        if (problem := problem_with_numbers(numbers)) is not None:
            raise WrongAnswer("a number", problem)
    for value in (*numbers.values(), *others) if others else numbers.values():
        # Asked at every bar: what is plainly good is seen here, for a call costs more than the look.
        plain = type(value) is Decimal or (type(value) is int and value.bit_length() <= WHOLE_BITS_MAX)
        if not plain and (problem := problem_with_told(value)) is not None:
            raise WrongAnswer("a number", problem)


class Verdict(StrEnum):
    """What one rule concluded. Only PASS lets an order on; CANNOT_EVALUATE denies like DENY."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    DENY = "DENY"
    CANNOT_EVALUATE = "CANNOT_EVALUATE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Finding(LightValue, frozen=True):
    """What one rule saw and concluded. ``observed`` and ``limit`` are in the rule's own units."""

    rule: str
    verdict: Verdict
    code: str
    observed: Decimal | int | str | None = None
    limit: Decimal | int | str | None = None
    numbers: Numbers = NO_NUMBERS

    @property
    def denies(self) -> bool:
        """Whether this finding alone stops the order."""
        return self.verdict is Verdict.DENY or self.verdict is Verdict.CANNOT_EVALUATE


class Outcome(StrEnum):
    """How a decision ended."""

    NO_ACTION = "NO_ACTION"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    ERROR = "ERROR"


class Decision(LightValue, frozen=True):
    """What one cycle concluded, NO_ACTION included: the proposal, every rule's finding, and the outcome.

    ``code`` is the reason that counts: the strategy's for NO_ACTION and APPROVED, the first denial's for DENIED.
    """

    outcome: Outcome
    code: str
    proposal: Proposal | None = None
    findings: tuple[Finding, ...] = ()


class Approved(LightValue, frozen=True, kw_only=True):
    """The policy's yes: the permission, and what every rule saw. Raises ``TypeError`` where it is no permission."""

    order: ApprovedOrder
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        of_kind(ApprovedOrder, "order", self.order)

    @property
    def terms(self) -> OrderTerms:
        """What was approved, as data."""
        return self.order.terms


class CancelApproved(LightValue, frozen=True, kw_only=True):
    """The policy's yes to a cancel. No limit, rate, halt or expiry ever stands in its way."""

    client_order_id: str
    findings: tuple[Finding, ...]


class Denied(LightValue, frozen=True, kw_only=True):
    """The policy's no: ``code`` of the first finding that denies, every finding beside it, and what raised."""

    code: str
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...] = ()


Review = Approved | CancelApproved | Denied
