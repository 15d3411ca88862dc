"""``interlock logs``: the log in words, over its rotated files, and, if wanted, whatever comes."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import BinaryIO, Final

import click

from interlock.core.faults import ConfigurationError
from interlock.runner.config.environment import must_be_read
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode
from interlock.runner.log_filter import Event, Read, Wanted, event_of, wanted
from interlock.runner.log_reading import Following, Piece, close, opened, pieces, size, whole
from interlock.runner.log_words import InWords, what_it_is
from interlock.runner.streams import tell
from interlock.runner.terminal import Console

LINES: Final = 50
# How long to wait before looking again.
POLL_SECONDS: Final = 0.5


@click.command(
    epilog="""\b
Examples:
  interlock logs                               the last 50 events of ./interlock.toml's log
  interlock logs --level WARNING -n 1000       what was not routine
  interlock logs --event OrderFilled --event OrderRejected
  interlock logs --grep 4b1cf7e90a22-12        all that is said of one order
  interlock logs --follow                      and whatever comes, until Ctrl-C
  interlock logs --json | jq .data.findings
\b
Exit codes: 0 done, also where a signal ended --follow, 2 usage or configuration, no log
there, or one that cannot be read, 3 refused (LIVE, or a mode above the file's), 74 stdout cannot
be written."""
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML).")
@click.option("--mode", metavar="MODE", help="SIM or PAPER: the log of a lower mode than the file says.")
@click.option("-n", "--lines", type=click.IntRange(min=0), default=LINES, show_default=True, help="How many events.")
@click.option("-f", "--follow", is_flag=True, help="Go on with every event that is written, until a signal comes.")
@click.option("--level", metavar="LEVEL", help="At least DEBUG, INFO, WARNING, ERROR or CRITICAL.")
@click.option("--event", "events", metavar="NAME", multiple=True, help="Only this event; may be said more than once.")
@click.option("--grep", metavar="REGEX", help="Only where this is found, in the line or in its words.")
@click.option("--run", metavar="ID", help="Only of the run whose id begins so.")
@click.option("--json", "as_json", is_flag=True, help="The lines as they are in the file, each of them.")
def logs(
    path: Path | None,
    config: Path | None,
    mode: str | None,
    lines: int,
    follow: bool,
    level: str | None,
    events: tuple[str, ...],
    grep: str | None,
    run: str | None,
    as_json: bool,
) -> int:
    """Say what the log holds: when, how bad, which record, what and why, and what to do.

    It is read over its rotated files, the oldest first, beside a run that writes it. The time is this machine's; where
    the clock that decides showed another, as in a replay, that stands behind it. What comes again for the same reason
    is said once and counted; with --json, and in the journal, each is there. A line that is no event, half written or
    damaged, is shown as it is. What each event holds is in the reference of the log.
    """
    showing = Showing(wanted(level, events, run, grep), as_json=as_json)
    log = find_log(path, config, mode)
    files = opened(log)
    if not (files or follow):
        raise ConfigurationError(
            f"there is no log at {path_text(log)}: `interlock run` begins one; if it lies elsewhere, name its "
            "configuration with -c FILE (and --mode), or the file itself as PATH"
        )
    following = Following(log, files, showing.take, showing.beside)
    try:
        ends = [size(file) for file in files]
        if follow and files:
            # What is half written now may be whole in a moment.
            ends[-1] = whole(files[-1])
        showing.last(lines, files, ends)
        if follow:
            following.begin(ends[-1] if files else 0)
            _follow(following, showing)
    finally:
        close(following.files)
    showing.finish()
    return ExitCode.DONE


def find_log(path: Path | None, config: Path | None, mode: str | None) -> Path:
    """The log that is meant; it need not be there. Raises ``click.UsageError`` where two are meant, and what ``load``
    raises."""
    if path is None:
        from interlock.runner.config.load import load

        # What a plugin prints goes where people read, so that stdout holds what was asked for.
        with redirect_stdout(sys.stderr):
            return load(config, mode_flag=mode).log_path
    must_be_read(os.environ)
    if config is not None or mode is not None:
        named = "-c" if config is not None else "--mode"
        raise click.UsageError(f"PATH {path_text(path)} and {named} both say which log is meant: leave one of them out")
    return path


def _follow(following: Following, showing: "Showing") -> None:
    from interlock.adapters.clock.system import SystemClock
    from interlock.runner.stop import StopRequest

    clock = SystemClock()
    # The end of watching is no news, so nothing is said about it.
    StopRequest(clock, tell=lambda _: None).listen()
    follow(following, showing, clock.sleep_until, clock.monotonic)


def follow(
    following: Following, showing: "Showing", sleep_until: Callable[[float], bool], monotonic: Callable[[], float]
) -> None:
    """Look again and again, until the sleep is ended."""
    while sleep_until(monotonic() + POLL_SECONDS):
        following.look()
        showing.rest()
    following.finish()


class Showing:
    """Shows lines of the log that are asked for, in words or as they are, and counts what it leaves out."""

    def __init__(self, asked: Wanted, *, as_json: bool) -> None:
        self._asked = asked
        self._as_json = as_json
        self._words = InWords(Console().say)
        self._left_out = 0
        self._read = Read(asked)
        self._is_within = False

    def last(self, count: int, files: Sequence[BinaryIO], ends: Sequence[int]) -> None:
        """The last ``count`` of those that are asked for, each file up to its end. They are counted first, from the
        newest file on, so that however many there are, none waits in memory. Where there is none, that is said: an
        answer of nothing looks like a log of nothing."""
        parts = list(zip(files, ends, strict=True))
        first, found = len(parts), 0
        while first and found < count:  # ends: each turn goes one file further back
            first -= 1
            found += sum(chosen and piece.begins for piece, chosen, _ in self._chosen(*parts[first]))
        is_nothing = bool(parts) and not (found or first)
        self._left_out, self._read = 0, Read(self._asked)
        for part in parts[first:]:
            for piece, chosen, event in self._chosen(*part):
                found -= chosen and piece.begins
                if chosen and found < count:
                    self._show(piece, event)
        self.rest()
        if is_nothing and self._asked.is_narrowed:
            self.beside(self._read.nothing_fits())

    def _chosen(self, file: BinaryIO, end: int) -> Iterator[tuple[Piece, bool, Event | None]]:
        for piece in pieces(file, end):
            yield piece, *self._chooses(piece)

    def take(self, piece: Piece) -> None:
        """One more, as it comes."""
        chosen, event = self._chooses(piece)
        if chosen:
            self._show(piece, event)

    def rest(self) -> None:
        """Nothing more for now."""
        self._words.rest()

    def beside(self, text: str) -> None:
        """Something about the log itself; where nobody reads that, the log goes on being told."""
        tell(text)

    def finish(self) -> None:
        """That is all."""
        self.rest()
        if self._left_out:
            self.beside(
                "left out, because they are no events of the log, or too long to be read as one, and have no level, "
                f"name or run: {self._left_out}; they are shown where none of these is asked for"
            )

    def _chooses(self, piece: Piece) -> tuple[bool, Event | None]:
        """Whether it is asked for; the further pieces of a long line go with its first."""
        if not piece.begins:
            return self._is_within, None
        event = event_of(piece.data) if piece.ends else None
        self._is_within = self._asked.takes(piece.data, event)
        if event is not None:
            self._read.note(event)
        self._left_out += event is None and self._asked.is_of_events
        return self._is_within, event

    def _show(self, piece: Piece, event: Event | None) -> None:
        if not self._as_json:
            self._words.tell(piece, event)
        elif event is None and sys.stdout.isatty():
            # What nobody wrote as an event may hold anything: a terminal would obey it.
            click.echo(
                f"{what_it_is(piece)}{printable(piece.data.decode('utf-8', 'backslashreplace'), len(piece.data))}"
            )
        else:
            click.echo(piece.data, nl=piece.ends)
