"""The same reason again: told once, counted, and said in one way on the console, in heartbeats and by ``logs``.

What is folded is only the telling. The journal has each record, and so has the log.
"""

from collections.abc import Hashable

from attrs import define

from interlock.core.decision import Outcome
from interlock.core.faults import Fault
from interlock.core.observations import FaultObserved
from interlock.core.records import FaultRaised, Record, TradingStateChanged
from interlock.runner.amounts import counted


def same_reason(count: int, unit: str, since: str, last: str = "") -> str:
    """That a reason has held ``count`` times, the first one told included.

    >>> same_reason(240, "cycle", "2026-01-05 14:02Z")
    'same reason, 240 cycles, since 2026-01-05 14:02Z'
    """
    return f"same reason, {counted(count, unit)}, since {since}" + f", last {last}" * bool(last)


# mutable: it counts
@define
class Repetition:
    """What was told last, and how often it came again. Times are as they are shown."""

    _key: Hashable | None = None
    _unit: str = ""
    _since: str = ""
    _last: str = ""
    _count: int = 0
    _said: int = 1

    def is_again(self, key: Hashable | None, at: str) -> bool:
        """Whether this is what was told last, once more: then it is counted, and not to be told."""
        if key is not None and key == self._key:
            self._count, self._last = self._count + 1, at
            return True
        return False

    def begin(self, key: Hashable | None, at: str, unit: str = "cycle") -> None:
        """This is told now, after whatever ``told`` had to say; None for what is never the same as anything."""
        self._key, self._unit, self._since = key, unit, at
        self._count = self._said = 1

    def told(self) -> str:
        """How often it came, where that was not said yet; empty where nothing came again. It may come again."""
        if self._count <= self._said:
            return ""
        self._said = self._count
        return same_reason(self._count, self._unit, self._since, self._last if self._last != self._since else "")


def reason_of(record: Record) -> Hashable | None:
    """What makes a denial or a fault the same again; None for what is told each time: an order, a report, a word of a
    person, a restriction together with what it calls back."""
    faults = faults_of(record)
    decision = record.decision
    if faults:
        if not all(isinstance(event, FaultRaised | TradingStateChanged) for event in record.events):
            return None
        code = decision.code if decision is not None else record.kind
        return code, tuple((fault.where, fault.error, fault.place) for fault in faults)
    if decision is None or decision.outcome is not Outcome.DENIED or record.events or decision.proposal is None:
        return None
    return decision.code, decision.proposal.code


def faults_of(record: Record) -> list[Fault]:
    """What raised in it."""
    faults = [event.fault for event in record.events if isinstance(event, FaultRaised)]
    if isinstance(record.observation, FaultObserved):
        faults.append(record.observation.fault)
    return faults
