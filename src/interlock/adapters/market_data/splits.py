"""A decorator that lets the splits an operator declared happen where they belong in the data."""

from collections import deque
from datetime import datetime

from typing_extensions import override

from interlock.adapters.market_data.counted import CountedFeed
from interlock.adapters.market_data.wrapping import WrappingFeed
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, FeedItem, Instrument, RefusedRow, Split
from interlock.core.ports import Calendar, MarketDataPort


class WithSplits(CountedFeed, WrappingFeed):
    """Hands over ``feed``, and each declared split right before the first bar that closes after it.

    A split takes effect at the open of its ex-date's session. One that lies before the first bar is not handed
    over (there is nothing to restate), nor is one behind the last. Splits count as items, so the feed inside is
    read again from its start to resume: it has to be one that can be. Where splits are declared, the declaration
    alone counts: one that ``feed`` tells by itself is refused, for otherwise it might be applied twice.

    ``open`` raises ``ConfigurationError`` for an ex-date on which the market is closed, or one declared twice. So does
    making one around a live feed: whether a split was handed over before a restart, it could not tell.
    """

    def __init__(self, feed: MarketDataPort, instrument: Instrument, calendar: Calendar) -> None:
        super().__init__()
        if feed.is_live:
            raise ConfigurationError(
                f"instruments.splits of {instrument.symbol}: found {len(instrument.splits)} with a live feed; expected "
                "none, for it cannot be read again from its start. Close the position before a split, and begin a new "
                "journal after it."
            )
        self._feed = feed
        self._instrument = instrument
        self._calendar = calendar
        self._waiting: deque[Split] = deque()
        self._too_early: list[Split] = []
        self._held: Bar | None = None
        self._seen_a_bar = False

    @override
    def _begin(self) -> None:
        self._waiting = deque(self._declared())
        self._too_early = []
        self._held = None
        self._seen_a_bar = False
        self._feed.open()

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        item: FeedItem
        if self._held is not None:
            item, self._held = self._held, None
        else:
            item = self._feed.next(deadline)
        if type(item) is not Bar:
            return _refused(item) if isinstance(item, Split) and self._instrument.splits else item
        if not self._seen_a_bar:
            self._seen_a_bar = True
            while self._is_due(item):
                self._too_early.append(self._waiting.popleft())
        if self._is_due(item):
            self._held = item
            return self._waiting.popleft()
        return item

    @override
    def describe(self) -> str:
        """The feed's own line, and the splits, for without them it would be other data."""
        splits = ",".join(
            f"{split.ex_date}x{split.ratio}"
            for split in sorted(self._instrument.splits, key=lambda split: split.ex_date)
        )
        described = super().describe()
        return f"{described} splits:{splits}" if splits else described

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        """Those of the feed, and each declared split that restates nothing: the data begins behind it, or ended before
        it. That is often meant, and sometimes a slip of the date."""
        early = [f"{_told(split)} restates nothing: the data begins behind it" for split in self._too_early]
        is_over = self._end is not None and self._seen_a_bar
        late = [f"{_told(split)} never took effect: the data ends before it" for split in self._waiting if is_over]
        return (*super().notes, *early, *late)

    @override
    def close(self) -> None:
        super().close()
        self._feed.close()

    def _is_due(self, bar: Bar) -> bool:
        return bool(self._waiting) and self._waiting[0].ts_event < bar.ts_event

    def _declared(self) -> list[Split]:
        symbol = self._instrument.symbol
        splits: list[Split] = []
        for declared in sorted(self._instrument.splits, key=lambda split: split.ex_date):
            session = self._calendar.session_on(declared.ex_date)
            if session is None:
                raise ConfigurationError(
                    f"instruments.splits of {symbol}: found ex_date {declared.ex_date}, a day for which "
                    f"{self._instrument.calendar} knows no session; "
                    "expected the first day on which it trades at the new price."
                )
            if splits and splits[-1].ts_event == session.open:
                raise ConfigurationError(
                    f"instruments.splits of {symbol}: found ex_date {declared.ex_date} twice; expected one split a day."
                )
            splits.append(Split(instrument=symbol, ts_event=session.open, ratio=declared.ratio))
        return splits


def _told(split: Split) -> str:
    return f"the declared split of {split.ratio:f}, in force from {split.ts_event.isoformat()},"


def _refused(split: Split) -> RefusedRow:
    value = f"{split.ratio:f} at {split.ts_event.isoformat()}"
    rule = "the configuration declares the splits of this instrument: what the feed tells of them is not taken"
    return RefusedRow(source="feed", line=0, field="split", value=value, rule=rule)
