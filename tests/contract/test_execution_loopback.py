"""The loopback venue's adapter keeps the contract of execution, against a real venue process with a disk of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.execution.on_worker import OnWorker
from interlock.core.ports import ExecutionPort
from interlock.testing.contracts.execution import ExecutionContract
from interlock.testing.loopback.adapter import LiveLoopbackVenue, LoopbackVenue
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.options import LoopbackOptions
from interlock.testing.loopback.process import VenueProcess

# A process for each test: a third of a second.
pytestmark = pytest.mark.slow


class TestLoopbackVenue(ExecutionContract):
    subject: ClassVar[type[ExecutionPort]] = LoopbackVenue

    @pytest.fixture(autouse=True)
    def _processes(self, tmp_path: Path) -> Iterator[None]:
        with ExitStack() as stack:
            self._stack, self._folder, self._begun = stack, tmp_path, list[VenueProcess]()
            yield
            for process in self._begun:
                sent = [got.client_order_id for got in process.received if got.do == "submit"]
                assert len(sent) == len(set(sent)), "an order was sent twice"

    def process(self) -> VenueProcess:
        """A new venue without any order."""
        begun = self._stack.enter_context(VenueProcess(self._folder / f"venue-{len(self._begun)}"))
        self._begun.append(begun)
        return begun

    @override
    def venue(self) -> ExecutionPort:
        return self._stack.enter_context(closing(self.process().adapter()))


class TestLoopbackVenueThatRefuses(TestLoopbackVenue):
    """The same contract where every order is rejected."""

    takes_orders = False

    @override
    def venue(self) -> ExecutionPort:
        process = self.process()
        with process.commands() as commands:
            commands.plan(Move.REJECT, orders=100)
        return self._stack.enter_context(closing(process.adapter()))


class TestLiveLoopbackVenue(TestLoopbackVenue):
    """The same adapter under the name of a live one, at a venue that cancels on disconnect."""

    subject = LiveLoopbackVenue

    @override
    def process(self) -> VenueProcess:
        folder = self._folder / f"venue-{len(self._begun)}"
        begun = self._stack.enter_context(VenueProcess(folder, cancels_on_disconnect=True))
        self._begun.append(begun)
        return begun

    @override
    def venue(self) -> ExecutionPort:
        made: type = LoopbackOptions
        return self._stack.enter_context(closing(LiveLoopbackVenue(made(port=self.process().port))))


class TestLoopbackVenueOnWorker(TestLoopbackVenue):
    """As a run has it: on a thread of its own, with a deadline above those of the adapter."""

    subject = OnWorker

    @override
    def venue(self) -> ExecutionPort:
        return self._stack.enter_context(closing(OnWorker(self.process().adapter(), 30.0)))
