"""The loopback adapter against a venue that answers anything, late, half or not at all. No process is started here."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from threading import Thread
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.faults import AdapterUnavailable, VenueProtocolError
from interlock.core.market import EndOfData, Silence
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.values import ZERO
from interlock.testing.approvals import approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument
from interlock.testing.loopback import adapter as loopback_adapter
from interlock.testing.loopback import dialogue as loopback_dialogue
from interlock.testing.loopback.adapter import ATTEMPTS, LoopbackVenue
from interlock.testing.loopback.connection import Connection, ConnectionBroken
from interlock.testing.loopback.options import LoopbackOptions
from interlock.testing.loopback.process import VenueProcess
from interlock.testing.loopback.protocol import LINE_BYTES_MAX, encode, report_said
from interlock.testing.loopback.requests import Asked

ORDER = approve()
NAME = ORDER.terms.client_order_id
ACCEPTED = OrderAccepted(client_order_id=NAME, venue_order_id="v-1", ts_event=A_TIME)
CANCELED = OrderCanceled(client_order_id=NAME, ts_event=A_TIME)
# What is said to a request: bytes, or None to hang up.
Answers = Callable[[dict[str, Any]], bytes | None]


def answer(request: dict[str, Any], *told: ExecutionReport, **changed: object) -> bytes:
    """The right form of an answer."""
    reports = [report_said(each) for each in told]
    said = {"re": request["id"], "told": reports, "order": request.get("order"), "position": None}
    return encode({**said, **changed})


def pushed(n: int, report: ExecutionReport) -> bytes:
    return encode({"n": n, "report": report_said(report)})


class Stub:
    """A venue of a test: one connection at a time, and whatever ``answers`` says to each request after the greeting."""

    def __init__(self, answers: Answers, greets: bool = True) -> None:
        self._answers, self._greets = answers, greets
        self.heard: list[dict[str, Any]] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:  # ends: when the listener is shut down
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connected, connected.makefile("rb") as lines:
                self._talk(connected, lines)

    def _talk(self, connected: socket.socket, lines: Any) -> None:
        try:
            for line in lines:
                request = json.loads(line)
                self.heard.append(request)
                greeting = request["do"] == "hello" and self._greets
                said = answer(request) if greeting else self._answers(request)
                if said is None:
                    return
                connected.sendall(said)
        except OSError:
            return

    def asked(self, do: str) -> int:
        """How often it was asked to do that."""
        return sum(request["do"] == do for request in self.heard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)


@pytest.fixture
def talk() -> Iterator[Callable[..., tuple[LoopbackVenue, Stub]]]:
    """An adapter, and the stub that it talks to."""
    made: list[tuple[LoopbackVenue, Stub]] = []

    def make(answers: Answers, *, greets: bool = True, seconds: str = "10") -> tuple[LoopbackVenue, Stub]:
        stub = Stub(answers, greets)
        made.append((adapter_to(stub.port, seconds), stub))
        return made[-1]

    yield make
    for adapter, stub in made:
        adapter.close()
        with stub:
            pass


def adapter_to(port: int, seconds: str = "10") -> LoopbackVenue:
    options = LoopbackOptions(port=port, submit_timeout_seconds=Decimal(seconds), timeout_seconds=Decimal(seconds))
    return LoopbackVenue.from_options(options, instrument=an_instrument())


@pytest.fixture
def nobody() -> Iterator[LoopbackVenue]:
    """An adapter to a port that is taken, and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield adapter_to(taken.getsockname()[1])


