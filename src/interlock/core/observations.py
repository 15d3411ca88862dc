"""Everything that can come in. A cycle takes exactly one of these through decide, record and act."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen
from attrs.validators import ge, optional

from interlock.core.arming import ArmingObservation
from interlock.core.commands import OperatorObservation
from interlock.core.faults import Fault
from interlock.core.market import Bar, EndOfData, Instrument, RefusedRow, Session, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.origins import Origin
from interlock.core.reports import ExecutionReport
from interlock.core.state import State
from interlock.core.trading_state import ReconciliationCause
from interlock.core.values import NO_NUMBERS, LightValue, Numbers, amount, at_least_one, not_negative, utc, zero_or_more


class StopReason(StrEnum):
    """Why a run ended."""

    END_OF_DATA = "END_OF_DATA"
    CYCLES_REACHED = "CYCLES_REACHED"
    TIME_REACHED = "TIME_REACHED"
    SIGNAL = "SIGNAL"
    FAULTS_EXCEEDED = "FAULTS_EXCEEDED"
    STATE_UNTRUSTED = "STATE_UNTRUSTED"
    JOURNAL_FAULT = "JOURNAL_FAULT"

    @property
    def is_clean(self) -> bool:
        """Whether it was meant: the data, a bound or a person ended it, and no fault did."""
        return self not in (StopReason.FAULTS_EXCEEDED, StopReason.STATE_UNTRUSTED, StopReason.JOURNAL_FAULT)


class LastEnd(StrEnum):
    """How an earlier run ended, as far as it can be told.

    CLEAN: it recorded that it stopped, as it should. CRASHED: it ended by a fault, and recorded that, or left word
    of it. KILLED: it left no word at all: it was killed, or memory or power failed.
    """

    CLEAN = "CLEAN"
    CRASHED = "CRASHED"
    KILLED = "KILLED"


@frozen(kw_only=True)
class JournalOpened:
    """The first record of every journal: what it is a journal of. It refuses any other mode or account.

    ``chapter`` is what an earlier journal of the same id handed on; None where everything begins here.
    """

    journal_id: str
    mode: RunMode
    account: str
    currency: str
    opening_cash: Decimal = field(validator=not_negative)
    instrument: Instrument
    interval_seconds: int = field(validator=at_least_one)
    chapter: "Chapter | None" = None

    @property
    def interval(self) -> timedelta:
        """The length of one bar."""
        return timedelta(seconds=self.interval_seconds)


@frozen(kw_only=True)
class RunStarted:
    """A run begins (a run boundary: the only records that differ between two runs of one configuration).

    ``origins`` tells where the values of the configuration came from; a key that is in none of them has the default.
    None where nobody knows: the run is older than they are.
    """

    run_id: str
    started_at: datetime = field(validator=utc)
    build: str
    config_digest: str
    configuration: str
    feed: str
    origins: tuple[Origin, ...] | None = None


@frozen(kw_only=True)
class RunStopped:
    """A run ends, and why (a run boundary)."""

    run_id: str
    stopped_at: datetime = field(validator=utc)
    reason: StopReason


@frozen(kw_only=True)
class Chapter:
    """What goes over from one journal into the next, so that nothing is forgotten where it was cut.

    ``number`` counts from 2. The chapter before ends at record ``seq`` with ``hash`` and was put aside under the name
    ``archive``. ``state`` is what it added up to: nobody changes it, and permission is never in it. ``started`` and
    ``stopped`` are of the last run, and ``numbers`` are those behind a trading state that is not ACTIVE.
    """

    number: int = field(validator=ge(2))
    archive: str
    seq: int = field(validator=zero_or_more)
    hash: str
    state: State = field(repr=False)
    started: RunStarted
    stopped: RunStopped | None = None
    numbers: Numbers = NO_NUMBERS


class HeldOrder(LightValue, frozen=True, kw_only=True):
    """An order that was working when a run ended, and its state."""

    client_order_id: str
    state: OrderState


class JournalResumed(LightValue, frozen=True, kw_only=True):
    """A run goes on with a journal: how the earlier run ended, and what it left (a run boundary, before RunStarted).

    ``orders`` names the first of the ``working`` orders; ``detail`` is advice: what no record says, anybody could say.
    """

    last_seq: int
    ended: LastEnd
    detail: str
    trading_state: str
    position: Decimal
    cash: Decimal
    working: int
    orders: tuple[HeldOrder, ...]


class ChangedSetting(LightValue, frozen=True, kw_only=True):
    """One key of the configuration, before and after; None where it was, or is, not set.

    ``loosens`` marks a limit of risk that now lets more through.
    """

    key: str
    before: str | None
    after: str | None
    loosens: bool = False


class ConfigurationChanged(LightValue, frozen=True, kw_only=True):
    """The run that starts has another configuration than the one before (a run boundary, before RunStarted).

    ``left_out`` counts the changes beyond those listed: RunStarted holds the whole configuration.
    """

    changes: tuple[ChangedSetting, ...]
    left_out: int = 0


class CycleOverran(LightValue, frozen=True, kw_only=True):
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


class ReconciliationFailed(LightValue, frozen=True, kw_only=True):
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


class FaultObserved(LightValue, frozen=True, kw_only=True):
    """Something of ours, or of a plugin, raised. Trading halts; watching goes on."""

    fault: Fault


MarketObservation = Bar | RefusedRow | Silence | Split | EndOfData | SessionRolled
Reconciliation = VenueReconciled | ReconciliationFailed
RunBoundary = JournalResumed | ConfigurationChanged | RunStarted | RunStopped | CycleOverran | Reconciliation
BoundaryObservation = JournalOpened | RunBoundary
# What people and their kill switch say: it decides, so it is no run boundary.
ConsoleObservation = OperatorObservation | ArmingObservation
Observation = MarketObservation | ExecutionReport | BoundaryObservation | ConsoleObservation | FaultObserved
NotedObservation = BoundaryObservation | ConsoleObservation | FaultObserved
