"""A record has one spelling, and it is read back as what it was."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_args

import pytest
from attrs import evolve as changed
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.adapters.journal import codec
from interlock.adapters.journal.codec import GENESIS, chain, decode, encode
from interlock.core.decision import Decision, Finding, NoAction, Outcome, Verdict
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.market import Bar, EndOfData, RefusedRow
from interlock.core.observations import FaultObserved, Observation, RunStarted
from interlock.core.origins import Origin, OriginSource
from interlock.core.reasons import Reason
from interlock.core.records import CancelOrder, Event, Record
from interlock.core.values import Numbers
from interlock.testing.contracts.inherited import at_most
from interlock.testing.strategies import events_by_class, observations_by_class, records

AT = datetime(2000, 3, 1, 21, 0, tzinfo=UTC)
BAR = Bar(
    instrument="AAPL",
    ts_event=AT,
    open=Decimal("118.56"),
    high=Decimal("132.06"),
    low=Decimal("118.5"),
    close=Decimal("130.31"),
    volume=Decimal(9616100),
)


def deciding(numbers: Numbers, *findings: Finding) -> Record:
    """A record of ``BAR`` with a decision that rests on ``numbers`` and ``findings``."""
    decision = Decision(
        outcome=Outcome.NO_ACTION,
        code=Reason.TREND_UP_AND_LONG,
        proposal=NoAction(code=Reason.TREND_UP_AND_LONG, numbers=numbers),
        findings=findings,
    )
    return Record(ts_init=AT, observation=BAR, decision=decision)


@given(records())
def test_a_record_is_read_back_as_it_was(record: Record) -> None:
    """Every field of every kind of record, effects and the traces of faults aside."""
    found = decode(record.kind, encode(record))
    assert found == record
    assert found.effects == ()


@given(records())
def test_a_record_has_one_spelling(record: Record) -> None:
    """What was read is written again byte for byte, and the short way of writing it equals the long one."""
    body = encode(record)
    assert encode(decode(record.kind, body)) == body
    assert codec.spell_out(codec._Body(**{name: getattr(record, name) for name in codec._BODY_KEYS})) == body


@given(records())
def test_a_body_is_canonical_json(record: Record) -> None:
    """UTF-8, keys sorted, no white space, and no float anywhere."""

    def no_float(text: str) -> Any:
        raise AssertionError(f"a float in a body: {text}")

    body = encode(record)
    tree = json.loads(body, parse_float=no_float)
    assert json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body


def test_the_body_of_a_bar_looks_like_this() -> None:
    """The format is a promise: journals that exist are read by it."""
    numbers: Numbers = {"slow": 50, "fast": 10, "fast_average": Decimal("12.50")}
    assert encode(deciding(numbers)).decode() == (
        '{"decision":{"code":"TREND_UP_AND_LONG","findings":[],"outcome":"NO_ACTION","proposal":{'
        '"code":"TREND_UP_AND_LONG","numbers":{"fast":10,"fast_average":"12.50","slow":50}}},'
        '"observation":{"close":"130.31","high":"132.06","instrument":"AAPL","low":"118.5","open":"118.56",'
        '"ts_event":"2000-03-01T21:00:00Z","volume":"9616100"},"ts_init":"2000-03-01T21:00:00Z"}'
    )


@pytest.mark.parametrize(
    ("amount", "spelling"),
    [("1E+3", '"1000"'), ("1E-8", '"0.00000001"'), ("0E-10", '"0.0000000000"'), ("-0", '"-0"'), ("1E+999", '"1E+999"')],
)
def test_amounts_are_plain_digits(amount: str, spelling: str) -> None:
    """An exponent stays only where nobody would count the zeros."""
    assert f'"n":{spelling}' in encode(deciding({"n": Decimal(amount)})).decode()


@pytest.mark.parametrize("text", ["7203", "-1.50", "0", "1E+5"])
def test_text_that_reads_as_an_amount_stays_text(text: str) -> None:
    """A symbol may be all digits; it is marked, and everything else stands as it is."""
    finding = Finding(rule="r", verdict=Verdict.PASS, code="C", observed=text, limit=Decimal(text))
    record = deciding({"symbol": text, "other": "AAPL"}, finding)
    body = encode(record)
    assert f'"symbol":{{"text":"{text}"}}'.encode() in body
    assert b'"other":"AAPL"' in body
    found = decode("Bar", body)
    assert found.decision is not None
    assert type(found.decision.findings[0].observed) is str
    assert type(found.decision.findings[0].limit) is Decimal


def test_neither_effects_nor_traces_are_written() -> None:
    """A permission is never put on paper, and a trace is for this process's log."""
    fault = Fault(where="strategy", error="ValueError", place="x.py:1 f", trace="secret.py:1 f > x.py:1 f")
    record = Record(ts_init=AT, observation=FaultObserved(fault=fault), effects=(CancelOrder(client_order_id="c-1"),))
    assert b"secret" not in encode(record)
    assert b"c-1" not in encode(record)


