"""Files that are no files, that change while they are read, that fail for a moment, or that hold no end of lines."""

import errno
import gzip
import os
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.market_data.csv_file import CsvFeed
from interlock.adapters.market_data.csv_lines import LINE_BYTES_MAX, SKIPPED_BYTES_MAX
from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.csv_times import Stamp
from interlock.core.faults import AdapterUnavailable, ConfigurationError
from interlock.core.market import Bar, Cursor, EndOfData, RefusedRow
from interlock.testing.builders import an_instrument, bars
from interlock.testing.contracts.market_data import drained, read

HEADER = "time,open,high,low,close,volume\n"
MEBIBYTE = 1024 * 1024


def rows(count: int) -> str:
    """A header and ``count`` good rows of some 50 bytes each."""
    return HEADER + "".join(
        f"{bar.ts_event.isoformat()},{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume}\n" for bar in bars(count)
    )


def feed(path: Path) -> CsvFeed:
    """A feed over ``path`` that never waits."""
    made = CsvFeed.from_options(
        CsvOptions(path=path.name, stamp=Stamp.CLOSE),
        instrument=an_instrument(),
        calendar=AlwaysOpen(),
        interval=timedelta(minutes=1),
        folder=path.parent,
    )
    made.pause = lambda _: None
    return made


def begun(path: Path) -> CsvFeed:
    """A feed over a new file of 5,000 rows, of which one was read."""
    path.write_text(rows(5_000))
    source = feed(path)
    source.open()
    source.next()
    return source


# -------------------------------------------------------------------------------------- what is no file


def test_a_missing_file_is_told_with_its_remedy(tmp_path: Path) -> None:
    """A wrong path is the commonest mistake of all."""
    with pytest.raises(ConfigurationError, match=r"none\.csv: found No such file .*Set market_data\.path"):
        feed(tmp_path / "none.csv").open()
    with pytest.raises(ConfigurationError, match="No such file"):
        feed(tmp_path / "none.csv").describe()


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to, a device without end: refused at once, behind a link as well."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "zero.csv", "folder.csv"):
        with pytest.raises(ConfigurationError, match="expected a regular file"):
            feed(tmp_path / name).open()


def test_a_link_to_a_regular_file_is_fine(tmp_path: Path) -> None:
    """Data is often shared by links; it is the file's own name that is told, for it is what the user wrote."""
    (tmp_path / "real.csv").write_text(rows(3))
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert len(read(feed(tmp_path / "link.csv"))) == 3


def test_a_refused_file_is_not_kept_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was opened is closed, however opening ended."""
    opened: list[int] = []
    closed: list[int] = []
    real_open, real_close = os.open, os.close

    def noted_open(path: Path, flags: int) -> int:
        opened.append(real_open(path, flags))
        return opened[-1]

    def noted_close(descriptor: int) -> None:
        closed.append(descriptor)
        real_close(descriptor)

    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "junk.csv").write_bytes(b"\x00" * 100)
    (tmp_path / "good.csv").write_text(rows(3))
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", noted_open)
        patched.setattr(os, "close", noted_close)
        for name in ("folder", "empty", "junk"):
            with pytest.raises(ConfigurationError):
                feed(tmp_path / f"{name}.csv").open()
        good = feed(tmp_path / "good.csv")
        read(good)
        with pytest.raises(ConfigurationError):
            good.open(after=Cursor(items=99, ts_event=good.cursor().ts_event))
        good.describe()
    assert len(opened) == 5
    assert sorted(opened) == sorted(closed)


# ------------------------------------------------------------------------------------ errors of a moment


def test_an_error_of_a_moment_is_tried_again_and_each_attempt_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice a stale handle, then the file: two notes, two short waits, all rows."""
    (tmp_path / "a.csv").write_text(rows(3))
    failures = [errno.ESTALE, errno.EIO]
    waits: list[float] = []
    real = os.open

    def failing(path: Path, flags: int) -> int:
        if failures:
            raise OSError(failures.pop(0), "not now")
        return real(path, flags)

    source = feed(tmp_path / "a.csv")
    source.pause = waits.append
    monkeypatch.setattr(os, "open", failing)
    assert len(read(source)) == 3
    assert len(source.notes) == 2
    assert source.notes[0].startswith("a.csv: attempt 1 of 3 to open it failed")
    assert waits == [0.1, 0.2]


def test_an_error_that_does_not_pass_is_unavailable_after_bounded_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three attempts, the listener told of each that was followed by another, and an error that says try again."""
    (tmp_path / "a.csv").write_text(rows(3))
    attempts: list[str] = []
    told: list[str] = []

    def failing(path: Path, flags: int) -> int:
        attempts.append(path.name)
        raise OSError(errno.EMFILE, "Too many open files")

    source = feed(tmp_path / "a.csv")
    source.on_retry = told.append
    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(AdapterUnavailable, match="Too many open files"):
        source.open()
    assert len(attempts) == 3
    assert len(told) == 2


def test_an_error_that_is_there_to_stay_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not mend themselves."""
    attempts: list[str] = []

    def forbidden(path: Path, flags: int) -> int:
        attempts.append(path.name)
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        feed(tmp_path / "a.csv").open()
    assert len(attempts) == 1


