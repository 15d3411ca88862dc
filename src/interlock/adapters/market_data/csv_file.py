"""Market data from a CSV file, plain or gzip, read as a stream."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final, Self
from zoneinfo import ZoneInfo

from typing_extensions import override

from interlock.adapters.market_data.counted import CountedFeed
from interlock.adapters.market_data.csv_columns import columns_of
from interlock.adapters.market_data.csv_header import contradiction, delimiter_meant, is_header, only_carriage_returns
from interlock.adapters.market_data.csv_lines import BadLine, LineReader
from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.csv_rows import RowReader, cells_of, shown, text_of
from interlock.adapters.market_data.csv_source import OnRetry, Pause, SourceFile
from interlock.adapters.market_data.csv_times import TimeReader, Unstated
from interlock.adapters.market_data.ordering import density_problem, order_problem
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, EndOfData, FeedItem, Instrument
from interlock.core.ports import Calendar

# How many rows open() looks through for one that shows how times are written.
ROWS_LOOKED_AT_MAX: Final = 100
# How much of a last line is shown that has no end: its last cells.
END_SHOWN_BYTES: Final = 40

# A file cannot hold what has not happened. A day is left to clocks that differ, to zones, and to a session that is
# still going on, whose row is stamped with its close.
FUTURE_TOLERANCE: Final = timedelta(days=1)
# Without the moment itself: the same file gives the same journal.
FUTURE_RULE: Final = "it closes more than a day after the file was opened, by this machine's clock: no file can hold it"

_END: Final = EndOfData()


class CsvFeed(CountedFeed):
    """The bars of one file. A row that cannot be a bar is refused with its line; a file that cannot be is not opened.

    ``open`` raises ``ConfigurationError`` (missing, empty, no text, no usable header, zone or stamp not stated) or
    ``AdapterUnavailable`` (an error of the moment, after bounded retries). ``next`` raises ``AdapterUnavailable``
    when the file changes while it is read, and nothing for what stands in it. An empty line is refused like any
    other row without values.

    ``on_retry`` is told of each attempt to open the file that failed; where nobody listens it becomes a note. ``wall``
    is the operational clock: it is asked once, by ``open``.
    """

    Options: ClassVar[type[CsvOptions]] = CsvOptions

    def __init__(
        self, options: CsvOptions, *, instrument: Instrument, calendar: Calendar, interval: timedelta, folder: Path
    ) -> None:
        super().__init__()
        self._options = options
        self._instrument = instrument
        self._interval = interval
        self._calendar = calendar
        self._path = folder / options.path
        self._times = TimeReader(
            time_format=options.time_format,
            zone=ZoneInfo(options.time_zone) if options.time_zone is not None else None,
            stamp=options.stamp,
            interval=interval,
            calendar=calendar,
        )
        self._notes: list[str] = []
        self._source: SourceFile | None = None
        self._digest: str | None = None
        self._last_bar: Bar | None = None
        self.on_retry: OnRetry = self._notes.append
        self.pause: Pause | None = None
        self.wall: Callable[[], datetime] = _wall

    @classmethod
    def from_options(
        cls, options: CsvOptions, *, instrument: Instrument, calendar: Calendar, interval: timedelta, folder: Path
    ) -> Self:
        """The feed that a [market_data] table describes; ``folder`` is that of the configuration file."""
        return cls(options, instrument=instrument, calendar=calendar, interval=interval, folder=folder)

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        """What a person ought to be told once: columns that are ignored, a header passed over, a last line without end,
        retries."""
        return tuple(self._notes)

    @override
    def _begin(self) -> None:
        self._notes.clear()
        self._last_bar = None
        self._digest = None
        self._latest = self.wall() + FUTURE_TOLERANCE
        source = SourceFile.opened(self._path, on_retry=self.on_retry, pause=self.pause)
        try:
            if source.size == 0:
                raise self._refused("an empty file", "a header and rows")
            self._look_ahead(*self._after_header(source))
            self._digest = source.digest()
            notes = len(self._notes)
            self._lines, self._rows = self._after_header(source)
            del self._notes[notes:]  # the header was read twice, and is told once
            self._note_the_end(source)
        except BaseException:
            source.close()
            raise
        self._source = source

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        line = self._lines.next_line()
        if line is None:
            return _END
        item = self._rows.read(self._lines.number, line)
        if type(item) is Bar:
            if item.ts_event > self._latest:
                # Taken, it would make every true row behind it one that comes too late.
                return self._rows.refused_time(self._lines.number, item.ts_event.isoformat(), FUTURE_RULE)
            last = self._last_bar
            problem = order_problem(item, last) or density_problem(item, last, self._interval, self._calendar)
            if problem is not None:
                return self._rows.refused_time(self._lines.number, problem.value, problem.rule)
            self._last_bar = item
        return item

    @override
    def describe(self) -> str:
        """``csv <file name> sha256:<digest>``, over the bytes on disk. Reads the file if that was not yet done."""
        if self._digest is None:
            source = SourceFile.opened(self._path, on_retry=self.on_retry, pause=self.pause)
            try:
                self._digest = source.digest()
            finally:
                source.close()
        return f"csv {shown(self._path.name)} sha256:{self._digest}"

    @override
    def progress(self) -> float | None:
        """By bytes on disk; None before the first row."""
        return self._lines.progress if self._items else None

    @override
    def close(self) -> None:
        super().close()
        if self._source is not None:
            self._source.close()
            self._source = None

    def _note_the_end(self, source: SourceFile) -> None:
        # Many a good file lacks its last line end, so it is no reason to refuse a row; but half a number is a number.
        # What is packed tells by itself where it breaks off.
        last = b"" if self._lines.is_packed else source.unended()
        if last:
            said = shown(text_of(last.rstrip(b"\r")[-END_SHOWN_BYTES:]))
            self._notes.append(
                f"the last line has no line end, and is read as it stands (it ends with '{said}'): "
                "if the file was cut, or was still being written, its last number may be cut as well"
            )

    def _after_header(self, source: SourceFile) -> tuple[LineReader, RowReader]:
        """Readers that stand before the first row."""
        lines = LineReader(source)
        cells = self._first_cells(lines)
        stated = self._options.columns
        columns = columns_of(cells if stated is None else stated)
        if isinstance(columns, str):
            raise self._refused(
                columns,
                "a header that names time, open, high, low, close and volume",
                delimiter_meant(cells)
                or 'If the file has no such header, state what its columns are: columns = ["time", "open", ...].',
                line=1,
            )
        if len(cells) != columns.count:
            found = f"{len(cells)} cells where {columns.count} columns are stated"
            raise self._refused(found, "as many of one as of the other", "See columns and delimiter.", line=1)
        self._notes += columns.notes
        if stated is not None and not is_header(cells, columns):
            lines = LineReader(source)
        elif stated is not None:
            if (other := contradiction(cells, stated)) is not None:
                raise self._refused(other, "the same of both", "Leave columns out, or correct what is wrong.", line=1)
            self._notes.append("line 1 was taken as a header and passed over, for the columns are stated")
        rows = RowReader(
            source=shown(self._path.name),
            instrument=self._instrument.symbol,
            columns=columns,
            times=self._times,
            delimiter=self._options.delimiter,
        )
        return lines, rows

    def _first_cells(self, lines: LineReader) -> list[str]:
        line = lines.next_line()
        raw = line.value if isinstance(line, BadLine) else line
        if raw is not None and only_carriage_returns(raw):
            raise self._refused(
                "lines that end with a carriage return alone (CR)",
                "lines that end with a line feed (LF, or CR and LF)",
                "Save it with the line ends of Unix or Windows.",
                line=1,
            )
        if line is None or isinstance(line, BadLine):
            found = line.rule if line is not None else "no line"
            raise self._refused(found, "a header", "Only text and gzip are read: unpack or export it anew.", line=1)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._refused("bytes that are not UTF-8", "text", "Save the file as UTF-8.", line=1) from error
        if not text.replace("\t", " ").isprintable():
            raise self._refused(f"control characters ({shown(text[:20])})", "text", "Save it as UTF-8.", line=1)
        return cells_of(text, self._options.delimiter)

    def _look_ahead(self, lines: LineReader, rows: RowReader) -> None:
        """Refuse now what the configuration leaves unsaid, rather than refuse every row later."""
        for _ in range(ROWS_LOOKED_AT_MAX):
            line = lines.next_line()
            if line is None:
                return
            cell = rows.time_of(line)
            if cell is None:
                continue
            closed = self._times.close_of(cell)
            if isinstance(closed, Unstated):
                all_of_it = (closed, *closed.also)
                raise self._refused(
                    f"{shown(cell)!r}: {'; '.join(each.rule for each in all_of_it)}",
                    f"{' and '.join(f'market_data.{each.key}' for each in all_of_it)} to settle it",
                    f"State {'; and '.join(f'{each.key} = {each.remedy}' for each in all_of_it)}.",
                    line=lines.number,
                )
            if isinstance(closed, datetime):
                return

    def _refused(self, found: str, expected: str, remedy: str = "", *, line: int | None = None) -> ConfigurationError:
        place = f"{self._path}:{line}" if line is not None else f"{self._path}"
        return ConfigurationError(f"{place}: found {found}; expected {expected}. {remedy or 'See market_data.path.'}")


def _wall() -> datetime:
    return datetime.now(UTC)
