"""What a loop is given: when it ends, by which clock it decides, and who is told."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from attrs import evolve, frozen

from interlock.core.observations import NotedObservation
from interlock.core.records import Record


class DomainTime(Protocol):
    """The clock that stamps decisions."""

    def now(self) -> datetime:
        """Domain time, aware UTC."""
        ...


@frozen(kw_only=True)
class Bounds:
    """What ends a run by itself. ``interval_seconds`` is None where the data sets the pace."""

    cycles: int | None = None
    seconds: float | None = None
    interval_seconds: float | None = None
    heartbeat_seconds: float = 60.0
    reconcile_seconds: float = 300.0
    faults_max: int = 5

    def paced(self, *, clock_runs: bool, is_endless: bool) -> "Bounds":
        """The same, for such a clock and source: SIM follows the data, unless the source is endless and nothing else
        would end it."""
        bounded = self.cycles is not None or self.seconds is not None
        if clock_runs or (is_endless and not bounded):
            return self
        return evolve(self, interval_seconds=None)


@frozen(kw_only=True)
class Watcher:
    """Who is told: of each batch of records, and, now and then, that the run is alive. ``rest`` comes before a wait.

    ``aside`` is for what is done beside the steps, at every look and before a wait: it starts and polls, never waits,
    and answers at what time of the monotonic clock it has to be asked again.

    ``asked`` is what people and their kill switch say: looked at before each item at a stated pace, and at every look.
    ``switched`` tells whether the kill switch asks for more than trading obeys: looked at before each item where the
    data set the pace, so it has to cost little. ``stands`` is told when so many items in a row brought no bar.

    What these raise ends the run as a defect of ours: whoever tells must not fail.
    """

    records: Callable[[Sequence[Record]], None]
    heartbeat: Callable[[], None]
    progress: Callable[[], None]
    rest: Callable[[], None]
    aside: Callable[[], float] = lambda: math.inf
    asked: Callable[[], Sequence[NotedObservation]] = tuple
    switched: Callable[[], bool] = lambda: False
    stands: Callable[[int], None] = lambda _: None
