"""The venue under test: how to make one, and how to let the market pass."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

from interlock.core.orders import ApprovedOrder
from interlock.core.ports import ExecutionPort
from interlock.core.reports import CancelRejected, ExecutionReport, OrderCanceled, OrderFilled
from interlock.testing.approvals import approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

# Minutes of market that a venue is given to fill what it was sent.
MINUTES: Final = 20


class VenueUnderTest(ABC):
    """What both parts of the contract of execution need to know of a venue."""

    # The class that is proved.
    subject: ClassVar[type[ExecutionPort]]
    # Whether the venue takes any order at all. Most tests also say something about one that takes none.
    takes_orders: ClassVar[bool] = True

    @abstractmethod
    def venue(self) -> ExecutionPort:
        """A new venue without any order, that knows the instrument TEST (tick 0.01, lot 1)."""

    def let_pass(self, venue: ExecutionPort, minutes: int = MINUTES) -> None:
        """Let time and market pass: by bars that go up and down through every price near 100.

        Override it for a venue with eyes of its own.
        """
        for minute in range(1, minutes + 1):
            venue.on_market(
                a_bar("100", open="100.5", high="110", low="90", volume="40", at=A_TIME + minute * A_MINUTE)
            )

    def order(self, ordinal: int = 1, **terms: Any) -> ApprovedOrder:
        """An order that this venue would take."""
        return approve(ordinal=ordinal, **terms)

    def fills(self, venue: ExecutionPort) -> list[OrderFilled]:
        """The fills since reports were last drained."""
        return [report for report in venue.reports() if isinstance(report, OrderFilled)]

    def canceled(self, venue: ExecutionPort, client_order_id: str) -> ExecutionReport:
        """Cancel, and the one report that answers it."""
        earlier = list(venue.reports())
        venue.cancel(client_order_id, A_TIME + MINUTES * A_MINUTE)
        (answer,) = [report for report in venue.reports() if report.client_order_id == client_order_id]
        assert isinstance(answer, OrderCanceled | CancelRejected), f"a cancel was answered by {answer}, after {earlier}"
        return answer
