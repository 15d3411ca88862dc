"""A CSV file as a source of bars: what is read, what is refused row by row, and which files are not opened at all."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.exchange import ExchangeCalendar
from interlock.adapters.market_data.csv_file import FUTURE_RULE, CsvFeed
from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.csv_times import Stamp, TimeFormat
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, EndOfData, RefusedRow
from interlock.core.ports import Calendar
from interlock.testing.builders import an_instrument
from interlock.testing.contracts.market_data import read

EXAMPLES = Path(__file__).parents[4] / "examples" / "data"
HEADER = "time,open,high,low,close,volume\n"
ROW = "2020-01-31T21:00:00Z,10,11,9,10.5,100\n"
NEXT_ROW = "2020-02-01T21:00:00Z,10,11,9,10.5,100\n"

MINUTE = timedelta(minutes=1)

Make = Callable[..., CsvFeed]


@cache
def new_york() -> Calendar:
    """The exchange of the examples."""
    return ExchangeCalendar("XNYS", date(2000, 1, 1), date(2013, 12, 31))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a file and make a feed over it: closes around the clock, unless told otherwise."""

    def made(
        content: str | bytes, *, name: str = "bars.csv", interval: timedelta = timedelta(days=1), **options: Any
    ) -> CsvFeed:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return CsvFeed.from_options(
            CsvOptions(path=name, **{"stamp": Stamp.CLOSE, **options}),
            instrument=an_instrument(),
            calendar=AlwaysOpen(),
            interval=interval,
            folder=tmp_path,
        )

    return made


# ------------------------------------------------------------------------------------------- real prices


@pytest.mark.parametrize("name", ["aapl", "msft", "ibm"])
def test_thirteen_years_of_real_prices_are_read_without_a_refusal(name: str) -> None:
    """3,270 rows, 3,270 bars, each at its session's true close."""
    feed = CsvFeed.from_options(
        CsvOptions(path=f"{name}-daily.csv"),
        instrument=an_instrument(name.upper(), calendar="XNYS"),
        calendar=new_york(),
        interval=timedelta(days=1),
        folder=EXAMPLES,
    )
    items = read(feed)
    assert len(items) == 3_270
    bars = [item for item in items if isinstance(item, Bar)]
    assert len(bars) == 3_270
    assert bars[0].ts_event == datetime(2000, 3, 1, 21, tzinfo=UTC)
    assert bars[-1].ts_event == datetime(2013, 3, 1, 21, tzinfo=UTC)
    closes = {bar.ts_event.date(): bar.ts_event for bar in bars}
    assert closes[date(2012, 11, 23)] == datetime(2012, 11, 23, 18, tzinfo=UTC)
    assert not any(date(2001, 9, 11) <= day <= date(2001, 9, 16) for day in closes)
    digest = hashlib.sha256((EXAMPLES / f"{name}-daily.csv").read_bytes()).hexdigest()
    assert feed.describe() == f"csv {name}-daily.csv sha256:{digest}"


# ----------------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,open,high,low,close,volume",
        "DateTime,OPEN,High,lOw,Close,VOLUME",
        " date , open , high , low , close , volume ",
        '"time","open","high","low","close","volume"',
        ",open,high,low,close,volume",
        "\ufefftime,open,high,low,close,volume",
    ],
)
def test_a_header_names_its_columns_in_any_case(make: Make, header: str) -> None:
    """Four words for time, an unnamed first column, quotes, spaces and a byte order mark."""
    (bar,) = read(make(f"{header}\n{ROW}"))
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == tuple(
        Decimal(amount) for amount in ("10", "11", "9", "10.5", "100")
    )


def test_columns_come_in_any_order_and_adjusted_prices_are_ignored_and_said_so(make: Make) -> None:
    """Prices are taken as they were traded."""
    feed = make("Volume,Close,Adj Close,Low,High,Open,Date\n100,10.5,5.25,9,11,10,2020-01-31T21:00:00Z\n")
    (bar,) = read(feed)
    assert isinstance(bar, Bar)
    assert (bar.open, bar.close, bar.volume) == (Decimal(10), Decimal("10.5"), Decimal(100))
    assert feed.notes == ("column 'Adj Close' is ignored: prices are taken as they were traded",)


def test_stated_columns_read_a_file_without_a_header(make: Make) -> None:
    """Names in order, a dash for what is to be ignored, epochs in their stated unit."""
    columns = ("-", "time", "open", "high", "low", "close", "volume")
    feed = make(
        "\ufeffX|1580504400000|10|11|9|10.5|100\n", columns=columns, time_format=TimeFormat.EPOCH_MS, delimiter="|"
    )
    (bar,) = read(feed)
    assert isinstance(bar, Bar)
    assert bar.ts_event == datetime(2020, 1, 31, 21, tzinfo=UTC)
    assert feed.notes == ("column 1 is ignored, as stated",)


