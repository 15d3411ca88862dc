"""One socket to the loopback venue. Every operation on it ends by a deadline."""

import socket
from time import monotonic
from typing import Final

from interlock.core.faults import AdapterUnavailable
from interlock.testing.loopback.protocol import Lines, Message, encode

HOST: Final = "127.0.0.1"
READ_BYTES: Final = 65_536


class ConnectionBroken(AdapterUnavailable):
    """There is no venue, or there is none any more at the other end: a new connection may help."""


class AnswerLate(AdapterUnavailable):
    """Nothing came in time. The connection is whole: what was asked for may still come."""


class Connection:
    """Messages out and in. Raises ``ConnectionBroken``, ``AnswerLate``, and ``VenueProtocolError`` for what is read."""

    def __init__(self, port: int, seconds: float) -> None:
        try:
            self._socket = socket.create_connection((HOST, port), seconds)
        except (OSError, OverflowError) as error:
            raise ConnectionBroken("nobody listens") from error
        if self._socket.getsockname() == self._socket.getpeername():
            # The kernel may connect a socket to itself where nobody listens.
            self.close()
            raise ConnectionBroken("nobody listens")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = Lines()

    def send(self, message: Message, seconds: float) -> None:
        """Hand a message over to the network: within ``seconds``, or nobody knows."""
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(encode(message))
        except OSError as error:
            # A timeout, too: half a message went, and the next one would be read as its end.
            raise ConnectionBroken("the connection broke while sending") from error

    def receive(self, deadline: float) -> dict[str, object]:
        """The next message. ``deadline`` is one of ``time.monotonic``."""
        while True:  # ends: at the deadline
            message = self._lines.next()
            if message is not None:
                return message
            left = deadline - monotonic()
            if left <= 0:
                raise AnswerLate("no answer came in time")
            self._socket.settimeout(left)
            try:
                self._read()
            except TimeoutError as error:
                raise AnswerLate("no answer came in time") from error

    def arrived(self) -> dict[str, object] | None:
        """The next message if it is here already; None without waiting when it is not."""
        message = self._lines.next()
        if message is not None:
            return message
        self._socket.settimeout(0)
        try:
            self._read()
        except BlockingIOError:
            return None
        return self._lines.next()

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except (TimeoutError, BlockingIOError):
            raise
        except OSError as error:
            raise ConnectionBroken("the connection broke while reading") from error
        if not data:
            raise ConnectionBroken("the venue closed the connection")
        self._lines.add(data)

    def close(self) -> None:
        """Let go. May be called twice."""
        self._socket.close()
