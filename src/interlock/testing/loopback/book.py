"""The loopback venue's order book: pure, and the same after the same messages.

How orders fill is said in ``fills``; a test can have them filled at any time, and by other amounts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import frozen
from msgspec import structs

from interlock.core.market import Bar
from interlock.core.orders import OrderType, Side, TimeInForce, opposite
from interlock.core.reasons import Reason, sentence
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from interlock.core.values import ZERO
from interlock.testing.loopback.fills import a_trade, price_of, trade_id, venue_order_id
from interlock.testing.loopback.kept import Kept, Stage
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.requests import Asked, Request

# Reason codes of the venue's own.
AS_TOLD: Final = "LOOPBACK.AS_TOLD"
FULL: Final = "LOOPBACK.FULL"
TOO_LARGE: Final = "LOOPBACK.TOO_LARGE"
# Under this name it tells of a trade on an order that nobody sent.
NOBODY: Final = "nobody"

ORDERS_MAX: Final = 10_000
PLANNED_MAX: Final = 10_000
# As many as an answer surely has room for.
OPEN_TOLD_MAX: Final = 100
# So many that an answer about one order always fits into a line.
FILLS_MAX: Final = 64
REPORTS_MAX: Final = 100_000
# Twice as much is an amount, too.
QUANTITY_MAX: Final = Decimal(10**11)
# Who begins anew is told again of this many orders: fewer than the core remembers of those that ended.
ORDERS_RETOLD: Final = 200


@frozen(kw_only=True)
class Answer:
    """What a request is answered: what is known of the order, the order as it is worked, the position, or what is bad.

    ``move`` is what the one who sends this answer has to do with it.
    """

    told: Sequence[ExecutionReport] = ()
    order: Asked | None = None
    position: Decimal | None = None
    error: str = ""
    move: Move = Move.ACCEPT


class Book:
    """Orders, what was told of them, and what a test wants done with those to come. ``take`` is its only door."""

    def __init__(self) -> None:
        self._orders: dict[str, Kept] = {}
        self._planned: dict[int, Move] = {}
        self._received = 0
        self._trades = 0
        # What all fills add up to; None once a split has made that a question of prices.
        self._position: Decimal | None = ZERO
        # Everything that happened by itself, in order: report number n stands at n - 1.
        self.told: list[ExecutionReport] = []

    @property
    def works(self) -> bool:
        """Whether any order can still fill: otherwise the market changes nothing here."""
        return any(kept.stage is not Stage.ENDED for kept in self._orders.values())

    def is_doubled(self, report: ExecutionReport) -> bool:
        """Whether reports about that order are told twice."""
        kept = self._orders.get(report.client_order_id)
        return kept is not None and kept.move is Move.DUPLICATE

    def retold(self) -> Sequence[int]:
        """The numbers of the reports that one is told who begins anew: not those about the oldest orders."""
        old = set(list(self._orders)[:-ORDERS_RETOLD])
        return [n for n, report in enumerate(self.told, start=1) if report.client_order_id not in old]

    def take(self, request: Request) -> Answer:
        """Do what is asked."""
        if len(self.told) + len(self._orders) > REPORTS_MAX:
            return Answer(error="the book is full")
        values: Mapping[str, Any] = request.values
        match request.do:
            case "submit":
                return self._submit(values["order"], values["now"])
            case "cancel":
                self._cancel(values["client_order_id"], values["now"])
            case "find":
                return self._find(values["client_order_id"])
            case "statement":
                return self._statement()
            case "bar":
                self._bar(values["bar"])
            case "silence":
                self._expire(values["until"], at_close=False)
            case "split":
                self._position = None
            case "gone":
                for name in [name for name, kept in self._orders.items() if kept.stage is Stage.WORKING]:
                    self._cancel(name, values["now"])
            case "plan":
                return self._plan(values["move"], values["order"], values["orders"])
            case "fill":
                return self._fill_now(**values)
            case "tell":
                self.told.append(values["report"])
            case _:
                pass  # hello and say are the line's affair: nothing here changes
        return Answer()

    def _plan(self, move: Move, order: int, orders: int) -> Answer:
        first = order or self._received + 1
        if len(self._planned) + orders > PLANNED_MAX:
            return Answer(error="too much is planned")
        self._planned.update(dict.fromkeys(range(first, first + orders), move))
        return Answer()

    # ------------------------------------------------------------------------------------------ orders

    def _submit(self, asked: Asked, now: datetime) -> Answer:
        known = self._orders.get(asked.client_order_id)
        if known is not None:
            return Answer(told=(known.answer,), order=known.asked)
        self._received += 1
        move = self._planned.pop(self._received, Move.ACCEPT)
        if move is Move.LOSE_ORDER:
            return Answer(move=move)
        refused = self._refusal(asked, move, now)
        worked = asked.doubled() if move is Move.OTHER_QUANTITY and refused is None else asked
        answer = refused or OrderAccepted(
            client_order_id=asked.client_order_id, venue_order_id=venue_order_id(asked), ts_event=now
        )
        if len(self._orders) < ORDERS_MAX:
            self._orders[asked.client_order_id] = Kept(
                asked=worked,
                move=move,
                stage=Stage.WORKING if refused is None else Stage.ENDED,
                leaves_qty=worked.quantity,
                answer=answer,
            )
        return Answer(told=(answer,), order=worked, move=move)

    def _refusal(self, asked: Asked, move: Move, now: datetime) -> OrderRejected | None:
        code = ""
        if move is Move.REJECT:
            code = AS_TOLD
        elif len(self._orders) >= ORDERS_MAX:
            code = FULL
        elif asked.quantity > QUANTITY_MAX:
            code = TOO_LARGE
        elif asked.order_type is OrderType.STOP or asked.time_in_force is not TimeInForce.DAY:
            code = Reason.TYPE_NOT_SUPPORTED
        elif now >= asked.valid_until:
            code = Reason.APPROVAL_EXPIRED
        # In words of its own, like any venue: nobody but us knows our numbers.
        asked_for = {"order_type": asked.order_type.value, "time_in_force": asked.time_in_force.value}
        times = {"valid_until": asked.valid_until.isoformat(), "now": now.isoformat()}
        detail = sentence(code, {**asked_for, **times}) if isinstance(code, Reason) else ""
        name = asked.client_order_id
        return OrderRejected(client_order_id=name, ts_event=now, code=code, detail=detail) if code else None

    def _cancel(self, client_order_id: str, now: datetime) -> None:
        kept = self._orders.get(client_order_id)
        if kept is None or kept.stage is not Stage.WORKING:
            # No part of the order's own history: that stays empty for an order that was never heard of.
            code = Reason.ORDER_UNKNOWN_TO_US
            self.told.append(CancelRejected(client_order_id=client_order_id, ts_event=now, code=code))
            return
        kept.stage = Stage.CANCELED_IN_WORD if kept.move is Move.FILL_AFTER_CANCEL else Stage.ENDED
        self._tell(kept, OrderCanceled(client_order_id=client_order_id, ts_event=now))

    def _find(self, client_order_id: str) -> Answer:
        kept = self._orders.get(client_order_id)
        return Answer() if kept is None else Answer(told=(kept.answer, *kept.since), order=kept.asked)

    def _statement(self) -> Answer:
        works = tuple(kept.answer for kept in self._orders.values() if kept.stage is Stage.WORKING)
        if len(works) > OPEN_TOLD_MAX:
            return Answer(error="more orders work than can be told of")
        return Answer(told=works, position=self._position)

    # ------------------------------------------------------------------------------------------ market

    def _bar(self, bar: Bar) -> None:
        self._expire(bar.ts_event, at_close=False)
        for kept in list(self._orders.values()):
            price = None if kept.stage is Stage.ENDED else price_of(kept.asked, bar)
            if price is not None:
                self._fill(kept, kept.leaves_qty, price, bar.ts_event)
        self._expire(bar.ts_event, at_close=True)

    def _expire(self, now: datetime, *, at_close: bool) -> None:
        for kept in self._orders.values():
            ends = kept.asked.valid_until
            if kept.stage is Stage.ENDED or not (ends < now or (at_close and ends == now)):
                continue
            if kept.stage is Stage.WORKING:
                self._tell(kept, OrderExpired(client_order_id=kept.asked.client_order_id, ts_event=ends))
            kept.stage = Stage.ENDED

    def _fill_now(self, client_order_id: str, quantity: Decimal, price: Decimal, now: datetime) -> Answer:
        kept = self._orders.get(client_order_id)
        if kept is None or kept.fills >= FILLS_MAX or not (quantity and price):
            return Answer(error="there is no such order, or it has too many fills, or nothing was to fill")
        self._fill(kept, quantity, price, now)
        return Answer()

    def _fill(self, kept: Kept, quantity: Decimal, price: Decimal, now: datetime) -> None:
        asked = kept.asked
        side = opposite(asked.side) if kept.move is Move.OTHER_SIDE else asked.side
        self._trades += 1
        fill = a_trade(asked, self._trades, side, quantity, price, now)
        self._hold(fill)
        self._tell(kept, fill)
        if kept.move is Move.TRADE_OF_NOBODY:
            self._trades += 1
            another = structs.replace(fill, client_order_id=NOBODY, trade_id=trade_id(self._trades))
            self._hold(another)
            self.told.append(another)
        kept.fills += 1
        kept.leaves_qty -= quantity
        if kept.leaves_qty <= ZERO:
            kept.stage = Stage.ENDED

    def _hold(self, fill: OrderFilled) -> None:
        if self._position is not None:
            self._position += fill.last_qty if fill.side is Side.BUY else -fill.last_qty

    def _tell(self, kept: Kept, report: ExecutionReport) -> None:
        hidden = isinstance(report, OrderFilled) and kept.move in (Move.LOSE_FILL, Move.HIDE_FILL)
        if not hidden:
            self.told.append(report)
        if not hidden or kept.move is Move.LOSE_FILL:
            kept.since.append(report)
