"""The live feed to the scripted source: what one to a real source would have to be like.

It is short, because the base does the rest. A line is a row, or it is unreadable: nothing that is said raises.
"""

import socket
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, Final, Self

from attrs import field, frozen
from typing_extensions import override

from interlock.adapters.market_data.live import LiveFeed
from interlock.adapters.market_data.live_attempts import Surroundings
from interlock.adapters.market_data.live_source import Connection, Ended, LiveOptions, Raw, Unreadable
from interlock.core.faults import AdapterUnavailable, VenueProtocolError
from interlock.core.market import Instrument
from interlock.core.ports import Calendar
from interlock.core.values import at_least_one, positive
from interlock.testing.loopback.protocol import decode, encode
from interlock.testing.loopback_feed.lines import LINE_BYTES_MAX, BoundedLines

HOST: Final = "127.0.0.1"
READ_BYTES: Final = 65_536


@frozen(kw_only=True)
class LoopbackFeedOptions(LiveOptions):
    """The keys of ``[market_data]``: the source's port, how long it may take to answer, and whether its script ends."""

    port: int = field(validator=at_least_one)
    timeout_seconds: Decimal = field(default=Decimal(5), validator=positive)
    ends: bool = False


class LoopbackFeed(LiveFeed):
    """Bars of a ``FeedSource`` on 127.0.0.1."""

    Options: ClassVar[type[Any]] = LoopbackFeedOptions

    def __init__(
        self,
        options: LoopbackFeedOptions,
        *,
        instrument: Instrument,
        interval: timedelta,
        surroundings: Surroundings | None = None,
    ) -> None:
        super().__init__(options, instrument=instrument, interval=interval, surroundings=surroundings)
        self._options = options

    @classmethod
    def from_options(
        cls,
        options: LoopbackFeedOptions,
        *,
        instrument: Instrument,
        calendar: Calendar,  # noqa: ARG003 - every adapter is made alike, and this one tells what it is told
        interval: timedelta,
        folder: Path,  # noqa: ARG003 - likewise: it reads no file
    ) -> Self:
        """The feed that a [market_data] table describes. Nothing is connected before ``open``."""
        return cls(options, instrument=instrument, interval=interval)

    @override
    def connect(self) -> Connection:
        return LoopbackConnection(self._options.port, float(self._options.timeout_seconds), {"do": "listen"})

    @override
    def warm_up(self, count: int) -> Sequence[Raw]:
        seconds = float(self._options.timeout_seconds)
        connection = LoopbackConnection(self._options.port, seconds, {"do": "history", "count": count})
        rows: list[Raw] = []
        deadline = monotonic() + seconds
        try:
            while (left := deadline - monotonic()) > 0:  # ends: with the end of the history, or with the time
                said = connection.read(left)
                if isinstance(said, Ended):
                    return rows
                if said is not None:
                    rows.append(said)
                if len(rows) > count:
                    raise AdapterUnavailable("more history was told than was asked for")
        finally:
            connection.close()
        raise AdapterUnavailable("the history did not end in time")

    @property
    @override
    def is_endless(self) -> bool:
        return not self._options.ends

    @override
    def describe(self) -> str:
        """Without its port: a source that is started again has another, and the same bars."""
        return f"loopback feed of {self._instrument.symbol}, {self._interval // timedelta(seconds=1)} s bars"


class LoopbackConnection(Connection):
    """One socket, on which one thing was asked for. Raises ``AdapterUnavailable`` and ``OSError``, as a port may."""

    def __init__(self, port: int, seconds: float, ask: dict[str, object]) -> None:
        try:
            self._socket = socket.create_connection((HOST, port), seconds)
        except (OSError, OverflowError) as error:
            raise AdapterUnavailable("nobody listens") from error
        try:
            if self._socket.getsockname() == self._socket.getpeername():
                # The kernel may connect a socket to itself where nobody listens.
                raise AdapterUnavailable("nobody listens")
            self._socket.sendall(encode(ask))
        except (OSError, AdapterUnavailable):
            self._socket.close()
            raise
        self._lines = BoundedLines()
        self._was_cut = False

    @override
    def read(self, timeout: float) -> Raw | None:
        line = self._lines.next()
        if line is None and self._was_cut:
            raise AdapterUnavailable("the source closed the connection")
        if line is None:
            self._socket.settimeout(timeout)
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                return None
            if not data:
                self._was_cut = True
                if rest := self._lines.rest:
                    return _unreadable(rest, "the connection broke off in the middle of a line")
                raise AdapterUnavailable("the source closed the connection")
            self._lines.add(data)
            line = self._lines.next()
        return None if line is None else _said(line)

    @override
    def interrupt(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already, by whichever side

    @override
    def close(self) -> None:
        self._socket.close()


def _said(line: bytes) -> Raw:
    if len(line) >= LINE_BYTES_MAX:
        return _unreadable(line, f"a line must be shorter than {LINE_BYTES_MAX} bytes")
    try:
        said = decode(line)
    except VenueProtocolError as error:
        return _unreadable(line, str(error))
    return Ended() if said == {"end": True} else said


def _unreadable(line: bytes, rule: str) -> Unreadable:
    return Unreadable(value=line[:READ_BYTES].decode("utf-8", errors="backslashreplace"), rule=rule)
