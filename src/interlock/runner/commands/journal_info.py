"""``interlock journal info``: what a journal is of, and the runs in it, without reading all of it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
from attrs import Factory, define

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import RawJournal, Row
from interlock.core.observations import JournalOpened, RunStarted, RunStopped
from interlock.core.records import Record
from interlock.runner.amounts import counted
from interlock.runner.commands.journal_lines import stamp
from interlock.runner.commands.journal_lock import Holder, holder_of
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_journal
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode
from interlock.runner.streams import answered

STILL_RUNNING = "still running"
# What SQLite counts up to.
SEQ_MAX: Final = 2**63 - 1
NEVER_SAID = "did not say that it stopped: it was killed, or it crashed"


@click.command(
    epilog="""\b
Examples:
  interlock journal info
  interlock journal info -c examples/aapl.toml --json | jq .runs
  interlock journal info state/demo/sim/journal-1.sqlite3
  interlock journal info --at 1234       the hash of that record, to compare with an anchor
\b
Exit codes: 0 done, 1 there is no record SEQ, 2 usage or configuration, or no journal there,
3 refused (LIVE, or a mode above the file's), 5 the journal cannot be read,
74 only the answer could not be written."""
)
@of_a_journal
@click.option("--at", "at", metavar="SEQ", type=click.IntRange(0, SEQ_MAX), help="Also the hash of record SEQ.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def info(path: Path | None, config: Path | None, mode: str | None, at: int | None, as_json: bool) -> int:
    """Say what the journal is of, which runs are in it, and how each ended.

    Reads the few records that tell it, and trusts them: `interlock journal verify` is what checks a journal. Size is
    with the write-ahead log. Times of records are those of the data; times of runs are those of the machine.
    """
    data = examine(find_journal(path, config, mode), at)
    # Whoever asks for a record has been told of it: that it is not there is what they have to know.
    code = ExitCode.FINDING if data["at"] is not None and data["at"]["hash"] is None else ExitCode.DONE
    return answered(code, lambda: click.echo(json.dumps(data) if as_json else as_text(data)))


def examine(path: Path, at: int | None = None) -> dict[str, Any]:
    """Everything that ``info`` says; ``at`` is a record of which the hash is wanted too.

    Raises ``ConfigurationError`` where there is no journal.
    """
    must_be_there(path)
    holder = holder_of(path)
    with RawJournal(path) as journal:
        last_seq = journal.last_seq()
        first, last = journal.at(0), journal.at(last_seq)
        asked = journal.at(at) if at is not None else None
        boundaries = journal.of_kinds((JournalOpened.__name__, RunStarted.__name__, RunStopped.__name__))
        story = read_story(boundaries)
    opened = story.opened
    runs = [run.as_data(holder if run is story.runs[-1] else None) for run in story.runs]
    return {
        "path": str(path),
        "bytes": size_of(path),
        "records": last_seq + 1,
        "first_at": stamp(_record(first)) if first is not None else None,
        "last_at": stamp(_record(last)) if last is not None else None,
        "journal_id": opened.journal_id if opened is not None else None,
        "mode": opened.mode.value if opened is not None else None,
        "account": opened.account if opened is not None else None,
        "instrument": opened.instrument.symbol if opened is not None else None,
        "chapter": story.chapter,
        "follows": _follows(opened),
        "head": {"seq": last[0], "hash": last[3]} if last is not None else None,
        "at": {"seq": at, "hash": asked[3] if asked is not None else None} if at is not None else None,
        "configurations": list(dict.fromkeys(run.started.config_digest for run in story.runs)),
        "runs": runs,
        "written_by": holder.as_data if holder is not None else None,
    }


# mutable: its end is learnt later
@define(kw_only=True)
class Run:
    """One run in a journal."""

    seq: int
    started: RunStarted
    stopped: RunStopped | None = None

    def ended(self, holder: Holder | None) -> str:
        """How it ended; ``holder`` is who writes the journal now, where this is the last run in it."""
        if self.stopped is not None:
            return self.stopped.reason.value
        return STILL_RUNNING if holder is not None else NEVER_SAID

    def as_data(self, holder: Holder | None) -> dict[str, Any]:
        """The run for scripts."""
        return {
            "run_id": self.started.run_id,
            "seq": self.seq,
            "started_at": self.started.started_at.isoformat(),
            "stopped_at": self.stopped.stopped_at.isoformat() if self.stopped is not None else None,
            "ended": self.ended(holder),
            "build": self.started.build,
            "config_digest": self.started.config_digest,
            "feed": self.started.feed,
        }


# mutable: it grows as records are read
@define
class Story:
    """What a journal is of, and its runs."""

    opened: JournalOpened | None = None
    runs: list[Run] = Factory(list)

    @property
    def chapter(self) -> int:
        """Which chapter it is: 1 where everything began here."""
        goes_on = self.opened.chapter if self.opened is not None else None
        return goes_on.number if goes_on is not None else 1

    @property
    def last_run(self) -> Run | None:
        """The last run in it, or the one whose chapter this goes on from; None where none ever began."""
        if self.runs:
            return self.runs[-1]
        goes_on = self.opened.chapter if self.opened is not None else None
        return Run(seq=0, started=goes_on.started, stopped=goes_on.stopped) if goes_on is not None else None

    def take(self, seq: int, record: Record) -> None:
        """Record ``seq``, if it tells of any of that."""
        match record.observation:
            case JournalOpened() as opened:
                self.opened = opened
            case RunStarted() as started:
                self.runs.append(Run(seq=seq, started=started))
            case RunStopped() as stopped if self.runs:
                self.runs[-1].stopped = stopped
            case _:
                return


def read_story(rows: Iterable[Row]) -> Story:
    """The story that these rows tell. Raises ``JournalUnavailable`` for one that cannot be read."""
    story = Story()
    for row in rows:
        story.take(row[0], _record(row))
    return story


def _follows(opened: JournalOpened | None) -> dict[str, Any] | None:
    """Where the chapter before ends, and under which name it was put aside."""
    if opened is None or opened.chapter is None:
        return None
    return {"archive": opened.chapter.archive, "seq": opened.chapter.seq, "hash": opened.chapter.hash}


def _record(row: Row) -> Record:
    return decode(row[1], row[2])


def size_of(path: Path) -> int:
    """Bytes on disk, the write-ahead log included."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def as_text(data: dict[str, Any]) -> str:
    """The same for people."""
    head, at, writer, follows = data["head"], data["at"], data["written_by"], data["follows"]
    before = [("id", data["journal_id"])] if data["journal_id"] else []
    after = f", after record {follows['seq']} of {follows['archive']}" if follows else ""
    before.append(("chapter", f"{data['chapter']}{after}"))
    rows = [
        ("journal", path_text(Path(data["path"]))),
        ("size", f"{data['bytes']:,} bytes, {counted(data['records'], 'record')}"),
        ("from", f"{data['first_at']} to {data['last_at']}" if head is not None else "no record yet"),
        ("of", f"{data['instrument']} in {data['mode']} for account {data['account']}" if data["mode"] else "nothing"),
        *before,
        ("head", f"{head['seq']} {head['hash']}" if head is not None else "none"),
        *((("record", f"{at['seq']} {at['hash'] or 'is not there'}"),) if at is not None else ()),
        ("written by", Holder(**writer).told if writer is not None else "nobody at present"),
        *(("configuration", digest) for digest in data["configurations"]),
    ]
    for run in data["runs"]:
        began = f"{run['run_id']} from record {run['seq']}, {run['build']}, {run['config_digest'][:19]}…"
        rows.append(("run", f"{began}: {run['ended']}"))
    return "\n".join(f"{name + ':':15}{printable(text, 500)}" for name, text in rows)