CALLS: dict[str, Callable[[LoopbackVenue], object]] = {
    "submit": lambda venue: venue.submit(ORDER, A_TIME),
    "cancel": lambda venue: venue.cancel(NAME, A_TIME),
    "find": lambda venue: venue.find(NAME),
    "reconcile": lambda venue: venue.reconcile((ORDER.terms,), A_TIME),
    "a bar": lambda venue: venue.on_market(a_bar()),
    "a silence": lambda venue: venue.on_market(Silence(until=A_TIME)),
}
HOSTILE: dict[str, Answers] = {
    "no JSON": lambda _: b"x\n",
    "an empty line": lambda _: b"\n",
    "an empty object": lambda _: b"{}\n",
    "a list": lambda _: b"[]\n",
    "an answer to something else": lambda request: answer(request, re=request["id"] + 1),
    "an answer to a word": lambda request: answer(request, re="x"),
    "no list of reports": lambda request: answer(request, told=7),
    "too many reports": lambda request: answer(request, told=[0] * 300),
    "a report of no kind": lambda request: answer(request, told=[{"report": "Filled"}]),
    "an order of another shape": lambda request: answer(request, order={"quantity": "1"}),
    "one field more": lambda request: answer(request, more=1),
    "a refusal": lambda request: encode({"re": request["id"], "error": "no"}),
    "a refusal that is none": lambda request: encode({"re": request["id"], "error": 7}),
    "a push without a number": lambda _: encode({"n": "1", "report": report_said(CANCELED)}),
    "a line without an end": lambda _: b"x" * (LINE_BYTES_MAX + 1),
    "other bytes": lambda _: b"\xff\x00\n",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_no_venue_should_say_is_a_protocol_error(
    call: str, hostile: str, talk: Callable[..., tuple[LoopbackVenue, Stub]]
) -> None:
    """Of every call, and of nothing else; that connection is never used again, and no order is sent again."""
    venue, stub = talk(HOSTILE[hostile])
    with pytest.raises(VenueProtocolError):
        CALLS[call](venue)
    assert venue.reports() == ()
    if call == "submit":
        assert isinstance(venue.submit(ORDER, A_TIME), OrderUnknown)
    assert stub.connections == 1
    assert len(stub.heard) == 2


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.differing_executors], max_examples=50)
def test_any_bytes_for_an_answer_are_a_fault_with_a_name(said: bytes) -> None:
    """A protocol error, or no answer: a caller has two exceptions to think of."""
    faults = (VenueProtocolError, AdapterUnavailable)
    with Stub(lambda _: said + b"\n") as stub, closing(adapter_to(stub.port)) as venue, pytest.raises(faults):
        venue.find(NAME)


@pytest.mark.parametrize(
    "told", [(), (CANCELED,), (ACCEPTED, ACCEPTED), (replace(ACCEPTED, client_order_id="x"),)]
)  # fmt: skip
def test_an_answer_to_an_order_is_one_and_about_that_order(
    told: tuple[ExecutionReport, ...], talk: Callable[..., tuple[LoopbackVenue, Stub]]
) -> None:
    """Accepted or rejected, once."""
    venue, _ = talk(lambda request: answer(request, *told))
    with pytest.raises(VenueProtocolError, match="about that order"):
        venue.submit(ORDER, A_TIME)


def test_asked_about_one_order_the_venue_tells_of_that_one(talk: Callable[..., tuple[LoopbackVenue, Stub]]) -> None:
    """Of another it is a breach."""
    venue, _ = talk(lambda request: answer(request, ACCEPTED, order=None))
    assert venue.find(NAME) == (ACCEPTED,)
    with pytest.raises(VenueProtocolError, match="told of another"):
        venue.find("another-1")


# -------------------------------------------------------------------------------- when nobody answers


def test_where_nobody_listens_an_order_is_unknown_and_all_else_unavailable(nobody: LoopbackVenue) -> None:
    """A caller cannot tell how far an order came; it is not tried again."""
    first = nobody.submit(ORDER, A_TIME)
    assert isinstance(first, OrderUnknown)
    assert nobody.submit(ORDER, A_TIME) is first
    for name, call in CALLS.items():
        if name != "submit":
            with pytest.raises(AdapterUnavailable):
                call(nobody)
    assert nobody.reports() == ()
    nobody.on_market(EndOfData())
    nobody.close()


