"""What was told all the same: found in the spellings in which a secret travels, and replaced."""

import base64
import gc
import html
import json
import threading
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.reports import OrderRejected, VenueStatement
from interlock.masking import _SPELLINGS, MASK, mask_error, masked, masked_value
from interlock.secret import Secret

VALUE = 'k3y/with "quotes" & <other> + signs ü\''
NOW = datetime(2026, 1, 1, tzinfo=UTC)

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8, max_size=40).filter(
    lambda text: text.isprintable() and bool(text.strip())
)


@pytest.fixture(autouse=True)
def nobody_else() -> None:
    """What another test has dropped is gone; what it holds still need not be looked through again."""
    gc.collect()
    gc.freeze()


@pytest.mark.parametrize(
    "spell",
    [
        str,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        repr,
        lambda value: repr(value.encode()),
        html.escape,
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda value: urllib.parse.quote(value, safe=""),
        lambda value: urllib.parse.urlencode({"key": value}),
        lambda value: value.encode().hex(),
        lambda value: value.encode().hex().upper(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(f"u:{value}".encode()).decode(),
        lambda value: base64.b64encode(f"us:{value}".encode()).decode(),
        lambda value: base64.b64encode(f"use:{value}:more".encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f"u:{value}".encode()).decode(),
    ],
)
def test_a_secret_is_masked_however_it_is_spelt(spell: Callable[[str], str]) -> None:
    """Inside of JSON, an address, a page, a header, a literal, or a dump of bytes."""
    secret = Secret(VALUE)
    spelt = spell(secret.reveal())
    told = masked(f"401 for {spelt}, try again")
    assert MASK in told
    core = spelt.strip("'\"=b")[4:-4]
    assert core not in told
    assert told.startswith("401 for ")
    assert told.endswith(", try again")


@given(secrets, st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left_in_any_text(value: str, before: str, after: str) -> None:
    """Whatever stands around it, and however often."""
    secret = Secret(value)
    assert secret.reveal() not in masked(f"{before}{value}{after}{value}{value}").replace(MASK, "\0")


def test_of_two_that_are_in_one_another_nothing_is_left() -> None:
    """A token that begins with another one."""
    held = Secret("abcdefgh"), Secret("abcdefgh-and-more"), Secret("and-more")
    assert masked("is abcdefgh-and-more, and abcdefgh") == f"is {MASK}, and {MASK}"
    assert len(held) == 3


def test_text_without_a_secret_is_the_very_same_text() -> None:
    """So nothing has to be made anew."""
    text = "".join(["nothing", " here"])
    assert masked(text) is text
    secret = Secret(VALUE)
    assert masked(text) is text
    assert secret is not None


def test_a_secret_is_masked_for_as_long_as_it_lives() -> None:
    """Tokens that come and go for months do not add up."""
    before = len(_SPELLINGS)
    secret = Secret(VALUE)
    assert masked(VALUE) == MASK
    del secret
    gc.collect()
    assert masked(VALUE) == VALUE
    for number in range(1_000):
        Secret(f"token number {number}")
    gc.collect()
    assert len(_SPELLINGS) == before


def test_secrets_may_be_made_while_another_thread_masks() -> None:
    """Adapters have threads of their own."""
    failed: list[BaseException] = []
    done = threading.Event()

    def mask() -> None:
        try:
            while not done.is_set():
                masked("a text that is long enough to be looked through")
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    thread = threading.Thread(target=mask)
    thread.start()
    for number in range(2_000):
        Secret(f"token number {number}")
    done.set()
    thread.join()
    assert failed == []


def test_a_value_is_masked_wherever_it_holds_text() -> None:
    """In a report, in the numbers of one, in reports inside a statement; and what is clean is the same object."""
    secret = Secret(VALUE)
    clean = OrderRejected(client_order_id="an id", ts_event=NOW, code="401", detail="no")
    told = OrderRejected(client_order_id="an id", ts_event=NOW, code="401", detail=f"key {VALUE}")
    assert masked_value(clean) is clean
    assert masked_value(told).detail == f"key {MASK}"
    statement = masked_value(VenueStatement(reports=(clean, told)))
    assert statement.reports[0] is clean
    assert VALUE not in repr(statement)
    numbers: dict[str, object] = {"status": 401, VALUE: "x", "key": [VALUE, ("y", VALUE)]}
    assert masked_value(numbers) == {"status": 401, MASK: "x", "key": [MASK, ("y", MASK)]}
    assert masked_value(5) == 5
    assert secret is not None


def test_an_error_keeps_its_class_and_place_and_loses_the_secret() -> None:
    """With whatever led to it, in notes and attributes too: where it was raised is for the record."""

    class Refused(Exception):
        def __init__(self, text: str) -> None:
            super().__init__(text, 401)
            self.answer = {"headers": [text]}

    secret = Secret(VALUE)
    error: Refused | None = None
    try:
        try:
            raise FileNotFoundError(2, f"no {VALUE}", f"/keys/{VALUE}")
        except FileNotFoundError as cause:
            raise Refused(f"401 for {VALUE}") from cause
    except Refused as raised:
        error = raised
        error.add_note(f"with {VALUE}")
    trace = error.__traceback__
    mask_error(error)
    assert type(error) is Refused
    assert error.__traceback__ is trace is not None
    assert error.args == (f"401 for {MASK}", 401)
    assert error.answer == {"headers": [f"401 for {MASK}"]}
    assert error.__notes__ == [f"with {MASK}"]
    assert str(error.__cause__) == f"[Errno 2] no {MASK}: '/keys/{MASK}'"
    assert secret is not None


def test_an_error_whose_words_are_made_when_asked_for_is_masked_too() -> None:
    """Its argument is no text; and one that cannot be worded at all stays as it is."""

    class Answer:
        @override
        def __str__(self) -> str:
            return f"the answer with {VALUE}"

    class Unspeakable(Exception):
        @override
        def __str__(self) -> str:
            raise RuntimeError(VALUE)

    secret = Secret(VALUE)
    error = ValueError(Answer())
    circle = RuntimeError("round")
    circle.__cause__, error.__context__ = error, circle
    mask_error(error)
    assert str(error) == f"the answer with {MASK}"
    mask_error(Unspeakable())
    group = ExceptionGroup("several", [KeyError(VALUE)])
    mask_error(group)
    assert group.exceptions[0].args == (MASK,)
    assert secret is not None


def test_an_error_that_does_not_let_itself_be_changed_is_masked() -> None:
    """Nobody is asked whether a secret may be told."""

    @frozen(kw_only=True)
    class Frozen(Exception):
        detail: Any

    secret = Secret(VALUE)
    error = Frozen(detail=VALUE)
    mask_error(error)
    assert error.detail == MASK
    assert secret is not None
