"""Everything that can come in. A cycle takes exactly one of these through decide, record and act."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen
from attrs.validators import optional

from interlock.core.faults import Fault
from interlock.core.market import Bar, EndOfData, Instrument, RefusedRow, Session, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.reports import ExecutionReport
from interlock.core.values import amount, at_least_one, not_negative, utc, zero_or_more


class StopReason(StrEnum):
    """Why a run ended."""

    END_OF_DATA = "END_OF_DATA"
    CYCLES_REACHED = "CYCLES_REACHED"
    TIME_REACHED = "TIME_REACHED"
    SIGNAL = "SIGNAL"
    FAULTS_EXCEEDED = "FAULTS_EXCEEDED"
    STATE_UNTRUSTED = "STATE_UNTRUSTED"
    JOURNAL_FAULT = "JOURNAL_FAULT"


class ReconciliationCause(StrEnum):
    """Why the venue was asked to confirm our orders and position."""

    START = "START"
    VENUE_FAULT = "VENUE_FAULT"
    ORDER_IN_DOUBT = "ORDER_IN_DOUBT"
    PERIODIC = "PERIODIC"


@frozen(kw_only=True)
class JournalOpened:
    """The first record of every journal: what it is a journal of. It refuses any other mode or account."""

    journal_id: str
    mode: RunMode
    account: str
    currency: str
    opening_cash: Decimal = field(validator=not_negative)
    instrument: Instrument
    interval_seconds: int = field(validator=at_least_one)

    @property
    def interval(self) -> timedelta:
        """The length of one bar."""
        return timedelta(seconds=self.interval_seconds)


@frozen(kw_only=True)
class RunStarted:
    """A run begins (a run boundary: the only records that differ between two runs of one configuration)."""

    run_id: str
    started_at: datetime = field(validator=utc)
    build: str
    config_digest: str
    configuration: str
    feed: str


@frozen(kw_only=True)
class RunStopped:
    """A run ends, and why (a run boundary)."""

    run_id: str
    stopped_at: datetime = field(validator=utc)
    reason: StopReason


@frozen(kw_only=True)
class CycleOverran:
    """The clock was late: ``missed`` cycles were left out and are not caught up (a run boundary: it tells of us)."""

    missed: int


@frozen(kw_only=True)
class VenueReconciled:
    """The venue told of every order that works and of the position, and what was news stands in the records before
    this one (a run boundary: when it is asked is ours to choose).

    ``asked`` counts our working orders, ``repeats`` the reports that said nothing new, ``in_doubt`` the orders that
    are UNKNOWN still. ``position`` is the venue's own, in units; None where it keeps none.
    """

    cause: ReconciliationCause
    asked: int = field(validator=zero_or_more)
    repeats: int = field(validator=zero_or_more)
    in_doubt: int = field(validator=zero_or_more)
    position: Decimal | None = field(validator=optional(amount))


@frozen(kw_only=True)
class ReconciliationFailed:
    """The venue could not be asked (a run boundary). No halt: entries wait until it answers."""

    cause: ReconciliationCause
    error: str
    place: str


@frozen(kw_only=True)
class SessionRolled:
    """The market moved to another session. ``next_session`` is None where the calendar knows no later one.

    ``sessions_skipped`` counts whole sessions in between for which no bar came.
    """

    session: Session
    next_session: Session | None
    sessions_skipped: int = field(default=0, validator=zero_or_more)


@frozen(kw_only=True)
class FaultObserved:
    """Something of ours, or of a plugin, raised. Trading halts; watching goes on."""

    fault: Fault


MarketObservation = Bar | RefusedRow | Silence | Split | EndOfData | SessionRolled
BoundaryObservation = JournalOpened | RunStarted | RunStopped | CycleOverran | VenueReconciled | ReconciliationFailed
Observation = MarketObservation | ExecutionReport | BoundaryObservation | FaultObserved
