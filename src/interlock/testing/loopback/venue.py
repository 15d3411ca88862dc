"""The venue: a process that listens on 127.0.0.1, keeps its own book on its own disk, and does as it is told.

``python -m interlock.testing.loopback.venue --folder DIR`` says ``{"port": ...}`` on one line once it listens. One
thread; it ends after ``--seconds``, and with ``--until-eof`` as soon as its standard input ends: with whoever began it.
"""

import argparse
import os
import selectors
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from interlock.core.faults import AdapterUnavailable, VenueProtocolError
from interlock.testing.loopback.book import Answer, Book
from interlock.testing.loopback.log import VenueLog
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.protocol import Lines, encode, report_said
from interlock.testing.loopback.requests import Request

HOST: Final = "127.0.0.1"
STDIN: Final = 0
SESSIONS_MAX: Final = 16
READ_BYTES: Final = 65_536
# A client that does not read for so long is let go.
SEND_SECONDS: Final = 5
SECONDS_DEFAULT: Final = 3_600
# What changes the book and has to be there after a restart. The market only where an order works.
KEPT: Final = frozenset({"submit", "cancel", "plan", "fill", "tell", "split", "gone"})
KEPT_WHILE_WORKING: Final = frozenset({"bar", "silence"})


class Session:
    """One connection: what it has begun to say, and which report it is to be told next."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.lines = Lines()
        # None until it says hello: a test that gives commands is told of nothing.
        self.told: int | None = None
        self.held: list[bytes] = []
        self.is_open = True

    def send(self, line: bytes) -> None:
        """Say it, or let the client go."""
        try:
            if self.is_open:
                self.socket.sendall(line)
        except OSError:
            self.is_open = False

    def push(self, book: Book) -> None:
        """Tell what happened since."""
        if self.told is not None:
            self.tell(book, range(self.told + 1, len(book.told) + 1))
            self.told = len(book.told)

    def tell(self, book: Book, numbers: Sequence[int]) -> None:
        """Tell the reports of these numbers."""
        for n in numbers:
            report = book.told[n - 1]
            line = encode({"n": n, "report": report_said(report)})
            self.send(line * 2 if book.is_doubled(report) else line)


class Venue:
    """The book behind sockets. Whoever comes may trade, ask or command: it is a test's own.

    With ``cancels_on_disconnect`` every working order is canceled as soon as nobody who trades is connected any more.
    """

    def __init__(self, log: VenueLog, *, cancels_on_disconnect: bool = False) -> None:
        self._log = log
        self._cancels_on_disconnect = cancels_on_disconnect
        self._book = Book()
        for entry in log.read():
            self._book.take(Request.of({**entry, "id": 0}))
        self._sessions: list[Session] = []

    def serve(self, listener: socket.socket, *, seconds: int, until_eof: bool) -> None:
        """Answer until the time is over, or until standard input ends."""
        ends = monotonic() + seconds
        # Not epoll: standard input may be a file.
        with selectors.PollSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            if until_eof:
                selector.register(STDIN, selectors.EVENT_READ)
            while (left := ends - monotonic()) > 0:  # ends: with the time, or with standard input
                for key, _ in selector.select(left):
                    if key.fileobj == STDIN:
                        if not os.read(STDIN, READ_BYTES):
                            return
                    elif key.fileobj is listener:
                        self._welcome(listener, selector)
                    else:
                        self._hear(key.data)
                self._let_go(selector)

    def _welcome(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        connected, _ = listener.accept()
        connected.settimeout(SEND_SECONDS)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(connected)
        session.is_open = len(self._sessions) < SESSIONS_MAX
        self._sessions.append(session)
        selector.register(connected, selectors.EVENT_READ, session)

    def _let_go(self, selector: selectors.BaseSelector) -> None:
        gone = [each for each in self._sessions if not each.is_open]
        for session in gone:
            selector.unregister(session.socket)
            session.socket.close()
            self._sessions.remove(session)
        # Who said hello trades; whoever only commands is nobody's order.
        left = any(each.told is not None for each in gone) and all(each.told is None for each in self._sessions)
        if left and self._cancels_on_disconnect and self._book.works:
            entry = {"do": "gone", "now": datetime.now(UTC)}
            self._log.append(entry)
            self._book.take(Request(do="gone", id=0, values=entry))

    def _hear(self, session: Session) -> None:
        try:
            data = session.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        session.is_open = session.is_open and bool(data)
        session.lines.add(data)
        # ends: each turn takes a line away, and without one or without a client it stops
        while session.is_open:
            try:
                said = session.lines.next()
                if said is None:
                    return
                self._take(session, Request.of(said), said)
            except VenueProtocolError as error:
                session.send(encode({"re": 0, "error": str(error)[:200]}))
                session.is_open = False

    def _take(self, session: Session, request: Request, said: dict[str, object]) -> None:
        for line in session.held:
            session.send(line)
        session.held.clear()
        if request.do in KEPT or (request.do in KEPT_WHILE_WORKING and self._book.works):
            self._log.append({key: value for key, value in said.items() if key != "id"})
        answer = self._book.take(request)
        if request.do == "hello":
            after = request.values["after"]
            numbers = self._book.retold() if after is None else range(after + 1, len(self._book.told) + 1)
            session.tell(self._book, numbers)
            session.told = len(self._book.told)
        for each in self._sessions:
            if request.do == "say" and each.told is not None:
                each.send((request.values["line"] * request.values["times"]).encode() + b"\n")
            each.push(self._book)
        self._answer(session, request, answer)

    def _answer(self, session: Session, request: Request, answer: Answer) -> None:
        if answer.error:
            session.send(encode({"re": request.id, "error": answer.error}))
            return
        order = None if answer.order is None else answer.order.wire
        told = [report_said(report) for report in answer.told]
        line = encode({"re": request.id, "told": told, "order": order, "position": answer.position})
        match answer.move:
            case Move.DELAY:
                session.held.append(line)
            case Move.LOSE_ANSWER | Move.LOSE_ORDER:
                return
            case Move.HANG_UP:
                session.is_open = False
            case Move.GARBLE:
                session.send(line[: len(line) // 2] + b"\n")
            case _:
                session.send(line)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the venue of a folder until its end."""
    parser = argparse.ArgumentParser(prog="interlock.testing.loopback.venue", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where its log lies; made where there is none")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes any that is free")
    parser.add_argument("--seconds", type=int, default=SECONDS_DEFAULT, help="how long at most")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    parser.add_argument("--cancel-on-disconnect", action="store_true", help="cancel orders when nobody trades any more")
    chosen = parser.parse_args(arguments)
    try:
        with VenueLog(chosen.folder) as log, socket.create_server((HOST, chosen.port)) as listener:
            venue = Venue(log, cancels_on_disconnect=chosen.cancel_on_disconnect)
            sys.stdout.write(encode({"port": listener.getsockname()[1]}).decode())
            sys.stdout.flush()
            venue.serve(listener, seconds=chosen.seconds, until_eof=chosen.until_eof)
    except (AdapterUnavailable, OSError) as error:
        sys.exit(f"the venue stops: {error}")


if __name__ == "__main__":
    main()
