"""What may be said of a CSV file, and what is refused before any file is looked at."""

from typing import Any

import pytest

from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.csv_times import Stamp


def test_a_path_is_all_that_every_file_needs() -> None:
    """What a file says itself need not be stated."""
    options = CsvOptions(path="a.csv")
    assert (options.time_zone, options.stamp, options.columns, options.time_format) == (None, None, None, None)
    assert options.delimiter == ","


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"path": ""}, "path must name a file"),
        ({"path": "a\x00.csv"}, "path must name a file"),
        ({"time_zone": ""}, "time_zone must be a zone"),
        ({"time_zone": "New York"}, "time_zone must be a zone"),
        ({"time_zone": "America"}, "time_zone must be a zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone must be a zone"),
        ({"columns": ()}, "found no column for time, open"),
        ({"columns": ("time", "open", "high", "low", "close")}, "found no column for volume"),
        ({"columns": ("time", "time", "open", "high", "low", "close", "volume")}, "both meaning 'time'"),
        ({"columns": ("time", "o", "high", "low", "close", "volume")}, "'o', which is none of"),
        ({"delimiter": ""}, "delimiter must be one ASCII character"),
        ({"delimiter": ",,"}, "delimiter must be one ASCII character"),
        ({"delimiter": "\n"}, "delimiter must be one ASCII character"),
        ({"delimiter": "\x00"}, "delimiter must be one ASCII character"),
        ({"delimiter": "."}, "must not be a character that times and amounts hold"),
        ({"delimiter": "1"}, "must not be a character that times and amounts hold"),
        ({"delimiter": '"'}, "must not be a character that times and amounts hold"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(wrong: dict[str, Any], why: str) -> None:
    """The message names the key and what was expected of it."""
    with pytest.raises(ValueError, match="must") as refused:
        CsvOptions(**{"path": "a.csv", **wrong})
    assert why in str(refused.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "/"])
def test_usual_delimiters_pass(delimiter: str) -> None:
    """Anything that cannot stand in a time or an amount."""
    assert CsvOptions(path="a.csv", delimiter=delimiter, stamp=Stamp.DATE).delimiter == delimiter