@pytest.mark.parametrize(("call", "attempts"), [("find", ATTEMPTS), ("a bar", ATTEMPTS), ("cancel", 1), ("submit", 1)])
def test_a_connection_that_breaks_is_made_anew_so_often(
    call: str, attempts: int, talk: Callable[..., tuple[LoopbackVenue, Stub]]
) -> None:
    """Questions a few times; what could be heard twice, an order above all, once."""
    venue, stub = talk(lambda _: None)
    if call == "submit":
        assert isinstance(CALLS[call](venue), OrderUnknown)
        assert isinstance(CALLS[call](venue), OrderUnknown)
    else:
        with pytest.raises(ConnectionBroken):
            CALLS[call](venue)
    assert stub.connections == attempts
    assert len(stub.heard) == 2 * attempts


def test_after_a_connection_broke_an_order_goes_out_on_a_new_one(
    talk: Callable[..., tuple[LoopbackVenue, Stub]],
) -> None:
    """Once, and it is answered as if nothing had been."""
    venue, stub = talk(lambda request: None if request["do"] == "cancel" else answer(request, ACCEPTED))
    venue.find(NAME)
    with pytest.raises(AdapterUnavailable):
        venue.cancel(NAME, A_TIME)
    assert venue.submit(ORDER, A_TIME) == ACCEPTED
    assert stub.asked("submit") == 1


def test_an_answer_that_does_not_come_is_waited_for_so_long(talk: Callable[..., tuple[LoopbackVenue, Stub]]) -> None:
    """And the question is not put again: it was heard, only not answered."""
    venue, stub = talk(lambda _: b"", seconds="0.5")
    with pytest.raises(AdapterUnavailable, match="in time"):
        venue.find(NAME)
    assert stub.asked("find") == 1


def test_a_greeting_that_does_not_come_is_a_broken_connection(talk: Callable[..., tuple[LoopbackVenue, Stub]]) -> None:
    """Nothing can be asked on it; an order was not even sent."""
    venue, stub = talk(lambda _: b"", greets=False, seconds="0.05")
    with pytest.raises(ConnectionBroken, match="did not greet"):
        venue.find(NAME)
    assert isinstance(venue.submit(ORDER, A_TIME), OrderUnknown)
    assert {request["do"] for request in stub.heard} <= {"hello"}


def test_an_answer_that_comes_late_is_told_as_a_report(talk: Callable[..., tuple[LoopbackVenue, Stub]]) -> None:
    """It settles the doubt, and is what the same order is answered from then on."""
    held: list[dict[str, Any]] = []

    def late(request: dict[str, Any]) -> bytes:
        if request["do"] == "submit":
            held.append(request)
            return b""
        return b"".join(answer(each, ACCEPTED) for each in held) + answer(request, order=None)

    stub = Stub(late)
    options = LoopbackOptions(port=stub.port, submit_timeout_seconds=Decimal("0.05"))
    with stub, closing(LoopbackVenue(options)) as venue:
        assert isinstance(venue.submit(ORDER, A_TIME), OrderUnknown)
        venue.on_market(a_bar())
        assert venue.reports() == (ACCEPTED,)
        assert venue.submit(ORDER, A_TIME) == ACCEPTED
        assert stub.asked("submit") == 1


# ------------------------------------------------------------------------------------------- reports


def test_reports_go_on_behind_the_last_one_after_the_connection_broke(
    talk: Callable[..., tuple[LoopbackVenue, Stub]],
) -> None:
    """A new connection says how far the old one came."""
    venue, stub = talk(lambda request: pushed(3, CANCELED) + answer(request) if request["do"] == "bar" else None)
    venue.on_market(a_bar())
    assert venue.reports() == (CANCELED,)
    with pytest.raises(AdapterUnavailable):
        venue.find(NAME)
    greetings = [request["after"] for request in stub.heard if request["do"] == "hello"]
    assert greetings == [None, *[3] * (ATTEMPTS - 1)]


