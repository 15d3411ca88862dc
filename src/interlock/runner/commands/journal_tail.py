"""``interlock journal tail``: the last records in words, and, if wanted, every one that comes."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from attrs import define

from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError
from interlock.core.observations import JournalOpened
from interlock.core.ports import Clock
from interlock.core.records import Record
from interlock.runner.commands.journal_lines import as_json as json_line
from interlock.runner.commands.journal_lines import as_line
from interlock.runner.commands.journal_place import find_journal, missing, must_be_there, of_a_journal
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode

LINES: Final = 10
# How long to wait before looking again: never less, so that no look takes a processor from the run.
POLL_SECONDS: Final = 0.5
# A journal that is put aside and begun anew is gone for a moment. After so many looks it is gone for good.
LOOKS_WITHOUT_MAX: Final = 20


@click.command(
    epilog="""\b
Examples:
  interlock journal tail                       the last 10 records of ./interlock.toml's journal
  interlock journal tail -n 100 --mode SIM
  interlock journal tail --follow              and whatever comes, until Ctrl-C
  interlock journal tail --json | jq .why
\b
Exit codes: 0 done, also where a signal ended --follow, 2 usage or configuration, or
no journal there, 3 refused (LIVE, or a mode above the file's), 5 the journal cannot be
read or trusted, 74 stdout cannot be written."""
)
@of_a_journal
@click.option("-n", "--lines", type=click.IntRange(min=0), default=LINES, show_default=True, help="How many records.")
@click.option("-f", "--follow", is_flag=True, help="Go on with every record that is committed, until a signal comes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, its keys always the same.")
def tail(path: Path | None, config: Path | None, mode: str | None, lines: int, follow: bool, as_json: bool) -> int:
    """Say the last records: number, time, what happened and why.

    Reads what the writer has committed; a SIM run commits in groups, so its newest records come late. As JSON each line
    has the keys seq, ts_init, kind, outcome, code, why, correlation_id, causation_id.
    """
    spell = json_line if as_json else as_line
    watching = Tail(find_journal(path, config, mode), lambda seq, record: click.echo(spell(seq, record)))
    watching.begin(lines)
    if follow:
        from interlock.adapters.clock.system import SystemClock
        from interlock.runner.stop import StopRequest

        clock = SystemClock()
        # The end of watching is no news, so nothing is said about it.
        StopRequest(clock, tell=lambda _: None).listen()
        watching.follow(clock, lambda text: click.echo(text, err=True))
    return ExitCode.DONE


# mutable: it remembers what it has told
@define
class Tail:
    """Tells each record of the journal at ``path`` once, in order.

    The journal is opened for each look and closed again: a reader that stayed would keep a run from putting the
    journal aside.
    """

    path: Path
    tell: Callable[[int, Record], None]
    _next: int = 0
    _file: tuple[int, int] = (0, 0)

    def begin(self, lines: int) -> None:
        """The last ``lines`` records. Raises ``ConfigurationError`` where there is no journal."""
        must_be_there(self.path)
        with JournalReader(self.path) as journal:
            self._file = self._identity()
            head = journal.head()
            self._next = max(0, head.seq + 1 - lines) if head is not None else 0
            if lines:
                self._tell_from(journal)

    def follow(self, clock: Clock, say: Callable[[str], None]) -> None:
        """Every record from there on. Ends when ``clock`` is woken, or the journal stays away: that raises."""
        looks = 0
        while clock.sleep_until(clock.monotonic() + POLL_SECONDS):
            try:
                self._look(say)
                looks = 0
            except (ConfigurationError, FileNotFoundError) as gone:
                looks += 1
                if looks >= LOOKS_WITHOUT_MAX:
                    raise missing(self.path) from gone

    def _look(self, say: Callable[[str], None]) -> None:
        with JournalReader(self.path) as journal:
            found = self._identity()
            if found != self._file:
                say(f"{path_text(self.path)} {_begun(journal)}; the earlier journal was put aside")
                self._file, self._next = found, 0
            self._tell_from(journal)

    def _tell_from(self, journal: JournalReader) -> None:
        for record in journal.read(self._next):
            self.tell(self._next, record)
            self._next += 1

    def _identity(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino


def _begun(journal: JournalReader) -> str:
    first = next(journal.read(), None)
    chapter = first.observation.chapter if first and isinstance(first.observation, JournalOpened) else None
    return f"goes on in chapter {chapter.number}" if chapter is not None else "was begun anew"
