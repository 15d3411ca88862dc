"""The one door to a venue."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from interlock.core.fees import FeeSchedule
from interlock.core.market import FeedItem
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected, OrderUnknown, VenueStatement
from interlock.core.state import WorkingOrder


class VenueProtection(StrEnum):
    """What a venue does of its own when we are gone (FIA 1.4): without one of these no live adapter is used.

    CANCEL_ON_DISCONNECT: our orders are canceled when the connection breaks. DEAD_MAN_TIMER: they are when we have not
    been heard of for a while.
    """

    CANCEL_ON_DISCONNECT = "CANCEL_ON_DISCONNECT"
    DEAD_MAN_TIMER = "DEAD_MAN_TIMER"


class ExecutionPort(ABC):
    """Sends approved orders and tells what became of them.

    - ``submit`` takes an ``ApprovedOrder`` and nothing else, answers accepted, rejected or unknown, and is
      idempotent by ``client_order_id``: the same order handed over twice works once.
    - An approval past its ``valid_until`` is rejected, and nothing is sent.
    - ``cancel`` is never refused by us, whatever the state of trading.
    - Reports come in the order in which they happened; each fill has a ``trade_id`` that is never used again.

    The loop alone calls it, from one thread. An exception out of ``submit`` means that nobody knows: the order
    becomes UNKNOWN and is never sent again.
    """

    # Whether what it sends is real: only LIVE constructs it. Then it has to say how the venue protects us.
    is_live: ClassVar[bool] = False
    protection: ClassVar[VenueProtection | None] = None
    # Whether it reaches outside the process, so that a call may hang.
    is_io: ClassVar[bool] = True

    @abstractmethod
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        """Hand one order to the venue. ``now`` is the domain clock."""

    @abstractmethod
    def cancel(self, client_order_id: str, now: datetime) -> None:
        """Ask for a cancel. The answer comes as a report: canceled, or the cancel rejected."""

    @abstractmethod
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        """Everything the venue knows of one order; empty when it never heard of it."""

    @abstractmethod
    def reports(self) -> Sequence[ExecutionReport]:
        """What happened since the last call. Never blocks."""

    @abstractmethod
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        """Everything that the venue can say of our ``working`` orders, of others that it works, and of our position.

        An order that it does not know is ``OrderUnknown``: it may still arrive. Only where a rule of this venue
        makes sure that it cannot work any more is it ``OrderRejected`` with ``NEVER_ARRIVED``. Asking changes nothing.
        Raises ``AdapterUnavailable`` when the venue cannot be reached: it is asked again later, and nothing halts.
        """

    @property
    @abstractmethod
    def fees(self) -> FeeSchedule:
        """What a fill is expected to cost beside its price: that much is reserved for."""

    @abstractmethod
    def describe(self) -> str:
        """One line: which venue, and under which assumptions."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections. May be called twice."""

    def on_market(self, item: FeedItem) -> None:  # noqa: B027 - a real venue has nothing to do
        """Shown every market item before the strategy sees it. A simulated venue matches against it; a real
        venue has eyes of its own and ignores it."""

    def restore(self, working: Sequence[WorkingOrder]) -> None:  # noqa: B027 - likewise
        """Told which orders were working when the journal ended. A venue with a memory of its own ignores it."""
