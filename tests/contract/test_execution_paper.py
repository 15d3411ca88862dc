"""The paper venue keeps the contract of execution, under lenient assumptions and under strict ones."""

from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.adapters.execution.masked import MaskedVenue
from interlock.adapters.execution.on_worker import OnWorker
from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.core.ports import ExecutionPort
from interlock.secret import Secret
from interlock.testing.builders import an_instrument
from interlock.testing.contracts.execution import ExecutionContract


class TestPaperVenue(ExecutionContract):
    subject: ClassVar[type[ExecutionPort]] = PaperVenue
    participation = "ignore"

    @override
    def venue(self) -> ExecutionPort:
        options = PaperOptions(
            slippage_bps=Decimal("1.5"), fee_bps=Decimal(1), fee_fixed=Decimal("0.35"), participation=self.participation
        )
        return PaperVenue.from_options(options, instrument=an_instrument())


class TestPaperVenueInParts(TestPaperVenue):
    """A tenth of a volume of 40: four units a bar, so that every order fills in parts."""

    participation = "0.1"


class TestMaskedVenue(TestPaperVenue):
    """A secret that lives, and is in none of it."""

    subject = MaskedVenue
    secret = Secret("a secret that nobody tells")

    @override
    def venue(self) -> ExecutionPort:
        return MaskedVenue(super().venue())


class TestPaperVenueOnWorker(TestPaperVenue):
    """On a thread of its own, where a venue that may hang would stand."""

    subject = OnWorker

    @override
    def venue(self) -> ExecutionPort:
        return OnWorker(super().venue(), 30.0)
