"""The type that never prints: whatever is done to it, the value stays inside, until somebody asks for it by name."""

import copy
import inspect
import json
import pickle
import traceback
from collections.abc import Callable
from typing import Any, cast

import attrs
import cattrs
import msgspec
import pytest
from attrs import frozen

from interlock.secret import CHARACTERS_MAX, CHARACTERS_MIN, Secret

VALUE = "s3cr3t-K9x/Zq+7w"


@frozen(kw_only=True)
class Holder:
    """As an adapter would hold one among its settings."""

    key: Secret
    name: str = "a name"


def test_it_is_handed_over_by_name() -> None:
    """And by nothing else."""
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize(
    "tell",
    [
        repr,
        str,
        ascii,
        lambda secret: f"{secret}{secret!r}{secret!s}{secret!a}",
        lambda secret: f"{secret:>40}|{secret:.3}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - this way, too
        "{0} {0!r}".format,
        lambda secret: str([secret, {"key": secret}, (secret,)]),
        lambda secret: repr(Holder(key=secret)),
        lambda secret: str(attrs.asdict(Holder(key=secret))),
        lambda secret: str(attrs.astuple(Holder(key=secret))),
        lambda secret: str(cattrs.unstructure(Holder(key=secret))),
        lambda secret: json.dumps({"key": secret}, default=str),
        lambda secret: json.dumps({"key": secret}, default=repr),
        lambda secret: str(inspect.getmembers(secret)),
        lambda secret: str([getattr(secret, name, None) for name in dir(secret)]),
        lambda secret: str(copy.copy(secret)) + str(copy.deepcopy(Holder(key=secret))),
        lambda secret: str(ValueError(secret)) + repr(ValueError("wrong", secret)),
    ],
)
def test_nothing_that_prints_shows_it(tell: Callable[[Secret], str]) -> None:
    """Formatting, containers, the libraries that walk through values, and a walk through every attribute."""
    told = tell(Secret(VALUE))
    assert told
    assert VALUE not in told
    assert not any(part in told for part in ("s3cr3t", "K9x", "Zq+7w"))


@pytest.mark.parametrize(
    "write",
    [
        pickle.dumps,
        lambda secret: pickle.dumps(Holder(key=secret)),
        lambda secret: [pickle.dumps(secret, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL)],
        lambda secret: secret.__getstate__(),
        lambda secret: json.dumps({"key": secret}),
        lambda secret: json.dumps({secret: 1}),
        msgspec.json.encode,
        msgspec.msgpack.encode,
        lambda secret: msgspec.json.encode(Holder(key=secret)),
        msgspec.to_builtins,
        bytes,
        list,
        len,
        hash,
        iter,
        vars,
        lambda secret: {secret},
        lambda secret: "s3cr3t" in secret,
        lambda secret: secret[0],
        lambda secret: secret + "",
        lambda secret: "".join([secret]),
        int,
        lambda secret: secret < secret,
        lambda secret: setattr(secret, "_tell", str),
        lambda secret: delattr(secret, "_tell"),
        lambda secret: setattr(secret, "other", 1),
    ],
)
def test_whatever_would_need_its_value_is_refused(write: Callable[[Any], object]) -> None:
    """With an error that does not tell it either."""
    with pytest.raises((TypeError, AttributeError)) as caught:
        write(Secret(VALUE))
    assert VALUE not in "".join(traceback.format_exception(caught.value))


def test_it_equals_the_same_secret_and_no_text() -> None:
    """So a guess cannot be tried by comparing it."""
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret(VALUE + "x")
    assert Secret(VALUE) != VALUE
    assert cast(object, VALUE) != Secret(VALUE)


def test_it_compares_in_a_time_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the one function of the library that is made for that, also where letters are not ASCII."""
    asked: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return one == other

    monkeypatch.setattr("interlock.secret.hmac.compare_digest", compare)
    assert Secret("pässword") == Secret("pässword")
    assert asked == [("pässword".encode(), "pässword".encode())]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "must not be empty"),
        (" " * 20, "must not be empty"),
        (f"{VALUE}\n", "one line"),
        (f"-----BEGIN\n{VALUE}", "one line"),
        (f"{VALUE}\0", "printable"),
        (f"{VALUE}\t", "printable"),
        (f"{VALUE}\udcff", "printable"),
        ("x" * (CHARACTERS_MIN - 1), "characters, found another number"),
        ("x" * (CHARACTERS_MAX + 1), "characters, found another number"),
        (VALUE.encode(), "found a bytes"),
        (None, "found a NoneType"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(value: Any, problem: str) -> None:
    """Empty, of several lines, not printable, too short to be masked, or longer than any key."""
    with pytest.raises(ValueError, match=problem) as caught:
        Secret(value)
    assert VALUE not in str(caught.value)
    assert "xxx" not in str(caught.value)


def test_the_bounds_themselves_are_secrets() -> None:
    """From the shortest to the longest."""
    for length in (CHARACTERS_MIN, CHARACTERS_MAX):
        assert len(Secret("x" * length).reveal()) == length


def test_there_is_no_other_kind_of_secret() -> None:
    """Mypy says it; whoever does not ask mypy still gets one that never prints."""
    assert getattr(Secret, "__final__", False)
