"""The paper venue: simulated fills under stated assumptions, and everything else that a venue does."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, Self

from attrs import Attribute, field, frozen
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.execution.acceptance import refusal
from interlock.core.faults import ConfigurationError
from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar, FeedItem, Instrument, Silence
from interlock.core.matching import MatchingRules, RestingOrder, available, match, why_not
from interlock.core.order_states import OrderState
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderUnknown,
    VenueStatement,
)
from interlock.core.state import WorkingOrder
from interlock.core.values import NO_NUMBERS, Numbers, fraction, not_negative

IGNORE: Final = "ignore"
# Ended orders whose reports can still be asked for. Older ones are forgotten, so that months of running stay flat.
ENDED_ORDERS_KEPT: Final = 1024

# How every other amount is written. Decimal alone reads "0_1" as one: all of a bar's volume, for a slip of the hand.
_SHARE: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


def _participation(instance: object, attribute: "Attribute[Any]", value: str) -> None:
    if value != IGNORE:
        fraction(instance, attribute, _share(attribute.name, value))


def _share(name: str, value: str) -> Decimal:
    if _SHARE.fullmatch(value) is None:
        raise ValueError(f'{name} must be a share such as "0.1", or "ignore", found {value!r}')
    return Decimal(value)


@frozen(kw_only=True)
class PaperOptions:
    """The paper venue's assumptions, as written under ``[execution]``.

    ``slippage_bps`` and ``fee_bps`` in basis points of the price and of the value, ``fee_fixed`` in currency per
    order, ``participation`` the share of a bar's volume that may be ours; "ignore" has to be said.
    """

    slippage_bps: Decimal = field(validator=not_negative)
    fee_bps: Decimal = field(validator=not_negative)
    fee_fixed: Decimal = field(validator=not_negative)
    participation: str = field(validator=_participation)


class PaperVenue(ExecutionPort):
    """Works MARKET and LIMIT DAY orders against the bars it is shown. See ``core/matching.py`` for how they fill.

    Deterministic: venue ids and trade ids are functions of the order and the bar.
    """

    is_io: ClassVar[bool] = False
    Options: ClassVar[type[Any]] = PaperOptions

    def __init__(self, instrument: Instrument, rules: MatchingRules) -> None:
        self._instrument = instrument
        self._rules = rules
        self._resting: dict[str, RestingOrder] = {}
        # The last bar that each saw in its session: an order that expires can say why it had not filled. None where
        # bars may have come before we were restored: then nobody can tell.
        self._last_bar: dict[str, Bar | None] = {}
        # What was answered at submission, and what became of the order since.
        self._history: dict[str, tuple[OrderAccepted | OrderRejected, list[ExecutionReport]]] = {}
        self._outbox: list[ExecutionReport] = []

    @classmethod
    def from_options(cls, options: PaperOptions, *, instrument: Instrument) -> Self:
        """Build it from the ``[execution]`` table. Raises ``ConfigurationError`` for a share it cannot use."""
        try:
            share = None if options.participation == IGNORE else _share("participation", options.participation)
        except ValueError as error:
            raise ConfigurationError(f"execution.participation: {options.participation!r} is no share") from error
        rules = MatchingRules(
            slippage_bps=options.slippage_bps,
            fees=FeeSchedule(fee_bps=options.fee_bps, fee_fixed=options.fee_fixed),
            participation=share,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
        )
        return cls(instrument, rules)

    @property
    @override
    def fees(self) -> FeeSchedule:
        return self._rules.fees

    @override
    def describe(self) -> str:
        share = "any volume" if self._rules.participation is None else f"at most {self._rules.participation} of volume"
        return (
            f"paper venue: market orders at the next open plus {self._rules.slippage_bps} bps, limit orders on "
            f"trade-through, {share}, fees {self._rules.fees.fee_bps} bps and {self._rules.fees.fee_fixed} an order"
        )

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        terms = order.terms
        known = self._history.get(terms.client_order_id)
        if known is not None:
            return known[0]
        answer = self._take_in(terms, now)
        self._forget()
        return answer

    def _take_in(self, terms: OrderTerms, now: datetime) -> OrderAccepted | OrderRejected:
        answer = refusal(terms, self._instrument, now) or OrderAccepted(
            client_order_id=terms.client_order_id, venue_order_id=f"paper-{terms.client_order_id}", ts_event=now
        )
        self._history[terms.client_order_id] = (answer, [])
        if isinstance(answer, OrderAccepted):
            self._resting[terms.client_order_id] = RestingOrder(
                terms=terms, venue_order_id=answer.venue_order_id, leaves_qty=terms.quantity
            )
        return answer

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        if self._drop(client_order_id) is not None:
            self._tell(OrderCanceled(client_order_id=client_order_id, ts_event=now))
        else:
            # Told, and no part of the order's own history: that stays empty for an order we never heard of.
            code = Reason.ORDER_UNKNOWN_TO_US
            self._outbox.append(CancelRejected(client_order_id=client_order_id, ts_event=now, code=code))

    @override
    def on_market(self, item: FeedItem) -> None:
        if not self._resting:
            return
        if isinstance(item, Bar):
            self._expire(item.ts_event, at_close=False)
            self._match(item)
            self._expire(item.ts_event, at_close=True)
        elif isinstance(item, Silence):
            self._expire(item.until, at_close=False)

    def _match(self, bar: Bar) -> None:
        # First come, first served: orders share the volume that may be ours.
        units = available(bar, self._rules)
        for client_order_id, order in list(self._resting.items()):
            if order.terms.ts_init < bar.ts_event > order.terms.session_open:
                self._last_bar[client_order_id] = bar
            matched = match(order, bar, self._rules, units)
            if matched is None:
                continue
            fill, rest = matched
            if units is not None:
                units -= fill.last_qty
            if rest.leaves_qty:
                self._resting[client_order_id] = rest
            else:
                self._drop(client_order_id)
            self._tell(fill)

    def _expire(self, now: datetime, *, at_close: bool) -> None:
        for client_order_id, order in list(self._resting.items()):
            ends = order.terms.valid_until
            if ends < now or (at_close and ends == now):
                code, numbers = self._why(client_order_id, order)
                self._drop(client_order_id)
                self._tell(OrderExpired(client_order_id=client_order_id, ts_event=ends, code=code, numbers=numbers))

    def _why(self, client_order_id: str, order: RestingOrder) -> tuple[str, Numbers]:
        last = self._last_bar.get(client_order_id)
        if last is None and client_order_id in self._last_bar:
            return "", NO_NUMBERS
        return why_not(order, last, self._rules)

    def _drop(self, client_order_id: str) -> RestingOrder | None:
        """It works no longer; None when it did not."""
        self._last_bar.pop(client_order_id, None)
        return self._resting.pop(client_order_id, None)

    def _tell(self, report: ExecutionReport) -> None:
        self._outbox.append(report)
        self._history[report.client_order_id][1].append(report)

    def _forget(self) -> None:
        if len(self._history) > ENDED_ORDERS_KEPT + len(self._resting):
            oldest = next(key for key in self._history if key not in self._resting)
            del self._history[oldest]

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        known = self._history.get(client_order_id)
        return () if known is None else (known[0], *known[1])

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        if not self._outbox:
            return ()
        told, self._outbox = tuple(self._outbox), []
        return told

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        told: list[ExecutionReport] = list(self.reports())
        names = [terms.client_order_id for terms in working]
        for name in names:
            told.extend(self.find(name) or (OrderUnknown(client_order_id=name, ts_event=now),))
        told.extend(self._history[name][0] for name in self._resting if name not in names)
        # Restored from the journal, it would only say what the journal says: it states no position.
        return VenueStatement(reports=tuple(told))

    @override
    def restore(self, working: Sequence[WorkingOrder]) -> None:
        """Work on. What had been asked of us when the process ended, and never answered, is answered now."""
        for order in working:
            terms, client_order_id = order.terms, order.terms.client_order_id
            answer = self._take_in(terms, terms.ts_init)
            if order.state is OrderState.SUBMITTED:
                self._outbox.append(answer)
            resting = self._resting.get(client_order_id)
            if resting is not None:
                self._last_bar[client_order_id] = None
                self._resting[client_order_id] = replace(
                    resting, leaves_qty=order.leaves_qty, notional=order.notional, fees=order.fees
                )
            if order.state is OrderState.PENDING_CANCEL:
                self.cancel(client_order_id, terms.ts_init)

    @override
    def close(self) -> None:
        """Nothing is held open."""