def test_a_venue_that_tells_without_end_is_not_listened_to(
    talk: Callable[..., tuple[LoopbackVenue, Stub]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held is bounded: beyond that it is no venue; what was held is told."""
    monkeypatch.setattr(loopback_dialogue, "UNCOLLECTED_MAX", 3)
    venue, _ = talk(lambda request: b"".join(pushed(n, CANCELED) for n in range(1, 9)) + answer(request))
    with pytest.raises(VenueProtocolError, match="more than there is to tell"):
        venue.find(NAME)
    assert venue.reports() == (CANCELED,) * 3


def test_answers_that_are_remembered_are_bounded(nobody: LoopbackVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, those that we refused ourselves as well."""
    monkeypatch.setattr(loopback_adapter, "ANSWERS_KEPT", 1)
    first, second = approve(ordinal=1), approve(ordinal=2)
    for order in (first, second):
        assert isinstance(nobody.submit(order, order.terms.valid_until), OrderRejected)
    assert len(nobody._answers) == len(nobody._refused) == 1
    assert len(nobody.find(second.terms.client_order_id)) == 1
    with pytest.raises(AdapterUnavailable):
        nobody.find(first.terms.client_order_id)


def test_what_we_refused_ourselves_never_reached_the_venue(nobody: LoopbackVenue) -> None:
    """Neither does a cancel of it: it is answered, as every cancel is."""
    refused = nobody.submit(ORDER, ORDER.terms.valid_until)
    nobody.cancel(NAME, A_TIME)
    (told,) = nobody.reports()
    assert isinstance(told, CancelRejected)
    assert nobody.find(NAME) == (refused,)


# ------------------------------------------------------------------------------------------- restart


@pytest.mark.parametrize("behind", [False, True])
def test_an_order_that_is_not_found_is_settled_once_it_cannot_work_any_more(
    behind: bool, talk: Callable[..., tuple[LoopbackVenue, Stub]]
) -> None:
    """By the venue's rule: it has seen the market behind the order's session. Up to then nobody can tell."""
    venue, stub = talk(lambda request: answer(request, order=None))
    ends = ORDER.terms.valid_until
    for until in (ends, ends + A_MINUTE)[: 1 + behind]:
        venue.on_market(Silence(until=until))
    (told,) = venue.reconcile((ORDER.terms,), A_TIME).reports
    if behind:
        assert told == OrderRejected(client_order_id=NAME, ts_event=A_TIME, code=Reason.NEVER_ARRIVED)
    else:
        assert told == OrderUnknown(client_order_id=NAME, ts_event=A_TIME)
    assert (stub.asked("find"), stub.asked("statement"), stub.asked("submit")) == (1, 1, 0)


def test_a_statement_holds_what_was_not_told_before_it(talk: Callable[..., tuple[LoopbackVenue, Stub]]) -> None:
    """In the order in which it happened; then what is known of each order, and of others that work."""
    theirs = replace(ACCEPTED, client_order_id="theirs-1")

    def answers(request: dict[str, Any]) -> bytes:
        if request["do"] == "find":
            return pushed(1, CANCELED) + answer(
                request, ACCEPTED, CANCELED, order=json.loads(encode(Asked.of(ORDER.terms).wire))
            )
        return answer(request, ACCEPTED, theirs, order=None, position="-2.5")

    venue, _ = talk(answers)
    stated = venue.reconcile((ORDER.terms,), A_TIME)
    assert stated.reports == (CANCELED, ACCEPTED, CANCELED, theirs)
    assert stated.position == Decimal("-2.5")
    assert venue.reports() == ()


# --------------------------------------------------------------------------------------------- else


@pytest.mark.parametrize(
    "wrong", [{"port": 0}, {"port": 1, "timeout_seconds": ZERO}, {"port": 1, "submit_timeout_seconds": Decimal(-1)}]
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    """No port, no time."""
    with pytest.raises(ValueError):
        LoopbackOptions(**wrong)


def test_a_port_that_cannot_be_is_nobody() -> None:
    """Whatever is configured, the caller has one exception to think of."""
    with pytest.raises(ConnectionBroken):
        Connection(10**9, 1)


def test_a_process_that_does_not_start_is_told(tmp_path: Any) -> None:
    """Its folder cannot be made."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(AdapterUnavailable, match="did not start"):
        VenueProcess(file)