@pytest.mark.parametrize(
    "record",
    [
        Record(ts_init=AT.replace(tzinfo=None), observation=EndOfData()),
        Record(ts_init=AT.astimezone(timezone(timedelta(hours=9))), observation=EndOfData()),
        Record(ts_init=AT, observation=RefusedRow(source="s", line=1, field="f", value="\udcff", rule="r")),
        deciding({"n": 0.5}),  # type: ignore[dict-item]  # that is the point
    ],
    ids=["naive time", "time elsewhere", "not Unicode", "float"],
)
def test_what_cannot_be_read_back_is_not_written(record: Record) -> None:
    """The journal refuses it before anything rests on it."""
    with pytest.raises(JournalUnavailable, match="cannot be written down"):
        encode(record)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("Bra", b"", b""),
        ("EndOfData", b"", b""),
        ("Bar", b'"ts_init"', b'"ts_unit"'),
        ("Bar", b'"low":"118.5",', b""),
        ("Bar", b'"low":"118.5",', b'"low":118.5,'),
        ("Bar", b'"low":"118.5",', b'"low":"0118.5",'),
        ("Bar", b'"low":"118.5",', b'"low":"999",'),
        ("Bar", b'"low"', b'"extra":"x","low"'),
        ("Bar", b'"decision"', b'"effects":[],"decision"'),
        ("Bar", b'"ts_event":"2000-03-01T21:00:00Z"', b'"ts_event":"2000-03-01T21:00:00"'),
        ("Bar", b'"outcome":"NO_ACTION"', b'"outcome":"MAYBE"'),
        ("Bar", b'"code":"TREND_UP_AND_LONG","n', b'"code":1,"n'),
        ("Bar", b'"n":1', b'"n":{"txet":"1"}'),
        ("Bar", b'"n":1', b'"n":1.5'),
        ("Bar", b"}}", b"}"),
        ("Bar", b"{", b"["),
    ],
)
def test_a_body_that_is_not_right_is_refused(kind: str, old: bytes, new: bytes) -> None:
    """Reading is strict: whatever is there that nobody wrote, the journal is not to be believed."""
    body = encode(deciding({"n": 1}))
    assert old in body
    decode("Bar", body)
    with pytest.raises(JournalUnavailable, match=f"a record of a {kind} cannot be read"):
        decode(kind, body.replace(old, new, 1) if old else body)


STARTED = RunStarted(run_id="r", started_at=AT, build="b", config_digest="d", configuration="{}", feed="f")


