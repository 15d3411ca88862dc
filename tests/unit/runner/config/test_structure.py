"""From tables to attrs classes: which types a component's settings may have, and how each refuses."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Literal

import pytest
from attrs import Attribute, field, frozen
from attrs.validators import in_

from interlock.runner.config.problems import FloatLiteral, Wrong
from interlock.runner.config.structure import NotSupported, class_hook, make_converter


class Colour(StrEnum):
    """A word out of a list."""

    RED = "red"
    BLUE = "blue"


class Plain(Enum):
    """An enum that is no string."""

    ONE = "one"


def _even(_: object, attribute: "Attribute[Any]", value: int) -> None:
    if value % 2:
        raise ValueError(f"{attribute.name} must be even, found {value}")


@frozen(kw_only=True)
class Settings:
    """One field of each type that a component may ask for."""

    text: str = "x"
    count: int = field(default=2, validator=_even)
    flag: bool = False
    size: Decimal = Decimal(1)
    day: date = date(2000, 1, 1)
    at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    colour: Colour = Colour.RED
    plain: Plain = Plain.ONE
    word: Literal["all", "none"] = "all"
    maybe: Decimal | None = None
    either: Decimal | Literal["ignore"] = "ignore"
    several: tuple[Colour, ...] = ()
    near: str = field(default="a", validator=in_(("a", "b")))
    quoted: "int" = 1


def _read(cls: type[Any], **written: Any) -> Any:
    return class_hook(make_converter(), cls)(written, None)


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("text", "a\tb", "a\tb"),
        ("count", 4, 4),
        ("flag", True, True),
        ("size", "0.50", Decimal("0.5")),
        ("size", 3, Decimal(3)),
        ("day", date(2001, 2, 3), date(2001, 2, 3)),
        ("day", "2001-02-03", date(2001, 2, 3)),
        ("at", "2001-02-03T04:05:06+01:00", datetime(2001, 2, 3, 3, 5, 6, tzinfo=UTC)),
        ("colour", "blue", Colour.BLUE),
        ("plain", "one", Plain.ONE),
        ("word", "none", "none"),
        ("maybe", "2", Decimal(2)),
        ("either", "ignore", "ignore"),
        ("either", "0.1", Decimal("0.1")),
        ("several", ["red", "blue"], (Colour.RED, Colour.BLUE)),
        ("near", "b", "b"),
        ("quoted", 3, 3),
    ],
)
def test_each_type_is_read_exactly(name: str, written: Any, read: Any) -> None:
    """The value, and nothing made of it."""
    found = getattr(_read(Settings, **{name: written}), name)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("name", "written", "expected", "remedy"),
    [
        ("text", 1, "a string in quotes", ""),
        ("text", "a\nb", "printable characters", ""),
        ("text", "x" * 1025, "at most 1024", ""),
        ("count", 3, "a value that must be even", ""),
        ("count", 10**12, "at most 12 digits", ""),
        ("count", FloatLiteral(text="2.0"), "a whole number", ""),
        ("flag", 1, "true or false", ""),
        ("flag", "true", "true or false, without quotes", ""),
        ("size", [], "an amount", ""),
        ("day", datetime(2001, 2, 3, tzinfo=UTC), "a date such as", ""),
        ("at", datetime(2001, 2, 3), "its offset", ""),  # noqa: DTZ001 - naive, to be refused
        ("at", "0001-01-01T00:00:00+23:59", "exists in UTC", ""),
        ("colour", "bleu", "one of red, blue", "did you mean blue?"),
        ("plain", "two", "one of one", ""),
        ("word", "non", "one of all, none", "did you mean none?"),
        ("word", 1, "one of all, none", ""),
        ("either", "ignor", ", or one of ignore", "no exponent"),
        ("several", "red", "an array", ""),
        ("several", ["red"] * 10_001, "at most 10000 elements", ""),
        ("near", "c", "must be in", ""),
    ],
)
def test_each_type_refuses_what_it_is_not(name: str, written: Any, expected: str, remedy: str) -> None:
    """A boolean is no integer, a float is no amount, a time without an offset is no time."""
    with pytest.raises(ExceptionGroup) as caught:
        _read(Settings, **{name: written})
    (wrong,) = caught.value.exceptions
    assert isinstance(wrong, Wrong)
    assert expected in wrong.expected
    assert remedy in wrong.remedy


def test_every_field_is_asked_and_every_element() -> None:
    """A constructor would stop at the first."""
    with pytest.raises(ExceptionGroup) as caught:
        _read(Settings, text=1, count=3, several=["rde", "red", 4], unknown=1)
    leaves: list[BaseException] = []
    groups: list[BaseException] = [caught.value]
    while groups:
        one = groups.pop()
        if isinstance(one, BaseExceptionGroup):
            groups += one.exceptions
        else:
            leaves.append(one)
    assert len(leaves) == 5


@frozen(kw_only=True)
class Pair:
    """What a TOML array cannot be held to."""

    pair: tuple[int, str] = (1, "a")


def test_a_type_that_no_table_can_give_is_its_authors_to_change() -> None:
    """Told as what it is, the first time that it is used."""
    with pytest.raises(ExceptionGroup) as caught:
        _read(Pair, pair=[1, "a"])
    assert isinstance(caught.value.exceptions[0], NotSupported)
