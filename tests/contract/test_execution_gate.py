"""The gate keeps the contract of execution, open and shut: it adds a refusal, and takes nothing away."""

from typing_extensions import override

from interlock.adapters.execution.gate import GatedVenue, Refusal
from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.core.ports import ExecutionPort
from interlock.core.reasons import Reason
from interlock.core.values import ZERO
from interlock.testing.builders import an_instrument
from interlock.testing.contracts.execution import ExecutionContract


def paper() -> ExecutionPort:
    """A venue that takes orders."""
    options = PaperOptions(slippage_bps=ZERO, fee_bps=ZERO, fee_fixed=ZERO, participation="ignore")
    return PaperVenue.from_options(options, instrument=an_instrument())


class TestGatedVenue(ExecutionContract):
    """Before a venue that takes orders, with guards that let everything pass."""

    subject = GatedVenue

    @override
    def venue(self) -> ExecutionPort:
        return GatedVenue(paper(), (lambda *_: None, lambda *_: None))


class TestGatedVenueThatIsShut(ExecutionContract):
    """Before the same, with one guard that lets nothing pass."""

    subject = GatedVenue
    takes_orders = False

    @override
    def venue(self) -> ExecutionPort:
        return GatedVenue(paper(), (lambda *_: None, lambda *_: Refusal(code=Reason.KILL_SWITCH)))
