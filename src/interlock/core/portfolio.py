"""Cash, lots and profit, exact to the last digit.

Cost is first in, first out. A lot carries its total cost, not a unit price: when part of it is sold, the part's
cost is rounded and the rest keeps the remainder, so that nothing is ever lost to a division.
"""

from collections import deque
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from attrs import Factory, define, frozen

from interlock.core.faults import InvariantViolated
from interlock.core.orders import Side
from interlock.core.values import CENT, EXACT, ROUNDING, ZERO, divided, down_to, plus, times


# mutable: a lot shrinks as it is sold; only the fold holds it
@define
class Lot:
    """Units bought (or sold short) together: ``quantity`` above zero, ``cost`` in total, fees aside."""

    quantity: Decimal
    cost: Decimal


@frozen(kw_only=True)
class PortfolioView:
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

    Always: realised + unrealised - fees = equity - opening cash - adjustments.
    """

    opening_cash: Decimal
    cash: Decimal
    position: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    adjustments: Decimal = ZERO
    cost_basis: Decimal = ZERO
    lots: deque[Lot] = Factory(deque)

    def book(self, side: Side, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book a fill: ``quantity`` units at ``price``, ``fee`` in currency. Oldest lots close first."""
        with localcontext(EXACT):
            self._book(quantity if side is Side.BUY else -quantity, quantity, price, fee)
        self.check()

    def _book(self, signed: Decimal, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        self.cash += times(-signed, price) - fee
        self.fees += fee
        closes = self.position * signed < 0
        left = quantity
        if closes:
            direction = 1 if self.position > 0 else -1
            closing = min(quantity, abs(self.position))
            self.realised_pnl += direction * (times(closing, price) - self._take(closing))
            left -= closing
        if left:
            self.lots.append(Lot(left, times(left, price)))
            self._restate_cost(times(left, price), signed)
        self.position += signed

    def _restate_cost(self, added: Decimal, signed: Decimal) -> None:
        # A short lot's cost is what was received: it counts against, so that equity is cash + position * price.
        self.cost_basis += added if signed > 0 else -added

    def _take(self, quantity: Decimal) -> Decimal:
        """Remove ``quantity`` from the oldest lots; what those units cost."""
        taken = ZERO
        left = quantity
        while left:  # ends: every pass removes a lot or the rest of the quantity
            lot = self.lots[0]
            if lot.quantity <= left:
                self.lots.popleft()
                part, units = lot.cost, lot.quantity
            else:
                units = left
                part = divided(times(lot.cost, units), lot.quantity)
                lot.quantity -= units
                lot.cost -= part
            taken += part
            left -= units
        self.cost_basis -= taken if self.position > 0 else -taken
        return taken

    def split(self, ratio: Decimal, lot_size: Decimal, mark: Decimal | None) -> Decimal:
        """Restate for a split: each unit becomes ``ratio`` units, total cost unchanged.

        A fraction of a lot that remains is paid out in cash at the restated ``mark``, to the nearest cent, as
        brokers do (cash in lieu). Returns the quantity paid out.
        """
        with localcontext(EXACT):
            odd = self._split(ratio, lot_size, mark)
        self.check()
        return odd

    def _split(self, ratio: Decimal, lot_size: Decimal, mark: Decimal | None) -> Decimal:
        for lot in self.lots:
            lot.quantity = times(lot.quantity, ratio)
        self.position = times(self.position, ratio)
        size = abs(self.position)
        odd = size - down_to(size, lot_size)
        if odd and mark is not None:
            paid = times(odd, mark).quantize(CENT, ROUND_HALF_EVEN, ROUNDING)
            direction = 1 if self.position > 0 else -1
            self.realised_pnl += direction * (paid - self._take(odd))
            self.cash += direction * paid
            self.position -= direction * odd
        return odd

    def at(self, mark: Decimal | None) -> PortfolioView:
        """The books with the position valued at ``mark`` (at cost while there is no price yet)."""
        value = self.cost_basis if mark is None else times(self.position, mark)
        return PortfolioView(
            position=self.position,
            cash=self.cash,
            equity=plus(self.cash, value),
            realised_pnl=self.realised_pnl,
            unrealised_pnl=EXACT.subtract(value, self.cost_basis),
            fees=self.fees,
            cost_basis=self.cost_basis,
        )

    def check(self) -> None:
        """Hold the identity. Position times price stands on both sides, so it holds at every price or at none.

        Raises ``InvariantViolated``: the books cannot be trusted any more. Never switched off.
        """
        with localcontext(EXACT):
            holds = self.realised_pnl - self.cost_basis - self.fees == self.cash - self.opening_cash - self.adjustments
        if not holds:
            raise InvariantViolated("realised - cost basis - fees is not cash - opening cash - adjustments")

    def check_lots(self) -> None:
        """Hold the lots against the position and the cost basis. Raises ``InvariantViolated``."""
        with localcontext(EXACT):
            units = sum((lot.quantity for lot in self.lots), ZERO)
            cost = sum((lot.cost for lot in self.lots), ZERO)
        if units != abs(self.position) or cost != abs(self.cost_basis):
            raise InvariantViolated("the lots do not add up to the position and its cost")
