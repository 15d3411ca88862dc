"""What the [market_data] table may say for ``adapter = "csv"``."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from attrs import Attribute, field, frozen
from attrs.validators import optional

from interlock.adapters.market_data.csv_columns import Columns, columns_of
from interlock.adapters.market_data.csv_times import Stamp, TimeFormat


def _path(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not value or not value.isprintable():
        raise ValueError(f"{attribute.name} must name a file, found {value!r}")


def _zone(_: object, attribute: "Attribute[Any]", value: str) -> None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'{attribute.name} must be a zone like "America/New_York", found {value!r}') from error


def _columns(_: object, attribute: "Attribute[Any]", value: Sequence[str]) -> None:
    read = columns_of(value)
    if not isinstance(read, Columns):
        raise ValueError(f'{attribute.name} must name time, open, high, low, close, volume, or "-"; found {read}')  # noqa: TRY004


def _delimiter(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if len(value) != 1 or not (value == "\t" or (value.isascii() and value.isprintable())):
        raise ValueError(f"{attribute.name} must be one ASCII character, found {value!r}")
    if value.isalnum() or value in "\"'.-+:":
        raise ValueError(f"{attribute.name} must not be a character that times and amounts hold, found {value!r}")


@frozen(kw_only=True)
class CsvOptions:
    """The keys of a CSV file. What the file does not say itself has to be said here.

    ``path`` is relative to the configuration file. ``time_zone`` is that of times without an offset. ``stamp``
    says whether a row's time is a session's date, the bar's open or its close. ``columns`` names the columns in
    order ("-" for one to ignore) where the header does not, and ``time_format`` the unit of epoch times.

    The sessions of an exchange are known from 1990-01-01, or from where its calendar can be worked out (Tokyo's in
    1997), to the end of the year after this one: a row of an earlier or a later day is refused where it has a date
    alone, and with a time of day it lies outside of every session.

    Rows that come closer than the interval are refused, and so is one that closes more than a day after the file was
    opened. A last line without a line end is read as it stands, and noted: if the file was cut, its last number may be
    cut as well. Where ``columns`` are stated and the file has a header, its words must not say otherwise.
    """

    path: str = field(validator=_path)
    time_zone: str | None = field(default=None, validator=optional(_zone))
    stamp: Stamp | None = None
    columns: tuple[str, ...] | None = field(default=None, validator=optional(_columns))
    time_format: TimeFormat | None = None
    delimiter: str = field(default=",", validator=_delimiter)
