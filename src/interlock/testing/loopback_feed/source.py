"""The scripted source: a book of bars, served on a port of 127.0.0.1 to whoever asks, and moves on command."""

import select
import socket
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from threading import Condition, Thread
from types import TracebackType
from typing import Final, Self

from attrs import evolve

from interlock.core.faults import VenueProtocolError
from interlock.core.market import Bar
from interlock.testing.builders import A_MINUTE, a_bar
from interlock.testing.loopback.protocol import decode, encode
from interlock.testing.loopback_feed.lines import LINE_BYTES_MAX, BoundedLines
from interlock.testing.loopback_feed.moves import FeedMove

HOST: Final = "127.0.0.1"
ASK_SECONDS: Final = 5.0
SEND_SECONDS: Final = 5.0
LISTENERS_MAX: Final = 16
# More than the queue of any feed under test holds.
BURST_ROWS: Final = 5_000
_END: Final = encode({"end": True})


class FeedSource:
    """Use it in a ``with``. ``bars`` have closed before anybody listens: they are history.

    Every method may be called from any thread; a command is carried out when it returns. ``interval`` is the distance
    of the bars that it makes by itself; ``port`` is where it listens, 0 for any that is free.
    """

    def __init__(self, bars: Iterable[Bar] = (), *, interval: timedelta = A_MINUTE, port: int = 0) -> None:
        self._book: list[Bar] = list(bars)
        self._interval = interval
        self._listeners: list[socket.socket] = []
        self._held: list[bytes] | None = None
        self._is_refusing = self._has_ended = self._is_closed = False
        self._joins = 0
        self._changed = Condition()
        self._server = socket.create_server((HOST, port))
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._serve, name="interlock-feed-source", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.getsockname()[1]
        return port

    @property
    def book(self) -> tuple[Bar, ...]:
        """Every bar that closed, in the order in which it was told."""
        with self._changed:
            return tuple(self._book)

    @property
    def joins(self) -> int:
        """How often somebody began to listen."""
        with self._changed:
            return self._joins

    def wait_for_joins(self, joins: int, seconds: float = 20.0) -> bool:
        """Wait until somebody has begun to listen so often; False when that did not happen in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._joins >= joins, seconds)

    def tell(self, *bars: Bar) -> None:
        """These bars closed: they are told, and are history from now on."""
        with self._changed:
            for bar in bars:
                self._book.append(bar)
                self._send(row(bar))

    def say(self, line: bytes) -> None:
        """Any line at all; nothing of it is history."""
        with self._changed:
            self._send(line + b"\n")

    def do(self, move: FeedMove) -> None:
        """Make that move. After a bar the next one opens where it closed; before any, at 100."""
        with self._changed:
            self._do(move)

    def _do(self, move: FeedMove) -> None:
        match move:
            case FeedMove.TELL:
                self.tell(self._next())
            case FeedMove.PAUSE:
                self._held = self._held if self._held is not None else []
            case FeedMove.RESUME:
                self._is_refusing = False
                held, self._held = self._held, None
                self._send(b"".join(held or ()))
            case FeedMove.BURST:
                bar = self._next()
                self._book.append(bar)
                self._send(row(bar) * BURST_ROWS)
            case FeedMove.DROP | FeedMove.REFUSE:
                self._is_refusing = self._is_refusing or move is FeedMove.REFUSE
                self._hang_up()
            case FeedMove.GARBAGE:
                self._send(b'{"time": \x00\xff, what?\n')
            case FeedMove.HUGE_LINE:
                self._send(b"9" * (LINE_BYTES_MAX * 4) + b"\n")
            case FeedMove.HALF_LINE:
                bar = self._next()
                line = row(bar)
                self._send(line[: len(line) // 2])
                self._book.append(bar)
                self._hang_up()
            case FeedMove.END:
                self._has_ended = True
                self._send(_END)
            case _:
                self._send(row(self._odd(move)))

    def _next(self) -> Bar:
        if not self._book:
            return a_bar()
        last = self._book[-1]
        # Up and down by a hundredth part, so that no two in a row are alike.
        step = Decimal("1.01") if len(self._book) % 2 else Decimal("0.99")
        close = (last.close * step).quantize(Decimal("0.01"))
        at, symbol = last.ts_event + self._interval, last.instrument
        return a_bar(str(close), open=str(last.close), at=at, instrument=symbol)

    def _odd(self, move: FeedMove) -> Bar:
        """A bar that should not be told after the last."""
        last = self._book[-1] if self._book else a_bar()
        match move:
            case FeedMove.CONTRADICTION:
                return evolve(last, high=last.high + 1, close=last.high + 1)
            case FeedMove.OUT_OF_ORDER:
                return evolve(last, ts_event=last.ts_event - self._interval / 2)
            case FeedMove.CLOCK_SKEW:
                return evolve(last, ts_event=last.ts_event + timedelta(days=1))
            case _:
                return last

    def _send(self, data: bytes) -> None:
        """To everybody who listens. Whoever does not take it is no listener any more."""
        if self._held is not None:
            self._held.append(data)
            return
        for listener in tuple(self._listeners):
            try:
                listener.sendall(data)
            except OSError:
                self._listeners.remove(listener)
                listener.close()

    def _hang_up(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _serve(self) -> None:
        while not self._is_closed:  # ends: when it is closed, which wakes it
            ready, _, _ = select.select([self._server, self._woken], [], [])
            if self._server in ready:
                connected, _ = self._server.accept()
                self._welcome(connected)

    def _welcome(self, connected: socket.socket) -> None:
        """Answer who came. Whoever asks for nothing in time, or for nothing that there is, is sent away."""
        keep = False
        try:
            connected.settimeout(ASK_SECONDS)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = _asked(connected)
            connected.settimeout(SEND_SECONDS)
            with self._changed:
                keep = not self._is_refusing and self._answer(connected, asked)
        except (OSError, VenueProtocolError):
            keep = False
        finally:
            if not keep:
                connected.close()

    def _answer(self, connected: socket.socket, asked: dict[str, object]) -> bool:
        """Whether the connection stays."""
        match asked:
            case {"do": "history", "count": int(count)}:
                connected.sendall(b"".join(row(bar) for bar in self._book[-count:] if count > 0) + _END)
                return False
            case {"do": "listen"} if len(self._listeners) < LISTENERS_MAX:
                if self._has_ended:
                    connected.sendall(_END)
                self._listeners.append(connected)
                self._joins += 1
                self._changed.notify_all()
                return True
            case _:
                return False

    def close(self) -> None:
        """Let go of everything. May be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wake.sendall(b"x")
        self._thread.join()
        with self._changed:
            self._hang_up()
        for each in (self._server, self._wake, self._woken):
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def row(bar: Bar) -> bytes:
    """The line of a bar."""
    amounts = {name: getattr(bar, name) for name in ("open", "high", "low", "close", "volume")}
    return encode({"instrument": bar.instrument, "time": bar.ts_event, **amounts})


def _asked(connected: socket.socket) -> dict[str, object]:
    lines = BoundedLines()
    while (line := lines.next()) is None:  # ends: with a line, when the other side hangs up, or with its time
        data = connected.recv(LINE_BYTES_MAX)
        if not data:
            raise VenueProtocolError("nothing was asked for")
        lines.add(data)
    return decode(line)
