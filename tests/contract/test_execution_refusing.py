"""The door that stays shut keeps the contract of execution: it answers everything, and takes nothing."""

from typing_extensions import override

from interlock.adapters.execution.refusing import RefusingVenue
from interlock.core.ports import ExecutionPort
from interlock.testing.contracts.execution import ExecutionContract


class TestRefusingVenue(ExecutionContract):
    subject = RefusingVenue
    takes_orders = False

    @override
    def venue(self) -> ExecutionPort:
        return RefusingVenue()
