"""What is kept: one record a cycle step, and the things that happened in it."""

from datetime import datetime
from typing import ClassVar

from msgspec.structs import astuple
from typing_extensions import override

from interlock.core.decision import Decision
from interlock.core.faults import Fault
from interlock.core.observations import Observation, RunBoundary
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.trading_state import TradingState
from interlock.core.values import NO_NUMBERS, LightValue, Numbers


class Happened(LightValue, frozen=True, tag_field="kind", tag=True):
    """Base of events: each is written down with its ``kind``, the name of its class."""

    @property
    def kind(self) -> str:
        """Its name in the journal."""
        return type(self).__name__


class OrderSubmitted(Happened, frozen=True, kw_only=True):
    """The intention to send: recorded before anything leaves."""

    terms: OrderTerms


class CancelRequested(Happened, frozen=True, kw_only=True):
    """The intention to cancel: recorded before anything leaves."""

    client_order_id: str
    code: str


class TradingStateChanged(Happened, frozen=True, kw_only=True):
    """Trading was restricted. Only a person's release loosens it again, or an arming where one was wanting."""

    state: TradingState
    code: str
    numbers: Numbers = NO_NUMBERS


class TradingStateReleased(Happened, frozen=True, kw_only=True):
    """Trading is ACTIVE again, unless a ``TradingStateChanged`` behind it says what still stands."""

    code: str
    numbers: Numbers = NO_NUMBERS


class ReleaseRefused(Happened, frozen=True, kw_only=True):
    """A release was asked for and its cause stands: nothing changes."""

    code: str
    numbers: Numbers = NO_NUMBERS


class Disarmed(Happened, frozen=True, kw_only=True):
    """An arming ended: no entry in LIVE until a person arms anew."""

    code: str
    numbers: Numbers = NO_NUMBERS


class EntriesQuarantined(Happened, frozen=True, kw_only=True):
    """The window of prices is not to be believed: no entry for ``bars`` bars."""

    bars: int
    code: str
    numbers: Numbers = NO_NUMBERS


class FaultRaised(Happened, frozen=True, kw_only=True):
    """A strategy, a rule or the decision itself raised in this very step."""

    fault: Fault


class ReportIgnored(Happened, frozen=True, kw_only=True):
    """A report that was counted before, or says nothing new: the state stays as it is."""

    code: str
    numbers: Numbers = NO_NUMBERS


Release = TradingStateReleased | ReleaseRefused
Event = (
    OrderSubmitted
    | CancelRequested
    | TradingStateChanged
    | Release
    | Disarmed
    | EntriesQuarantined
    | FaultRaised
    | ReportIgnored
)


class SubmitOrder(LightValue, frozen=True, kw_only=True):
    """An effect: hand this order to the venue. Never written down: the record holds ``OrderSubmitted`` instead."""

    order: ApprovedOrder


class CancelOrder(LightValue, frozen=True, kw_only=True):
    """An effect: ask the venue to cancel."""

    client_order_id: str


Effect = SubmitOrder | CancelOrder


class Record(LightValue, frozen=True, eq=False, omit_defaults=True):
    """One journal row: what came in, what was decided, what happened.

    ``ts_init`` is the domain clock when it was taken. ``correlation_id`` names the workflow (an order),
    ``causation_id`` the direct parent. ``effects`` live in memory only: a record read back has none.
    """

    ts_init: datetime
    observation: Observation
    decision: Decision | None = None
    events: tuple[Event, ...] = ()
    correlation_id: str | None = None
    causation_id: str | None = None
    effects: tuple[Effect, ...] = ()

    @override
    def __eq__(self, other: object) -> bool:
        """Whether both tell the same; what the effects were is not part of it."""
        return isinstance(other, Record) and astuple(self)[:-1] == astuple(other)[:-1]

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    @property
    def kind(self) -> str:
        """The name of what was observed."""
        return type(self.observation).__name__

    @property
    def is_run_boundary(self) -> bool:
        """Whether it tells of a run rather than of the market: those differ from run to run."""
        return isinstance(self.observation, RunBoundary)
