"""What came in is read off a body as ``decode`` reads it, and what nobody wrote is refused."""

from decimal import Decimal

import pytest
from hypothesis import given

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.core.faults import JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.situations import a_fill, some_terms
from interlock.testing.strategies import records

BODY = encode(Record(A_TIME, a_bar("100.5")))


@given(records())
def test_it_is_what_the_whole_record_would_have_held(record: Record) -> None:
    """Of every kind."""
    assert decode_observation(record.kind, encode(record)) == (record.observation, record.ts_init)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"close":"100.5"', b'"close":"NaN"'),
        (b'"close":"100.5"', b'"close":"-1"'),
        (b'"close":"100.5"', b'"close":"1"'),
        (b'"close":"100.5"', b'"close":"1e999999"'),
        (b'"close":"100.5"', b'"close":[]'),
        (b'"close":"100.5",', b""),
        (b'"ts_init"', b'"ts"'),
        (b"{", b"["),
    ],
)
def test_what_is_no_bar_is_refused(old: bytes, new: bytes) -> None:
    """In the words of a record that cannot be read."""
    assert old in BODY
    with pytest.raises(JournalUnavailable, match="a record of a Bar cannot be read"):
        decode_observation("Bar", BODY.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"slippage":"0"', b'"slippage":"NaN"'),
        (b'"slippage":"0"', b'"slippage":"Infinity"'),
        (b'"slippage":"0"', b'"slippage":null'),
        (b'"last_qty":"1"', b'"last_qty":"-1"'),
        (b'"side":"', b'"side":"x'),
        (b'"basis":"', b'"basis":"x'),
    ],
)
def test_what_is_no_fill_is_refused(old: bytes, new: bytes) -> None:
    """Nothing that could not be told apart from a number once it was read."""
    body = encode(Record(A_TIME, a_fill(some_terms(), Decimal(1), Decimal(100))))
    assert old in body
    decode_observation("OrderFilled", body)
    with pytest.raises(JournalUnavailable, match="a record of a OrderFilled cannot be read"):
        decode_observation("OrderFilled", body.replace(old, new))


@pytest.mark.parametrize("kind", ["Nonsense", "Split"])
def test_what_is_of_another_kind_is_refused(kind: str) -> None:
    """By the decoder of whole records."""
    with pytest.raises(JournalUnavailable, match=f"a record of a {kind} cannot be read"):
        decode_observation(kind, BODY)
