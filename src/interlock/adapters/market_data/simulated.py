"""A market that does not exist, for trying things out: seeded, endless, the same bars everywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from attrs import Attribute, field, frozen
from attrs.validators import optional
from typing_extensions import override

from interlock.adapters.market_data.counted import CountedFeed
from interlock.adapters.market_data.simulated_walk import Feature, Slot, Walk
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, EndOfData, FeedItem, Instrument, RefusedRow, Session
from interlock.core.ports import Calendar
from interlock.core.values import ROUNDING, at_least_one, positive, times, utc, zero_or_more

# Raise it whenever a change makes other bars: a journal of the old ones must not be continued with the new.
VERSION: Final = 1
START_PRICE_MAX: Final = Decimal(10**9)
VOLUME_MAX: Final = 10**9
LAST_YEAR: Final = 9990

_END: Final = EndOfData()
_NOT_DIGITS: Final = "an amount must be ASCII digits with at most one point: no sign, exponent, separator or word"
_BAD_ROWS: Final = (("open", "1_000"), ("high", "1e400"), ("close", "NaN"), ("volume", "-5"))


def _features(_: object, attribute: "Attribute[Any]", value: Sequence[str]) -> None:
    strange = [f"{name!r}, which is none of them" for name in dict.fromkeys(value) if name not in list(Feature)]
    strange += [f"{name!r} more than once" for name in dict.fromkeys(value) if value.count(name) > 1]
    if strange:
        demand = f"must be among {', '.join(Feature)}, each once"
        raise ValueError(f"{attribute.name} {demand}; found {' and '.join(strange)}")


def _start_price(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if value > START_PRICE_MAX:
        raise ValueError(f"{attribute.name} must be at most {START_PRICE_MAX}, found {value}")


def _volume(_: object, attribute: "Attribute[Any]", value: int) -> None:
    if value > VOLUME_MAX:
        raise ValueError(f"{attribute.name} must be at most {VOLUME_MAX}, found {value}")


@frozen(kw_only=True)
class SimulatedOptions:
    """The keys of a simulated market.

    ``start`` is aware UTC: the first session is the first that opens then or later. ``start_price`` is per unit
    and is rounded down to the tick. ``volume`` is the mean of a bar, in units. ``bars`` ends the data after so
    many bars; without it, it never ends. ``features`` names what is to happen besides a quiet wandering.
    """

    seed: int = field(default=1, validator=zero_or_more)
    start: datetime = field(default=datetime(2020, 1, 1, tzinfo=UTC), validator=utc)
    start_price: Decimal = field(default=Decimal(100), validator=[positive, _start_price])
    volume: int = field(default=1000, validator=[at_least_one, _volume])
    bars: int | None = field(default=None, validator=optional(at_least_one))
    features: tuple[str, ...] = field(default=(), validator=_features)


class SimulatedFeed(CountedFeed):
    """Bars of a seeded walk, one for every interval of every session of the calendar.

    The last bar of a session may be short and is stamped with the session's close; an interval of a day or more
    gives one bar a session. The data ends after ``bars`` bars, or where the calendar does. Nothing is read and
    nothing is kept, so ``open`` and ``next`` raise nothing of their own.
    """

    is_io: ClassVar[bool] = False
    Options: ClassVar[type[SimulatedOptions]] = SimulatedOptions

    def __init__(
        self, options: SimulatedOptions, *, instrument: Instrument, calendar: Calendar, interval: timedelta
    ) -> None:
        super().__init__()
        tick = instrument.tick_size
        if options.start_price < tick:
            raise ConfigurationError(
                f"market_data.start_price: found {options.start_price}; expected at least one tick of {tick}."
            )
        self._options = options
        self._instrument = instrument
        self._calendar = calendar
        self._interval = interval
        self._features = frozenset(Feature(name) for name in options.features)
        self._start = int(ROUNDING.divide(options.start_price, tick))
        self._begin()

    @classmethod
    def from_options(
        cls,
        options: SimulatedOptions,
        *,
        instrument: Instrument,
        calendar: Calendar,
        interval: timedelta,
        folder: Path,  # noqa: ARG003 -- every adapter is made alike, and this one reads no file
    ) -> Self:
        """The feed that a [market_data] table describes; ``folder`` is not needed, for nothing is read.

        Raises ``ConfigurationError`` for a start price below one tick."""
        return cls(options, instrument=instrument, calendar=calendar, interval=interval)

    @override
    def _begin(self) -> None:
        self._walk = Walk(
            seed=self._options.seed,
            start=self._start,
            volume=self._options.volume,
            interval=self._interval,
            features=self._features,
        )
        self._session: Session | None = None
        self._at = self._options.start
        self._bars = 0
        self._slots = 0

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        while self._bars != self._options.bars:
            is_first = self._session is None or self._at == self._session.close
            closed = self._next_close()
            if closed is None:
                break
            slot = self._walk.step(is_first=is_first)
            self._slots += 1
            if slot.is_lost:
                continue  # at most 34 in a row, and two outages never touch
            if slot.bad_row is not None:
                return self._refused(slot.bad_row)
            self._bars += 1
            return self._bar(slot, closed)
        return _END

    @override
    def describe(self) -> str:
        """Everything that the bars follow from: the same line means the same bars."""
        options = self._options
        return (
            f"simulated v{VERSION} seed={options.seed} start={options.start.isoformat()} "
            f"start_price={options.start_price} tick={self._instrument.tick_size} volume={options.volume} "
            f"bars={'endless' if options.bars is None else options.bars} "
            f"features={','.join(sorted(self._features)) or 'none'} "
            f"interval={self._interval // timedelta(seconds=1)}s calendar={self._instrument.calendar}"
        )

    @property
    @override
    def is_endless(self) -> bool:
        return self._options.bars is None

    @override
    def progress(self) -> float | None:
        """The share of ``bars``; None for a market without end."""
        if self._options.bars is None:
            return None
        return 1.0 if self._end is not None else self._bars / self._options.bars

    def _next_close(self) -> datetime | None:
        """Where the next slot closes; None where the calendar ends."""
        session = self._session
        if session is None or self._at == session.close:
            session = self._session = self._calendar.next_session(self._at)
            if session is None or session.close.year > LAST_YEAR:
                return None
            self._at = session.open
        self._at = min(self._at + self._interval, session.close)
        return self._at

    def _bar(self, slot: Slot, closed: datetime) -> Bar:
        tick = self._instrument.tick_size
        return Bar(
            instrument=self._instrument.symbol,
            ts_event=closed,
            open=times(tick, Decimal(slot.open)),
            high=times(tick, Decimal(slot.high)),
            low=times(tick, Decimal(slot.low)),
            close=times(tick, Decimal(slot.close)),
            volume=Decimal(slot.volume),
        )

    def _refused(self, kind: int) -> RefusedRow:
        name, value = _BAD_ROWS[kind]
        return RefusedRow(source="simulated", line=self._slots, field=name, value=value, rule=_NOT_DIGITS)