def test_stated_columns_pass_over_a_header_of_other_words(make: Make) -> None:
    """A first row without a digit in any of its amounts is a header, and that is said."""
    columns = ("time", "open", "high", "low", "close", "volume")
    feed = make(f"Zeit,Erster,Hoch,Tief,Letzter,Menge\n{ROW}", columns=columns)
    assert [type(item) for item in read(feed)] == [Bar]
    assert feed.notes == ("line 1 was taken as a header and passed over, for the columns are stated",)


@pytest.mark.parametrize("amounts", ["null,null,null,null,null", ",,,,", "N/A,-,-,-,-"])
def test_a_first_row_without_amounts_is_a_row_for_its_time_can_be_read(make: Make, amounts: str) -> None:
    """It is refused with its line and counted, and not passed over as if it were a header."""
    feed = make(f"2020-01-30T21:00:00Z,{amounts}\n{ROW}", columns=("time", "open", "high", "low", "close", "volume"))
    refused, bar = read(feed)
    assert isinstance(refused, RefusedRow)
    assert (refused.line, refused.field) == (1, "open")
    assert isinstance(bar, Bar)
    assert feed.notes == ()


def test_a_header_that_says_something_else_than_the_columns_is_refused(make: Make) -> None:
    """Obeyed without a word, it would trade the open as the close."""
    feed = make(f"Date,Close,High,Low,Open,Volume\n{ROW}", columns=("time", "open", "high", "low", "close", "volume"))
    with pytest.raises(ConfigurationError) as raised:
        feed.open()
    assert str(raised.value).partition("bars.csv")[2] == (
        ":1: found column 2 called 'Close' where columns says 'open', column 5 called 'Open' where columns says "
        "'close'; expected the same of both. Leave columns out, or correct what is wrong."
    )


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Date,Open,High,Low,Close,Adj Close,Volume", ("time", "open", "high", "low", "-", "close", "volume")),
        ("Datum,Open,High,Low,Close,Close,Stk", ("time", "open", "high", "low", "-", "close", "volume")),
        ("Time,OPEN, high ,Low,x,Close,Volume", ("timestamp", "open", "high", "low", "-", "Close", "volume")),
    ],
)
def test_a_header_whose_words_agree_or_are_not_known_stays(make: Make, header: str, columns: tuple[str, ...]) -> None:
    """And a column that is stated to be ignored may be called what it will."""
    items = read(make(f"{header}\n2020-01-31T21:00:00Z,10,11,9,10.5,10.5,100\n", columns=columns))
    assert [type(item) for item in items] == [Bar]


