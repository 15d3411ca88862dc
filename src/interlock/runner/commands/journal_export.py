"""``interlock journal export``: every record, for other programs."""

import csv
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import click

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import RawJournal, Row
from interlock.core.faults import ConfigurationError
from interlock.core.observations import JournalOpened
from interlock.runner.amounts import counted
from interlock.runner.commands.journal_lines import as_data
from interlock.runner.commands.journal_place import NewFile, find_journal, must_be_there, of_a_journal
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode
from interlock.runner.streams import answered

# What makes a spreadsheet take a cell for a formula, or end a cell before it does.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
# What a terminal obeys: a table is for people, and is looked at there as well. jsonl has every byte.
_OBEYED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
COLUMNS: Final = (
    "seq", "ts_init", "kind", "outcome", "code", "why", "correlation_id", "causation_id", "body", "hash",
)  # fmt: skip


@click.command(
    epilog="""\b
Examples:
  interlock journal export --format jsonl | jq .body.decision.outcome
  interlock journal export --format csv -o records.csv
  interlock journal export --format jsonl -o records.jsonl --json
\b
Exit codes: 0 done, 2 usage or configuration, no journal there, or FILE exists,
3 refused (LIVE, or a mode above the file's), 5 the journal cannot be read, or a record
was changed: it is named, 74 stdout cannot be written."""
)
@of_a_journal
@click.option(
    "--format", "form", required=True, type=click.Choice(("jsonl", "csv")), help="JSON lines, or a table for people."
)
@click.option("-o", "--output", metavar="FILE", type=NewFile(), help="A new file; else stdout.")
@click.option("--json", "as_json", is_flag=True, help="With -o: one JSON object on stdout that says what was written.")
def export(
    path: Path | None, config: Path | None, mode: str | None, form: str, output: Path | None, as_json: bool
) -> int:
    """Write every record down for other programs, each held against the chain of hashes.

    jsonl: one object a line, {"seq", "kind", "hash", "body"}; body is what the hash is over, to the byte. csv: seq,
    ts_init, kind, outcome, code, why, correlation_id, causation_id, body, hash; a cell that a spreadsheet would run has
    an apostrophe before it, what a terminal would obey is spelt out (\\u001b), and of what a chapter carries over in
    its first record there is the SHA-256, which fits.

    FILE is made, for you alone to read, when all of it is written; a file that is there is never overwritten.
    Killed, it leaves .FILE.PID beside it, which is of no use.
    """
    if as_json and output is None:
        raise click.UsageError("--json says what was written to a file, and stdout has the records: add -o FILE")
    journal = must_be_there(find_journal(path, config, mode))
    spell = as_csv if form == "csv" else as_jsonl
    if output is None:
        return answered(ExitCode.DONE, lambda: _to_stdout(journal, spell))
    with new_file(output) as file:
        records = write(journal, spell, file)
    if as_json:
        click.echo(json.dumps({"file": str(output), "format": form, "records": records, "journal": str(journal)}))
    else:
        click.echo(f"wrote {counted(records, 'record')} to {path_text(output)}", err=True)
    return ExitCode.DONE


def _to_stdout(journal: Path, spell: Callable[[Iterable[Row]], Iterator[bytes]]) -> None:
    write(journal, spell, sys.stdout.buffer)


def write(journal: Path, spell: Callable[[Iterable[Row]], Iterator[bytes]], file: BinaryIO) -> int:
    """Every record into ``file``, one after the other; how many. Raises ``JournalUnavailable`` at the first that
    is not what was written."""
    with RawJournal(journal) as rows:
        until = rows.last_seq()
        with Progress(until + 1, "export") as look:
            for written, line in enumerate(spell(rows.checked(until)), start=1):
                file.write(line)
                look(written)
    file.flush()
    return until + 1


def as_jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    """One object a line; the body as it is on disk."""
    for seq, kind, body, digest in rows:
        yield b'{"seq":%d,"kind":%s,"hash":"%s","body":%s}\n' % (seq, json.dumps(kind).encode(), digest.encode(), body)


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """A heading, then one record a line."""
    yield _csv_line(COLUMNS)
    for seq, kind, body, digest in rows:
        data = as_data(seq, decode(kind, body)) | {"body": _fits_a_cell(kind, body), "hash": digest}
        yield _csv_line(_harmless(data[name]) for name in COLUMNS)


def _fits_a_cell(kind: str, body: bytes) -> str:
    """The body; of what a chapter carries over the digest alone: a spreadsheet cuts a cell after 32,767 characters."""
    if kind != JournalOpened.__name__ or not (chapter := (tree := json.loads(body))["observation"].get("chapter")):
        return body.decode()
    state = json.dumps(chapter["state"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    chapter["state"] = f"sha256:{hashlib.sha256(state.encode()).hexdigest()}"
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _harmless(value: object) -> str:
    # As JSON spells it, so that a body is one as before.
    text = _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", "" if value is None else str(value))
    return f"'{text}" if text.startswith(_RUNS) else text


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    # Which characters are quoted follows from this: a lone \r would end the row in many a reader.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A file that appears at ``target``, whole, 0600, when the block ends, and not at all when it raises.

    Raises ``ConfigurationError`` where there is something already, or no file can be made.
    """
    if os.path.lexists(target):
        raise _exists(target)
    # Written beside its place and linked into it: a link never replaces a file.
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, target)
        finally:
            draft.unlink()
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigurationError(
            f"{path_text(target)} was not written: {reason}; name a file in a folder that can be written, on a disk "
            "with room"
        ) from error


def _exists(target: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path_text(target)} was not written: there is one already, and nothing is ever overwritten. Move it away, or "
        "name another file with -o."
    )
