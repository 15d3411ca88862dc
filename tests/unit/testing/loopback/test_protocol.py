"""The loopback protocol: what is said is what was meant, and whatever arrives is a value or ``VenueProtocolError``."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.faults import VenueProtocolError
from interlock.core.orders import Side
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    FillBasis,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.loopback.fields import COUNT_MAX, NAME_LENGTH_MAX, amount, count, name, one_of, time
from interlock.testing.loopback.protocol import LINE_BYTES_MAX, REPORTS, Lines, decode, encode, report_of, report_said
from interlock.testing.loopback.requests import REQUESTS, TIMES_MAX, Asked, Request, bar_said
from interlock.testing.market_strategies import amounts, identifiers, names, positive_amounts, times

ANY: dict[str, Any] = {"client_order_id": identifiers, "ts_event": times}
reports: st.SearchStrategy[ExecutionReport] = st.one_of(
    st.builds(OrderAccepted, venue_order_id=identifiers, **ANY),
    st.builds(OrderRejected, code=identifiers, detail=st.just("as told"), **ANY),
    st.builds(OrderCanceled, **ANY),
    st.builds(CancelRejected, code=identifiers, **ANY),
    st.builds(OrderExpired, code=st.just(""), **ANY),
    st.builds(
        OrderFilled,
        venue_order_id=identifiers,
        trade_id=identifiers,
        instrument=names.filter(str.isprintable),
        side=st.sampled_from(Side),
        last_qty=positive_amounts,
        last_px=positive_amounts,
        fee=amounts(),
        reference_px=positive_amounts,
        slippage=amounts(),
        basis=st.sampled_from(FillBasis),
        **ANY,
    ),
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1.5", "BUY", "-1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)

ORDER = Asked.of(approve(limit_price="101").terms).wire
NOTHING_ASKED = json.loads(encode({**ORDER, "quantity": "0"}))
# One of each request, as it is rightly said.
SAID: dict[str, dict[str, Any]] = {
    "hello": {"after": None},
    "submit": {"order": ORDER, "now": A_TIME},
    "cancel": {"client_order_id": "kit-1", "now": A_TIME},
    "find": {"client_order_id": "kit-1"},
    "bar": {"bar": bar_said(a_bar("100", low="99"))},
    "silence": {"until": A_TIME},
    "gone": {"now": A_TIME},
    "split": {},
    "statement": {},
    "plan": {"move": "DELAY", "order": 3, "orders": 2},
    "fill": {"client_order_id": "kit-1", "quantity": Decimal("1.5"), "price": Decimal(100), "now": A_TIME},
    "tell": {"report": report_said(OrderCanceled(client_order_id="kit-1", ts_event=A_TIME))},
    "say": {"line": "anything", "times": 2},
}


def over_the_wire(message: dict[str, Any]) -> dict[str, object]:
    """What the other side reads."""
    return decode(encode(message)[:-1])


@given(reports)
def test_every_report_arrives_as_it_was_sent(report: ExecutionReport) -> None:
    """Amounts of any spelling, times of any year, words of any script: equal on the other side."""
    assert report_of(over_the_wire(report_said(report))) == report


def test_every_report_but_unknown_has_its_fields() -> None:
    """A venue never says that it does not know."""
    assert {cls.__name__ for cls in REPORTS} == {
        "OrderAccepted", "OrderRejected", "OrderFilled", "OrderCanceled", "CancelRejected", "OrderExpired"
    }  # fmt: skip


@pytest.mark.parametrize("do", REQUESTS)
def test_every_request_arrives_as_it_was_sent(do: str) -> None:
    """Each is read into values, the order and the bar into what they were."""
    request = Request.of(over_the_wire({"do": do, "id": 7, **SAID[do]}))
    assert (request.do, request.id, set(request.values)) == (do, 7, set(SAID[do]))
    if do == "submit":
        assert request.values["order"] == Asked.of(approve(limit_price="101").terms)
    if do == "bar":
        assert request.values["bar"] == a_bar("100", low="99")


@given(st.data())
def test_a_message_with_one_wrong_field_is_refused_or_another_message(data: st.DataObject) -> None:
    """Any field replaced by anything, left out, or added: a value, or ``VenueProtocolError``, and nothing else."""
    do = data.draw(st.sampled_from(sorted(SAID)))
    said: dict[str, Any] = json.loads(encode({"do": do, "id": 7, **SAID[do]}))
    within = data.draw(st.sampled_from([said, *(part for part in said.values() if isinstance(part, dict))]))
    key = data.draw(st.sampled_from(sorted(within)) | st.text(max_size=4))
    if data.draw(st.booleans()):
        within[key] = data.draw(anything)
    else:
        within.pop(key, None)
    try:
        request = Request.of(said)
    except VenueProtocolError as error:
        told = str(error)
    else:
        told = request.do
    assert told.isprintable()


@given(
    st.sampled_from(sorted(cls.__name__ for cls in REPORTS)), st.dictionaries(st.text(max_size=4), anything), anything
)
def test_a_report_of_anything_is_refused(kind: str, fields: dict[str, Any], other: object) -> None:
    """Of a kind that there is, with fields that it has not; and what is no object at all."""
    for said in ({"report": kind, **fields}, fields, other):
        with pytest.raises(VenueProtocolError):
            report_of(said)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"{}", b'{"re":1}', b"\n", b"[", b'"', b"\xff", b"\x00"])))
def test_any_bytes_are_messages_or_refused(pieces: list[bytes]) -> None:
    """No line from anywhere raises anything else, and reading always comes to an end."""
    lines = Lines()
    for piece in pieces:
        lines.add(piece)
        for _ in range(piece.count(b"\n") + 1):
            try:
                message = lines.next()
            except VenueProtocolError:
                continue
            assert message is None or isinstance(message, dict)
        assert lines.next() is None


@given(st.lists(reports, min_size=1, max_size=4), st.integers(1, 50))
def test_how_bytes_are_cut_changes_nothing(told: list[ExecutionReport], size: int) -> None:
    """The network cuts where it likes; messages come out whole and in order."""
    data = b"".join(encode({"n": n, "report": report_said(report)}) for n, report in enumerate(told))
    lines, heard = Lines(), []
    for start in range(0, len(data), size):
        lines.add(data[start : start + size])
        while (message := lines.next()) is not None:  # ends: each turn takes a line away
            heard.append(report_of(message["report"]))
    assert heard == told


@pytest.mark.parametrize("over", [0, 1])
def test_a_line_has_a_longest_length(over: int) -> None:
    """As long as allowed it is read; one byte longer it is refused, whether its end has come or not."""
    line = b'{"a":"' + b"x" * (LINE_BYTES_MAX - 9 + over) + b'"}'
    for data in (line + b"\n", line + b"x"):
        lines = Lines()
        lines.add(data)
        if over or data.endswith(b"x"):
            with pytest.raises(VenueProtocolError, match="longer than 65536 bytes"):
                lines.next()
        else:
            assert lines.next() is not None


def test_what_is_too_long_is_not_sent() -> None:
    """Neither is what has no place on the wire."""
    assert len(encode({"a": "x" * (LINE_BYTES_MAX - 9)})) == LINE_BYTES_MAX
    with pytest.raises(ValueError, match="65537 bytes"):
        encode({"a": "x" * (LINE_BYTES_MAX - 8)})
    with pytest.raises(TypeError, match="object does not go over the wire"):
        encode({"a": object()})


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"7", b'"x"', b"{", b"{}}", b'{"a":1.5}', b'{"a":1e400}', b'{"a":NaN}', b'{"a":-Infinity}',
        b'{"a":1,"a":1}', b"\xff", b"\xef\xbb\xbf{}", b"{'a':1}",
        b'{"a":' + b"[" * 30_000, b'{"a":' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_a_line_that_is_no_object_of_the_protocol_is_refused(line: bytes) -> None:
    """Numbers with a point, NaN, keys told twice, depth, huge numbers, other encodings: all one refusal."""
    with pytest.raises(VenueProtocolError):
        decode(line)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        *((amount, said) for said in ("", "-1", "+1", "1e5", "1_0", "NaN", ".5", "5.", "٣", "1\n", "1" * 13, 7, None)),
        *((time, said) for said in ("", "now", "2020-01-02", "2020-01-02T15:00:00", "2020-01-02T15:00:00+01:00", 7)),
        *((count, said) for said in (-1, COUNT_MAX + 1, True, 1.0, "1", None)),
        *((name, said) for said in ("", "x" * (NAME_LENGTH_MAX + 1), "a\nb", "\ud800", "\x00", 7, None)),
        *((one_of(Side), said) for said in ("buy", "", None, ["BUY"], "x" * 65)),
    ],
)  # fmt: skip
def test_a_field_that_is_not_what_it_should_be_is_refused(check: Any, said: object) -> None:
    """Each check says no by ``ValueError``."""
    with pytest.raises(ValueError):
        check(said)


def test_a_field_is_read_into_its_value() -> None:
    """Exactly: no digit is lost, and UTC is UTC however it is spelt."""
    assert amount("123456789012.0123456789") == Decimal("123456789012.0123456789")
    assert time("2020-01-02T15:00:00Z") == time("2020-01-02T15:00:00+00:00") == datetime(2020, 1, 2, 15, tzinfo=UTC)
    assert time("2020-01-02T15:00:00Z").tzinfo is UTC


@pytest.mark.parametrize(
    "said",
    [
        {"id": 1}, {"do": 7, "id": 1}, {"do": "arm", "id": 1}, {"do": "find", "id": 1},
        {"do": "find", "client_order_id": "a"},
        {"do": "say", "id": 1, "line": "x", "times": TIMES_MAX + 1},
        {"do": "submit", "id": 1, "now": "2020-01-02T15:00:00Z", "order": NOTHING_ASKED},
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_done_is_refused(said: dict[str, object]) -> None:
    """Nothing of that name, too few fields, too much of one."""
    with pytest.raises(VenueProtocolError):
        Request.of(said)


def test_a_report_that_no_report_can_be_is_refused() -> None:
    """Its fields are right one by one; a fill of nothing is none."""
    fill = {
        "report": "OrderFilled", "client_order_id": "a", "venue_order_id": "v", "trade_id": "t", "instrument": "TEST",
        "side": "BUY", "ts_event": "2020-01-02T15:00:00Z", "last_qty": "1", "last_px": "1", "fee": "0",
        "reference_px": "1", "slippage": "0", "basis": "VENUE",
    }  # fmt: skip
    assert isinstance(report_of(fill), OrderFilled)
    with pytest.raises(VenueProtocolError, match="OrderFilled"):
        report_of({**fill, "last_qty": "0"})