@pytest.mark.parametrize(("mark", "written"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_a_header_with_another_delimiter_is_recognised(make: Make, mark: str, written: str) -> None:
    """The remedy names what is meant, and it is the remedy."""
    text = (HEADER + ROW).replace(",", mark)
    with pytest.raises(ConfigurationError) as raised:
        make(text).open()
    assert str(raised.value).endswith(f'State delimiter = "{written}".')
    assert len(read(make(text, delimiter=mark))) == 1


def test_a_file_of_a_header_alone_has_no_bars(make: Make) -> None:
    """An export of nothing is no error."""
    assert read(make(HEADER)) == []
    assert read(make(HEADER.strip())) == []


def test_the_last_line_needs_no_end_and_lines_may_end_as_on_windows(make: Make) -> None:
    """Both are common, and neither says anything about the data."""
    items = read(make(f"{HEADER}{ROW}{NEXT_ROW}".replace("\n", "\r\n").rstrip()))
    assert [type(item) for item in items] == [Bar, Bar]


def test_minute_rows_where_days_are_declared_are_refused_with_their_line(make: Make) -> None:
    """One bar a day is taken; the core would refuse the others as well, and name no line."""
    feed = make(f"{HEADER}2020-01-31T20:59:00Z,10,11,9,10.5,100\n{ROW}{NEXT_ROW}")
    bar, refused, after = read(feed)
    assert isinstance(refused, RefusedRow)
    assert (refused.source, refused.line, refused.field, refused.value) == (
        "bars.csv", 3, "time", "2020-01-31T21:00:00+00:00",
    )  # fmt: skip
    assert refused.rule == "only one bar may come in each interval of 1 day"
    assert isinstance(bar, Bar)
    assert isinstance(after, Bar)


def test_a_row_from_the_future_is_refused_and_the_rows_behind_it_are_taken(make: Make) -> None:
    """A slip of the century; the clock of SIM would jump to it, and every true bar would come too late."""
    items = read(make(f"{HEADER}{ROW}2120-02-01T21:00:00Z,10,11,9,10.5,100\n{NEXT_ROW}"))
    assert [type(item) for item in items] == [Bar, RefusedRow, Bar]
    refused = items[1]
    assert isinstance(refused, RefusedRow)
    assert (refused.line, refused.field, refused.value) == (3, "time", "2120-02-01T21:00:00+00:00")
    assert refused.rule == FUTURE_RULE


def test_the_future_begins_a_day_after_the_file_was_opened(make: Make) -> None:
    """Clocks differ, and the row of a session that goes on is stamped with its close. The file says the same on every
    day behind its last row; while it is read, the day stays the one on which it was opened."""
    feed = make(f"{HEADER}{ROW}{NEXT_ROW}")
    second = datetime(2020, 2, 1, 21, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    for now, kinds in (
        (second - timedelta(days=1) - instant, [Bar, RefusedRow]),
        (second - timedelta(days=1), [Bar, Bar]),
        (second + timedelta(days=36_500), [Bar, Bar]),
    ):
        feed.wall = [now].pop  # a second look would fail
        feed.open()
        feed.wall = lambda: datetime(1970, 1, 1, tzinfo=UTC)
        assert [type(feed.next()) for _ in range(2)] == kinds


@pytest.mark.parametrize("end", ["", "\r"])
def test_a_last_line_without_an_end_is_noted_for_it_may_be_cut(make: Make, end: str) -> None:
    """Half a number is a number: the row is taken, and a person is shown what the file ends with."""
    feed = make(f"{HEADER}{ROW}{NEXT_ROW.strip()}{end}")
    feed.open()
    assert feed.notes == (
        "the last line has no line end, and is read as it stands (it ends with "
        "'2020-02-01T21:00:00Z,10,11,9,10.5,100'): if the file was cut, or was still being written, its last number "
        "may be cut as well",
    )
    feed.open()
    assert len(feed.notes) == 1


@pytest.mark.parametrize("text", [f"{HEADER}{ROW}", f"{HEADER}{ROW}".replace("\n", "\r\n")])
def test_a_last_line_with_its_end_is_not_noted(make: Make, text: str) -> None:
    """As most files have it; and a packed one tells by itself where it breaks off."""
    for content in (text.encode(), gzip.compress(text.encode().rstrip(), mtime=0)):
        feed = make(content)
        feed.open()
        assert feed.notes == ()


def test_an_endless_last_line_is_noted_by_its_end(make: Make) -> None:
    """However long it is, a little of it is looked at."""
    feed = make(f"{HEADER}{ROW}{'9' * 100_000}")
    feed.open()
    assert f"'{'9' * 40}'" in feed.notes[0]


# -------------------------------------------------------------------------------- files that are refused


@pytest.mark.parametrize(
    ("content", "options", "found"),
    [
        ("", {}, "an empty file"),
        ("\n\n", {}, "no column for open, high, low, close, volume"),
        ("a,b,c\n", {}, "column 1 'a', which is none of"),
        (ROW, {}, "'2020-01-31T21:00:00Z', which is none of"),
        ("time,open,high,low,close\n", {}, "no column for volume"),
        ("date,time,open,high,low,close,volume\n", {}, "columns 1 and 2 both meaning 'time'"),
        ("time,open,high,low,close,volume,close\n", {}, "both meaning 'close'"),
        ("time,open,high,low,close,volume,symbol\n", {}, "'symbol'"),
        (",".join("x" * 65), {}, "65 columns"),
        (HEADER.replace(",", ";"), {}, "which is none of"),
        ("x" * 10_000, {}, "at most 4096 bytes"),
        ("\x00" * 10_000, {}, "at most 4096 bytes"),
        ("time\x00,open", {}, "control characters"),
        (b"\xff\xfet\x00i\x00", {}, "not UTF-8"),
        (f"{HEADER}{ROW}".replace("\n", "\r"), {}, "lines that end with a carriage return alone (CR)"),
        (f"{HEADER}{ROW * 200}".replace("\n", "\r"), {}, "lines that end with a carriage return alone (CR)"),
        (b"\x00\r", {}, "control characters"),
        (b"PK\x03\x04\x14\x00\x08", {}, "control characters"),
        (b"\x1f\x8b\x08\x00junk", {}, "gzip data"),
        (gzip.compress(HEADER.encode(), mtime=0)[:12], {}, "gzip data breaks off"),
        (gzip.compress(b"", mtime=0), {}, "no line"),
        (ROW, {"columns": ("time", "open", "high", "low", "close", "volume", "-")}, "6 cells where 7 columns"),
        (f"{HEADER}2020-01-31 21:00,1,1,1,1,1\n", {}, "no time zone is stated"),
        (f"{HEADER}{ROW}", {"stamp": None}, "does not say whether"),
        (f"{HEADER}2020-01-31,1,1,1,1,1\n", {}, "cannot be the close of a bar"),
        (f"{HEADER}1580504400,1,1,1,1,1\n", {}, "digits alone"),
        (f"{HEADER}rubbish\n,,,,,\n1580504400,1,1,1,1,1\n", {}, "digits alone"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_opened(
    make: Make, content: str | bytes, options: dict[str, Any], found: str
) -> None:
    """The message names the file, what was found, what was expected, and what to do."""
    feed = make(content, **options)
    with pytest.raises(ConfigurationError) as refused:
        feed.open()
    message = str(refused.value)
    assert "bars.csv" in message
    assert found in message
    assert "expected" in message
    feed.close()


def test_all_that_the_configuration_leaves_open_is_told_at_once(make: Make) -> None:
    """Not one key a run."""
    with pytest.raises(ConfigurationError) as raised:
        make(f"{HEADER}2020-01-31 21:00,1,1,1,1,1\n", stamp=None).open()
    assert str(raised.value).partition("bars.csv")[2] == (
        ":2: found '2020-01-31 21:00': the file does not say whether its times are those of a bar's open or of its "
        "close; the time has no offset, and no time zone is stated; expected market_data.stamp and "
        'market_data.time_zone to settle it. State stamp = "open" or "close" ("date" when each row is a whole '
        'session); and time_zone = the zone of the file, as "America/New_York" or "UTC".'
    )


def test_a_question_to_the_configuration_names_line_and_key(make: Make) -> None:
    """A person can answer it without looking anything up."""
    with pytest.raises(ConfigurationError) as refused:
        make(f"{HEADER}2020-01-31 21:00,1,1,1,1,1\n").open()
    assert "bars.csv:2: found '2020-01-31 21:00': the time has no offset" in str(refused.value)
    assert 'State time_zone = the zone of the file, as "America/New_York" or "UTC".' in str(refused.value)


def test_what_is_settled_by_the_first_good_row_is_a_refused_row_later(make: Make) -> None:
    """A file of times with offsets may hold one without: that row alone is refused."""
    bar, refused = read(make(f"{HEADER}{ROW}2020-02-01 21:00,1,1,1,1,1\n"))
    assert isinstance(bar, Bar)
    assert isinstance(refused, RefusedRow)
    assert refused.rule == "the time has no offset, and no time zone is stated: state time_zone"


# --------------------------------------------------------------------------------- rows that are refused


def test_late_and_repeated_rows_are_refused_where_they_stand(make: Make) -> None:
    """The line is the file's own, and each refusal says which of the three it is."""
    other = ROW.replace("10.5", "10.6")
    items = read(make(f"{HEADER}{NEXT_ROW}{ROW}{NEXT_ROW}{other.replace('01-31', '02-01')}"))
    assert [type(item) for item in items] == [Bar, RefusedRow, RefusedRow, RefusedRow]
    refusals = [item for item in items if isinstance(item, RefusedRow)]
    assert [refusal.line for refusal in refusals] == [3, 4, 5]
    assert [refusal.field for refusal in refusals] == ["time"] * 3
    late, copy, contradiction = (refusal.rule for refusal in refusals)
    assert "out of order" in late
    assert "duplicate" in copy
    assert "differ" in contradiction


def test_an_empty_line_is_refused_like_any_row_without_values(make: Make) -> None:
    """Nothing in a file is passed over in silence."""
    items = read(make(f"{HEADER}{ROW}\n{NEXT_ROW}"))
    assert [type(item) for item in items] == [Bar, RefusedRow, Bar]


def test_a_packed_file_that_breaks_off_loses_its_last_row_and_says_so(make: Make) -> None:
    """What was unpacked of a cut row could still look like a row: it is refused, and the data ends."""
    text = HEADER + "".join(
        f"2020-01-01T{hour:02}:{minute:02}:00Z,10,11,9,10.5,{hour * 7919 + minute * 31}\n"
        for hour in range(24)
        for minute in range(60)
    )
    packed = gzip.compress(text.encode())
    items = read(make(packed[: len(packed) // 2], interval=MINUTE))
    assert all(isinstance(item, Bar) for item in items[:-1])
    assert 10 < len(items) < 1_440
    last = items[-1]
    assert isinstance(last, RefusedRow)
    assert last.rule == "the gzip data breaks off; what stood behind it is missing"
    assert last.line == len(items) + 1
    assert items[:-1] == read(make(text, interval=MINUTE))[: len(items) - 1]


@pytest.mark.parametrize("behind", [b"junk behind it", b"\x1f\x8b\x08", gzip.compress(b"x\n", mtime=0)[:-1]])
def test_what_stands_behind_packed_data_is_refused(make: Make, behind: bytes) -> None:
    """Junk, or another member that is damaged."""
    items = read(make(gzip.compress(f"{HEADER}{ROW}".encode()) + behind))
    assert isinstance(items[0], Bar)
    assert all(isinstance(item, RefusedRow) for item in items[1:])
    assert isinstance(items[-1], RefusedRow)
    assert "gzip" in items[-1].rule


def test_packed_files_may_be_joined_and_padded(make: Make) -> None:
    """``cat a.gz b.gz`` is one file, and zeros behind it are padding."""
    packed = (
        gzip.compress(f"{HEADER}{ROW}".encode())
        + b"\x00" * 200_000
        + gzip.compress(NEXT_ROW.encode())
        + b"\x00" * 200_000
    )
    assert [type(item) for item in read(make(packed))] == [Bar, Bar]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rest=st.binary(max_size=2_000), cut=st.integers(0, 400), is_packed=st.booleans())
@example(rest=b'"\r"\n' * 3, cut=0, is_packed=False)
def test_no_bytes_behind_a_good_header_make_it_raise(make: Make, rest: bytes, cut: int, is_packed: bool) -> None:
    """Binary junk ends in refused rows, packed or not, whole or cut."""
    content = HEADER.encode() + ROW.encode() * 2 + rest
    if is_packed:
        packed = gzip.compress(content, mtime=0)
        content = packed[: max(len(gzip.compress(HEADER.encode() + ROW.encode())), len(packed) - cut)]
    try:
        items = read(make(content))
    except ConfigurationError:
        assert is_packed  # cut so short that the header did not come out whole
        return
    assert all(isinstance(item, Bar | RefusedRow) for item in items)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=500))
def test_any_bytes_are_a_file_or_a_clear_refusal(make: Make, content: bytes) -> None:
    """Nothing but ``ConfigurationError`` comes out of opening a file of junk."""
    feed = make(content)
    try:
        feed.open()
    except ConfigurationError as refused:
        assert "expected" in str(refused)  # noqa: PT017 -- a file of junk may also happen to be a file
    feed.close()


# -------------------------------------------------------------------------------------------- the reader


def test_asking_a_feed_that_is_not_open_is_a_fault_of_the_caller(make: Make) -> None:
    """It does not open itself: whoever opens says from where."""
    feed = make(f"{HEADER}{ROW}")
    with pytest.raises(RuntimeError, match="not open"):
        feed.next()
    feed.open()
    assert feed.progress() is None
    assert isinstance(feed.next(), Bar)
    feed.close()
    with pytest.raises(RuntimeError, match="not open"):
        feed.next()


def test_progress_goes_by_bytes(make: Make) -> None:
    """Half of the rows is about half of the file, plain or packed."""
    rows = "".join(f"2020-01-01T{h:02}:{m:02}:00Z,10,11,9,10.5,100\n" for h in range(24) for m in range(60))
    for content in (f"{HEADER}{rows}".encode(), gzip.compress(f"{HEADER}{rows}".encode())):
        feed = make(content)
        feed.open()
        for _ in range(720):
            feed.next()
        assert feed.progress() == pytest.approx(0.5, abs=0.02)
        while not isinstance(feed.next(), EndOfData):
            assert feed.progress() is not None
        assert feed.progress() == 1
        feed.close()


def test_a_file_that_is_another_one_since_does_not_describe_itself_as_the_old_one(make: Make) -> None:
    """Each opening takes the digest anew."""
    feed = make(f"{HEADER}{ROW}")
    read(feed)
    before = feed.describe()
    make(f"{HEADER}{ROW}{NEXT_ROW}")
    read(feed)
    assert feed.describe() != before


def test_a_journal_cannot_be_continued_with_other_data(make: Make) -> None:
    """The cursor tells, even where nobody compared digests."""
    feed = make(f"{HEADER}{ROW}{NEXT_ROW}")
    read(feed)
    cursor = feed.cursor()
    with pytest.raises(ConfigurationError, match="not the source that was read before"):
        make(f"{HEADER}{ROW}").open(after=cursor)
