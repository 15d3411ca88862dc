"""A source that tells a secret wherever it can: nothing of it becomes an observation, or a message."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.execution.masked import MaskedVenue
from interlock.adapters.market_data.masked import MaskedFeed
from interlock.core.faults import AdapterUnavailable, ConfigurationError
from interlock.core.market import Bar, Cursor, FeedItem, RefusedRow
from interlock.core.ports import ExecutionPort, MarketDataPort
from interlock.secret import Secret
from interlock.testing.builders import A_TIME, a_bar

VALUE = "canary-for-the-feed"


class Leaky(MarketDataPort):
    """Says it in every text, or in every error."""

    is_live: ClassVar[bool] = True
    is_io: ClassVar[bool] = False

    def __init__(self, item: FeedItem | None = None, *, raises: bool = False) -> None:
        self._item = item
        self._raises = raises
        self.prepared = 0

    def _text(self) -> str:
        if self._raises:
            raise AdapterUnavailable(f"401 for {VALUE}") from ConfigurationError(VALUE)
        return f"said with {VALUE}"

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self._text()

    @override
    def prepare(self, *, lookback: int) -> None:
        self._text()
        self.prepared = lookback

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        text = self._text()
        return self._item or RefusedRow(source=text, line=1, field=text, value=text, rule=text)

    @override
    def cursor(self) -> Cursor:
        self._text()
        return Cursor(items=7, ts_event=A_TIME)

    @override
    def describe(self) -> str:
        return self._text()

    @override
    def close(self) -> None:
        self._text()

    @property
    @override
    def is_endless(self) -> bool:
        return bool(self._text())

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return ("connected", self._text())

    @override
    def progress(self) -> float | None:
        return 0.5 if self._text() else None


ASKED: list[Callable[[MarketDataPort], object]] = [
    lambda feed: feed.open(),
    lambda feed: feed.open(after=Cursor(items=1, ts_event=A_TIME)),
    lambda feed: feed.prepare(lookback=5),
    lambda feed: feed.next(),
    lambda feed: feed.cursor(),
    lambda feed: feed.describe(),
    lambda feed: feed.close(),
    lambda feed: feed.is_endless,
    lambda feed: feed.notes,
    lambda feed: feed.progress(),
]


@pytest.mark.parametrize("ask", ASKED)
def test_nothing_that_a_source_says_or_raises_holds_a_secret(ask: Callable[[MarketDataPort], object]) -> None:
    """Whatever it is asked; what is no text is as it was."""
    secret = Secret(VALUE)
    plain, told = ask(Leaky()), ask(MaskedFeed(Leaky()))
    assert VALUE not in repr(told)
    assert repr(told) == repr(plain).replace(VALUE, "***")
    with pytest.raises(AdapterUnavailable) as caught:
        ask(MaskedFeed(Leaky(raises=True)))
    assert str(caught.value) == "401 for ***"
    assert str(caught.value.__cause__) == "***"
    assert secret is not None


def test_a_bar_under_the_name_of_a_secret_is_masked_and_any_other_is_the_same() -> None:
    """It is refused for that name later, and the refusal quotes it."""
    secret = Secret(VALUE)
    good = a_bar()
    assert MaskedFeed(Leaky(good)).next() is good
    bad = MaskedFeed(Leaky(a_bar(instrument=VALUE))).next()
    assert isinstance(bad, Bar)
    assert (bad.instrument, bad.close) == ("***", good.close)
    assert secret is not None


def test_it_hands_on_what_it_is_told() -> None:
    """How far back to look, and what it says of itself."""
    inner = Leaky()
    feed = MaskedFeed(inner)
    feed.prepare(lookback=12)
    assert (inner.prepared, feed.is_live, feed.is_io) == (12, True, False)


@pytest.mark.parametrize(("mask", "port"), [(MaskedFeed, MarketDataPort), (MaskedVenue, ExecutionPort)])
def test_a_mask_answers_for_every_call_of_its_port(mask: type[Any], port: type[Any]) -> None:
    """One that is added to the port and not here would get the port's default, past the adapter."""
    calls = {name for name, value in vars(port).items() if callable(value) or isinstance(value, property)}
    missing = {name for name in calls if not name.startswith("_")} - set(vars(mask))
    assert not missing, f"{mask.__name__} does not hand on {missing}: write it, through the mask"
