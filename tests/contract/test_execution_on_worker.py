"""A venue on a worker keeps the contract of execution like the venue that it wraps."""

from typing import ClassVar

from typing_extensions import override

from interlock.adapters.execution.on_worker import OnWorker
from interlock.core.ports import ExecutionPort
from interlock.testing.contracts.execution import ExecutionContract
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.hanging import HangingVenue

# No call of these hangs. A machine that is busy with other things must not fail them.
SECONDS: float = 30.0


class TestHangingVenue(ExecutionContract):
    """The fake that hangs, where it does not."""

    subject: ClassVar[type[ExecutionPort]] = HangingVenue

    @override
    def venue(self) -> ExecutionPort:
        return HangingVenue()


class TestScriptedVenueOnWorker(ExecutionContract):
    subject: ClassVar[type[ExecutionPort]] = OnWorker

    @override
    def venue(self) -> ExecutionPort:
        return OnWorker(HangingVenue(), SECONDS)


class TestRejectingVenueOnWorker(ExecutionContract):
    subject: ClassVar[type[ExecutionPort]] = OnWorker
    takes_orders = False

    @override
    def venue(self) -> ExecutionPort:
        return OnWorker(ScriptedVenue("reject", "reject", "reject", "reject", "reject"), SECONDS)
