"""backtrader on the same bars. Apart, so that the rest runs without it being installed."""

from typing import Any

import backtrader
from market import FAST, OPENING_CENTS, SLOW, START, Row


class _Rows(backtrader.feeds.DataBase):  # type: ignore[misc]
    params = (("rows", None),)

    def start(self) -> None:
        self._left = iter(self.p.rows)

    def _load(self) -> bool:
        row = next(self._left, None)
        if row is None:
            return False
        lines: Any = self.lines
        (
            lines.datetime[0], lines.open[0], lines.high[0], lines.low[0],
            lines.close[0], lines.volume[0], lines.openinterest[0],
        ) = row  # fmt: skip
        return True


class _Cross(backtrader.Strategy):  # type: ignore[misc]
    def __init__(self) -> None:
        self.fast = backtrader.indicators.SMA(self.data.close, period=FAST)
        self.slow = backtrader.indicators.SMA(self.data.close, period=SLOW)
        self.working: Any = None
        self.fills = 0

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.fills += 1
        if not order.alive():
            self.working = None

    def next(self) -> None:
        if self.working is not None:
            return
        if self.fast[0] > self.slow[0] and not self.position:
            self.working = self.buy(size=1)
        elif self.fast[0] < self.slow[0] and self.position:
            self.working = self.sell(size=1)


_Loaded = list[tuple[float, ...]]


def loaded(made: list[Row]) -> _Loaded:
    """The bars as backtrader wants them: loaded before anything is measured, as ours are."""
    first = backtrader.date2num(START.replace(tzinfo=None))
    minute = 1 / 1440
    return [
        (first + number * minute, opened / 100, high / 100, low / 100, close / 100, 1000.0, 0.0)
        for number, (opened, high, low, close) in enumerate(made, start=1)
    ]


def run(bars: _Loaded) -> Any:
    """The run, ended, with all that it kept."""
    cerebro = backtrader.Cerebro(stdstats=False)
    cerebro.broker.setcash(OPENING_CENTS / 100)
    cerebro.adddata(_Rows(rows=bars))
    cerebro.addstrategy(_Cross)
    cerebro.run()
    return cerebro


def answer(ended: Any) -> tuple[int, int]:
    """Fills, and final equity in cents as far as floats can tell."""
    return ended.runstrats[0][0].fills, round(ended.broker.getvalue() * 100)