def test_a_read_error_in_the_middle_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed is unavailable once, and goes on where it was when it is asked again."""
    (tmp_path / "a.csv").write_text(rows(5_000))
    source = feed(tmp_path / "a.csv")
    source.open()
    found = [source.next()]
    real = os.pread
    failures = [errno.EIO, errno.EIO]

    def failing(descriptor: int, count: int, offset: int) -> bytes:
        if failures and offset > 100_000:
            raise OSError(failures.pop(), "Input/output error")
        return real(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", failing)
    unavailable = 0
    while len(found) < 5_000:
        try:
            found.append(source.next())
        except AdapterUnavailable:
            unavailable += 1
    assert unavailable == 2
    assert found == list(bars(5_000))
    assert isinstance(source.next(), EndOfData)
    source.close()


# ------------------------------------------------------------------------------- files that do not stay


def test_a_file_that_grows_or_shrinks_while_it_is_read_is_unavailable(tmp_path: Path) -> None:
    """What was digested at the start is no longer what is read."""
    for change in (rows(5_001), rows(4_000), ""):
        path = tmp_path / "a.csv"
        source = begun(path)
        path.write_text(change)
        with pytest.raises(AdapterUnavailable, match=r"a\.csv changed while it was read"):
            drained(source)
        with pytest.raises(AdapterUnavailable, match=r"a\.csv changed while it was read"):
            source.next()
        source.close()


def test_a_change_that_hides_its_traces_is_found_at_the_end(tmp_path: Path) -> None:
    """Same size, same times: the digest of what was read is not that of what was opened."""
    path = tmp_path / "a.csv"
    source = begun(path)
    before = path.stat()
    text = path.read_text()
    path.write_text(text[:-3] + ("1" if text[-3] != "1" else "2") + text[-2:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(AdapterUnavailable, match="other bytes than when it was opened"):
        drained(source)
    source.close()


def test_a_file_that_is_replaced_is_read_to_its_end(tmp_path: Path) -> None:
    """A new file under the old name is another file: the one that was opened is still whole."""
    path = tmp_path / "a.csv"
    source = begun(path)
    (tmp_path / "b.csv").write_text(rows(10))
    (tmp_path / "b.csv").replace(path)
    assert len(drained(source)) == 4_999
    source.close()


# ---------------------------------------------------------------------------------------- lines too long


def test_a_line_is_read_up_to_its_cap_and_refused_beyond(tmp_path: Path) -> None:
    """At the limit, and one byte past it."""
    row = "2020-01-02T15:00:00Z,10,11,9,10.5,100"
    at_limit = row + " " * (LINE_BYTES_MAX - len(row))
    (tmp_path / "a.csv").write_text(f"{HEADER}{at_limit}\n")
    (tmp_path / "b.csv").write_text(f"{HEADER}{at_limit} \n")
    assert [type(item) for item in read(feed(tmp_path / "a.csv"))] == [Bar]
    (refused,) = read(feed(tmp_path / "b.csv"))
    assert isinstance(refused, RefusedRow)
    assert refused.rule == "a line must have at most 4096 bytes"
    assert refused.line == 2


@pytest.mark.parametrize("length", [4_097, 65_535, 65_536, 65_537, 131_072, 200_000, 1_000_000])
@pytest.mark.parametrize("is_packed", [False, True])
def test_an_over_long_line_is_passed_over_once_and_the_next_row_is_read(
    tmp_path: Path, length: int, is_packed: bool
) -> None:
    """Line numbers go on as an editor counts them, wherever the chunks of reading fall."""
    header, *lines = rows(5).splitlines()
    text = "\n".join([header, *lines[:2], "x" * length, *lines[2:]]) + "\nrubbish\n"
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())
    items = read(feed(path))
    assert [item for item in items if isinstance(item, Bar)] == list(bars(5))
    refused = [item for item in items if isinstance(item, RefusedRow)]
    assert [row.line for row in refused] == [4, 8]
    assert refused[0].value == "x" * 77 + "..."


def test_an_over_long_line_at_the_end_is_refused(tmp_path: Path) -> None:
    """With or without an end of its own."""
    for end in ("", "\n"):
        (tmp_path / "a.csv").write_text(rows(1) + "x" * 70_000 + end)
        assert [type(item) for item in read(feed(tmp_path / "a.csv"))] == [Bar, RefusedRow]


def test_a_gzip_bomb_is_refused_a_piece_at_a_time_in_constant_memory(tmp_path: Path) -> None:
    """64 MiB of zeros in 64 KiB: a refusal for every mebibyte passed over, and never more than a few chunks held."""
    size = 64 * MEBIBYTE
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(rows(1).encode() + b"\x00" * size))
    assert path.stat().st_size < size / 500
    source = feed(path)
    source.open()
    source.next()
    tracemalloc.start()
    refused = drained(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    source.close()
    assert all(isinstance(item, RefusedRow) for item in refused)
    assert len(refused) == pytest.approx(size / SKIPPED_BYTES_MAX, abs=2)
    assert peak < MEBIBYTE


def test_a_hole_of_zeros_is_no_header(tmp_path: Path) -> None:
    """A sparse file of a tebibyte is refused after its first chunk, and never digested."""
    with (tmp_path / "a.csv").open("wb") as sparse:
        sparse.truncate(1024**4)
    with pytest.raises(ConfigurationError, match="at most 4096 bytes"):
        feed(tmp_path / "a.csv").open()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Five times the rows, the same peak."""
    peaks = []
    for count in (2_000, 10_000):
        path = tmp_path / f"{count}.csv"
        path.write_text(rows(count))
        source = feed(path)
        tracemalloc.start()
        source.open()
        seen = 0
        while not isinstance(source.next(), EndOfData):
            seen += 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        source.close()
        assert seen == count
    assert peaks[1] < peaks[0] + 100_000