@pytest.mark.parametrize(
    ("origins", "spelled"),
    [
        pytest.param(None, "", id="older than they are: the word is left out"),
        pytest.param((), '"origins":[],', id="every value is the default"),
        pytest.param(
            (
                Origin(source=OriginSource.FILE, name="a.toml", keys={"risk.b.limit": 9, "account": 3}),
                Origin(source=OriginSource.COMMAND_LINE, name="--mode", keys={"run_mode": None}),
            ),
            '"origins":[{"keys":{"account":3,"risk.b.limit":9},"name":"a.toml","source":"FILE"},'
            '{"keys":{"run_mode":null},"name":"--mode","source":"COMMAND_LINE"}],',
            id="a place each, with its keys and their lines",
        ),
    ],
)
def test_a_start_says_where_its_values_came_from(origins: tuple[Origin, ...] | None, spelled: str) -> None:
    """What is not known is not spelled, as in records of before; that all is the default is."""
    record = Record(AT, changed(STARTED, origins=origins))
    body = encode(record)
    assert body.decode() == (
        '{"observation":{"build":"b","config_digest":"d","configuration":"{}","feed":"f",'
        + spelled
        + '"run_id":"r","started_at":"2000-03-01T21:00:00Z"},"ts_init":"2000-03-01T21:00:00Z"}'
    )
    assert decode("RunStarted", body) == record


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"account":3', b'"account":"3"'),
        (b'"account":3', b'"account":true'),
        (b'"account":3', b'"account":3.0'),
        (b'"FILE"', b'"DEFAULT"'),
        (b'"name":"a.toml",', b""),
        (b'"name"', b'"value":"x","name"'),
        (b'[{"keys"', b'{"keys"'),
    ],
)
def test_where_values_came_from_is_read_strictly(old: bytes, new: bytes) -> None:
    """As everything else: a value beside a key, above all, is nothing that was written here."""
    origins = (Origin(source=OriginSource.FILE, name="a.toml", keys={"account": 3}),)
    body = encode(Record(AT, changed(STARTED, origins=origins)))
    assert old in body
    with pytest.raises(JournalUnavailable, match="a record of a RunStarted cannot be read"):
        decode("RunStarted", body.replace(old, new, 1))


def test_the_chain_is_what_its_docstring_says() -> None:
    """Anybody can check a journal with SHA-256 and these few bytes."""
    expected = hashlib.sha256(bytes(32) + b"\0\0\0\0\0\0\1\2" + b"Bar" + b"\0" + b"{}").digest()
    assert chain(GENESIS, 258, "Bar", b"{}") == expected


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**63), records(), st.data())
def test_every_part_counts_in_the_chain(digest: bytes, seq: int, record: Record, data: st.DataObject) -> None:
    """Another past, another number, another kind or another body is another hash."""
    body = encode(record)
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    flipped = bytearray(body)
    flipped[at // 8] ^= 1 << at % 8
    hashes = {
        chain(digest, seq, record.kind, body),
        chain(digest[1:] + digest[:1], seq, record.kind, body) if len(set(digest)) > 1 else b"",
        chain(digest, seq + 1, record.kind, body),
        chain(digest, seq, record.kind + "s", body),
        chain(digest, seq, record.kind, bytes(flipped)),
    }
    assert len(hashes) == 5


def test_every_kind_of_observation_and_event_is_tried() -> None:
    """One without a strategy would be journaled untested: add it to testing/strategies.py."""
    assert set(observations_by_class) == set(get_args(Observation))
    assert set(events_by_class) == set(get_args(Event))


@pytest.mark.parametrize("kind", get_args(Observation), ids=lambda kind: kind.__name__)
def test_every_kind_of_observation_is_read_back(kind: type[Any]) -> None:
    """Each by itself, so that none is merely likely to be tried."""

    @settings(max_examples=at_most(20))
    @given(observations_by_class[kind])
    def read_back(observation: Any) -> None:
        record = Record(ts_init=AT, observation=observation)
        assert decode(kind.__name__, encode(record)) == record

    read_back()


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_is_read_back(kind: type[Any]) -> None:
    """Beside a bar, with and without the fields that may be empty."""

    @settings(max_examples=at_most(20))
    @given(events_by_class[kind])
    def read_back(event: Any) -> None:
        record = Record(ts_init=AT, observation=BAR, events=(event,))
        assert decode("Bar", encode(record)) == record

    read_back()


def test_a_record_with_other_ids_is_another_record() -> None:
    """Absent ids are left out, present ones are not."""
    record = deciding({})
    named = replace(record, correlation_id="c", causation_id="d")
    assert encode(named) != encode(record)
    assert decode("Bar", encode(named)) == named
