"""The charts as a table: what somebody reads who sees no chart, and what prints on any printer."""

from typing import Final

from attrs import frozen

from interlock.runner.report.series import Series, buckets

PERIODS_MAX: Final = 40


@frozen(kw_only=True)
class Period:
    """Equally many bars in one row: times in milliseconds, prices as recorded, the rest at the last close."""

    begins: int
    ends: int
    open: float
    high: float
    low: float
    close: float
    equity: float
    drawdown: float
    position: float


def periods(series: Series) -> list[Period]:
    """At most ``PERIODS_MAX`` periods. ``drawdown`` is the deepest in the period."""
    return [
        Period(
            begins=series.times[bucket.first],
            ends=series.times[bucket.last],
            open=series.opens[bucket.first],
            high=max(series.highs[bucket.first : bucket.last + 1]),
            low=min(series.lows[bucket.first : bucket.last + 1]),
            close=series.closes[bucket.last],
            equity=series.equities[bucket.last],
            drawdown=min(series.drawdowns[bucket.first : bucket.last + 1]),
            position=series.positions[bucket.last],
        )
        for bucket in buckets(len(series), PERIODS_MAX)
    ]
