"""Cash, lots and profit, exact to the last digit.

Cost is first in, first out. A lot carries its total cost, not a unit price: when part of it is sold, the part's
cost is rounded and the rest keeps the remainder, so that nothing is ever lost to a division.
"""

from collections import deque
from decimal import Decimal, getcontext, localcontext, setcontext

from attrs import Factory, define

from interlock.core.faults import InvariantViolated
from interlock.core.orders import BUY, Side
from interlock.core.values import (
    CENT,
    EXACT,
    ROUNDING,
    SMALLEST,
    ZERO,
    LightValue,
    divided,
    down_to,
    minus,
    plus,
    times,
    up_to,
)

# How a trade was told: under which order, side, quantity, price and fee.
Telling = tuple[str, Side, Decimal, Decimal, Decimal]


# mutable: a lot shrinks as it is sold; only the fold holds it
@define
class Lot:
    """Units bought (or sold short) together: ``quantity`` above zero, ``cost`` in total, fees aside."""

    quantity: Decimal
    cost: Decimal


class PortfolioView(LightValue, frozen=True, kw_only=True):
    """What the books say at one price, as values that nobody can change."""

    position: Decimal
    cash: Decimal
    equity: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    fees: Decimal
    cost_basis: Decimal


# mutable: the fold owns it
@define
class Portfolio:
    """One instrument's books in one currency. Changed by the fold alone.

    Always: realised + unrealised - fees = equity - opening cash - adjustments. ``trades`` are the trades that they
    hold, by ``trade_id``, as they were told: kept by the order book for as long as it remembers the order.
    """

    opening_cash: Decimal
    cash: Decimal
    position: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    adjustments: Decimal = ZERO
    cost_basis: Decimal = ZERO
    lots: deque[Lot] = Factory(deque)
    trades: dict[str, Telling] = Factory(dict)

    def book(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book a fill: ``quantity`` units at ``price``, ``fee`` in currency. Oldest lots close first."""
        # Where a context is entered plain operators are as exact as plus() and times(), and cost less.
        ambient = getcontext()
        setcontext(EXACT)
        try:
            self._book(quantity if side is BUY else -quantity, quantity, price, fee)
            self._check()
        finally:
            setcontext(ambient)

    def _book(self, signed: Decimal, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        self.cash -= signed * price + fee
        self.fees += fee
        left = quantity
        if self.position * signed < ZERO:
            closing = min(quantity, abs(self.position))
            profit = closing * price - self._take(closing)
            self.realised_pnl += profit if signed < ZERO else -profit
            left -= closing
        if left:
            cost = left * price
            self.lots.append(Lot(left, cost))
            # A short lot's cost is what was received: it counts against, so that equity is cash + position * price.
            self.cost_basis += cost if signed > ZERO else -cost
        self.position += signed

    def _take(self, quantity: Decimal) -> Decimal:
        """Remove ``quantity`` from the oldest lots; what those units cost."""
        taken, left = ZERO, quantity
        while left:  # ends: every pass removes a lot or the rest of the quantity
            lot = self.lots[0]
            if lot.quantity <= left:
                self.lots.popleft()
                part, units = lot.cost, lot.quantity
            else:
                units = left
                part = divided(lot.cost * units, lot.quantity)
                lot.quantity -= units
                lot.cost -= part
            taken += part
            left -= units
        self.cost_basis -= taken if self.position > ZERO else -taken
        return taken

    def split(self, ratio: Decimal, lot_size: Decimal, mark: Decimal | None) -> Decimal:
        """Restate for a split: each unit becomes ``ratio`` units, total cost unchanged.

        A fraction of a lot that remains is paid out in cash at the restated ``mark``, to the nearest cent, as
        brokers do (cash in lieu), so that what is left is whole lots: an amount that an exit may have. Without a
        mark it stays. Returns the fraction.
        """
        self.check_lots()
        with localcontext(EXACT):
            odd = self._split(ratio, lot_size, mark)
        self.check_lots()
        self.check()
        return odd

    def _split(self, ratio: Decimal, lot_size: Decimal, mark: Decimal | None) -> Decimal:
        direction = -1 if self.position < 0 else 1
        size = abs(self.position) * ratio
        whole = down_to(size, lot_size)
        odd = size - whole
        # However many splits there are, lots stay as fine as amounts are: what one loses the newest has more.
        held = size if mark is None else up_to(size, SMALLEST)
        for lot in self.lots:
            lot.quantity = down_to(lot.quantity * ratio, SMALLEST)
        if self.lots:
            self.lots[-1].quantity += held - sum(lot.quantity for lot in self.lots)
        if odd and mark is not None:
            paid = ROUNDING.quantize(odd * mark, CENT)
            self.realised_pnl += direction * (paid - self._take(held - whole))
            self.cash += direction * paid
        # Restated from whole lots: the zeros of a product would make an amount of too many digits of it.
        left = size if mark is None else whole
        self.position = left if direction > 0 else ZERO - left
        return odd

    def at(self, mark: Decimal | None) -> PortfolioView:
        """The books with the position valued at ``mark`` (at cost while there is no price yet)."""
        value = self.cost_basis if mark is None else times(self.position, mark)
        return PortfolioView(
            position=self.position,
            cash=self.cash,
            equity=plus(self.cash, value),
            realised_pnl=self.realised_pnl,
            unrealised_pnl=minus(value, self.cost_basis),
            fees=self.fees,
            cost_basis=self.cost_basis,
        )

    def check(self) -> None:
        """Hold the identity. Position times price stands on both sides, so it holds at every price or at none.

        Raises ``InvariantViolated``: the books cannot be trusted any more. Never switched off.
        """
        with localcontext(EXACT):
            self._check()

    def _check(self) -> None:
        profit = self.realised_pnl - self.cost_basis - self.fees
        if profit != self.cash - self.opening_cash - self.adjustments:
            raise InvariantViolated("realised - cost basis - fees is not cash - opening cash - adjustments")
        # Adding up a thousand lots at each fill would cost more than the fill: they are held whenever none should be.
        if not self.position or not self.lots:
            self.check_lots()

    def check_lots(self) -> None:
        """Hold the lots against the position and the cost basis: around a split, and whenever the position is closed.

        Raises ``InvariantViolated``.
        """
        units = cost = ZERO
        for lot in self.lots:
            units, cost = plus(units, lot.quantity), plus(cost, lot.cost)
        if units != self.position.copy_abs() or cost != self.cost_basis.copy_abs():
            raise InvariantViolated("the lots do not add up to the position and its cost")
