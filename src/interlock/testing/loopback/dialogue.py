"""A session with the loopback venue: requests and their answers, and what it tells in between."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Final

from attrs import frozen

from interlock.core.faults import VenueProtocolError
from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected
from interlock.testing.loopback.connection import AnswerLate, Connection, ConnectionBroken
from interlock.testing.loopback.fields import Fields, count, perhaps, read, signed, text
from interlock.testing.loopback.protocol import Message, report_of
from interlock.testing.loopback.requests import Asked

# What was told and nobody has collected. More than that is no venue any more.
UNCOLLECTED_MAX: Final = 10_000
REPORTS_IN_ANSWER_MAX: Final = 256


def _reports(said: object) -> tuple[ExecutionReport, ...]:
    if not isinstance(said, list) or len(said) > REPORTS_IN_ANSWER_MAX:
        raise ValueError("must be a list of reports")
    return tuple(report_of(each) for each in said)


_PUSHED: Final[Fields] = {"n": count, "report": report_of}
_ANSWER: Final[Fields] = {"re": count, "told": _reports, "order": perhaps(Asked.said), "position": perhaps(signed)}
_ERROR: Final[Fields] = {"re": count, "error": text}


@frozen(kw_only=True)
class Told:
    """An answer: reports, the order that they are about as the venue works it, and its position."""

    reports: Sequence[ExecutionReport]
    order: Asked | None
    position: Decimal | None


class Dialogue:
    """One connection, with numbers on what is asked. Raises as ``Connection`` does.

    After anything but ``AnswerLate`` out of ``submit`` it is not to be used again.
    """

    def __init__(self, port: int, seconds: float, *, after: int | None = None) -> None:
        self._connection = Connection(port, seconds)
        self._after = after
        self._asked = 0
        # Requests that nobody waits for any more, and the order that each was about.
        self._late: dict[int, str] = {}
        self._told: list[ExecutionReport] = []

    def greet(self, seconds: float) -> None:
        """Begin a session: from here on it is told what happens, and first what happened since it last listened."""
        try:
            self.ask({"do": "hello", "after": self._after}, seconds)
        except AnswerLate as error:
            raise ConnectionBroken("the venue took the connection and did not greet") from error

    def ask(self, request: Message, seconds: float) -> Told:
        """Ask, and wait for the answer."""
        self._asked += 1
        number = self._asked
        deadline = monotonic() + seconds
        self._connection.send({**request, "id": number}, seconds)
        while True:  # ends: with the answer, or at the deadline
            message = self._connection.receive(deadline)
            if message.get("re") == number and "told" in message:
                values = read(_ANSWER, message)
                return Told(reports=values["told"], order=values["order"], position=values["position"])
            self._take(message)

    def submit(self, asked: Asked, now: datetime, seconds: float) -> OrderAccepted | OrderRejected:
        """Send an order. An answer that is late, and comes after all, is collected as a report."""
        try:
            told = self.ask({"do": "submit", "order": asked.wire, "now": now}, seconds)
        except AnswerLate:
            self._late[self._asked] = asked.client_order_id
            raise
        return _answer(told.reports, asked.client_order_id)

    def listen(self) -> None:
        """Take in what has arrived, without waiting for more."""
        for _ in range(UNCOLLECTED_MAX):
            message = self._connection.arrived()
            if message is None:
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        if len(self._told) >= UNCOLLECTED_MAX:
            raise VenueProtocolError("the venue tells more than there is to tell")
        if "n" in message:
            values = read(_PUSHED, message)
            self._told.append(values["report"])
            self._after = max(self._after or 0, values["n"])
        elif "error" in message:
            raise VenueProtocolError(f"the venue did not take a message: {read(_ERROR, message)['error']}")
        else:
            values = read(_ANSWER, message)
            about = self._late.pop(values["re"], None)
            if about is None:
                raise VenueProtocolError("the venue answered what it was not asked")
            self._told.append(_answer(values["told"], about))

    def collect(self) -> tuple[Sequence[ExecutionReport], int | None]:
        """What was told since the last time, and the number of the last report of all."""
        told, self._told = self._told, []
        return told, self._after

    def close(self) -> None:
        """Let go. May be called twice."""
        self._connection.close()


def _answer(told: Sequence[ExecutionReport], client_order_id: str) -> OrderAccepted | OrderRejected:
    if len(told) == 1:
        answer = told[0]
        if isinstance(answer, OrderAccepted | OrderRejected) and answer.client_order_id == client_order_id:
            return answer
    raise VenueProtocolError("the answer to an order is accepted or rejected, and about that order")
