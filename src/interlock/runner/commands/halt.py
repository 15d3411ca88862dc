"""``interlock halt`` and ``interlock reduce``: the kill switch, beside a run and also when nothing else works."""

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from attrs import define

from interlock.core.commands import Command, OperatorCommand
from interlock.core.faults import InterlockError, JournalInUse
from interlock.core.trading_state import TradingState
from interlock.runner.commands.switch_place import find_places
from interlock.runner.commands.who import by_whom, reason_given
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode
from interlock.runner.kill_switch import FILES, HALT_NAME, REDUCE_NAME
from interlock.runner.kill_switch_files import Put, put
from interlock.runner.streams import answered

_WORDS_MAX: Final = 2_000
_WHAT: Final = {
    HALT_NAME: "no order leaves from now on; working orders are called back once a run sees it",
    REDUCE_NAME: "no order that raises risk leaves from now on; working entries are called back once a run sees it",
}
_COMMANDS: Final = {HALT_NAME: Command.HALT, REDUCE_NAME: Command.REDUCE}
_Command = TypeVar("_Command", bound=Callable[..., Any])

_EXAMPLES: Final = """\b
Examples:
  interlock {name} --reason "fills look wrong"
  interlock {name} --reason "leaving for today" -c examples/aapl.toml
  interlock {name} --reason "no configuration at hand" --state-dir state/demo
\b
Exit codes: 0 it stands, whatever else happened: that is said, 2 usage, or no state folder can be told,
5 the file could not be put there in any way: stop the run instead, 74 it stands, and that could not be said."""


def _of_a_switch(command: _Command) -> _Command:
    given = (
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same."),
        click.option(
            "--state-dir",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="Instead of the file's state_dir, where there is no file at hand that can be read.",
        ),
        click.option("--mode", metavar="MODE", help="SIM, PAPER or LIVE, where it is not that of the file."),
        click.option(
            "-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML)."
        ),
        click.option("--reason", required=True, callback=reason_given, help="Why: it goes on record."),
    )
    for option in given:
        command = option(command)
    return command


@click.command(epilog=_EXAMPLES.format(name="halt"))
@_of_a_switch
def halt(reason: str, config: Path | None, mode: str | None, state_dir: Path | None, as_json: bool) -> int:
    """Halt trading: no order leaves, and every working order is called back. Watching goes on.

    Puts the file HALT into the state folder, before anything else is tried. That it is there is enough: a run sees it
    before its next item and again before each send, and nobody ever reads it. So it works beside a run, and when the
    journal is locked, full or broken, or the configuration has problems: of the file only state_dir and run_mode are
    looked at. Then the halt goes on record: the run that is on notes it, or this command does. Only `interlock resume`
    releases it; to remove the file by hand releases nothing. It goes into the folder of every mode that is there beside
    the one that is meant, so that no variable or edited file aims a halt away from a run in LIVE.
    """
    return _switch(HALT_NAME, reason, (config, mode, state_dir), as_json=as_json)


@click.command(epilog=_EXAMPLES.format(name="reduce"))
@_of_a_switch
def reduce(reason: str, config: Path | None, mode: str | None, state_dir: Path | None, as_json: bool) -> int:
    """Let trading only reduce: no entry leaves, working entries are called back; exits and cancels pass.

    As `interlock halt` does, by the file REDUCE, in the folder of every mode. A halt that stands stays.
    """
    return _switch(REDUCE_NAME, reason, (config, mode, state_dir), as_json=as_json)


def _switch(name: str, reason: str, where: tuple[Path | None, str | None, Path | None], *, as_json: bool) -> int:
    places = find_places(*where)
    by = by_whom()
    words = f"{datetime.now(UTC).isoformat(timespec='seconds')} {by}: {reason}\n"
    # Every file first, and only then a word: a console that hangs, or a full disk behind it, stands in no halt's way.
    put_there = [(folder, _put(folder, name, words)) for folder in (*places.folders, *places.besides)]
    saying = _Saying(quiet=as_json)
    saying.say(*places.notes)
    command = OperatorCommand(command=_COMMANDS[name], reason=reason, by=by)
    told = [
        _told(folder, name, done, saying, partial(on_record if folder in places.folders else seen_by_a_run, command))
        for folder, done in put_there
    ]
    for failed, found in zip(put_there, told, strict=True):
        if isinstance(failed[1], InterlockError) and found["seq"] is None:
            raise failed[1]
    answer = {"command": name, "by": by, "notes": list(places.notes), "places": told}
    return answered(ExitCode.DONE, (lambda: click.echo(json.dumps(answer))) if as_json else saying.settle)


def _put(folder: Path, name: str, words: str) -> Put | InterlockError:
    try:
        return put(folder, name, words)
    except InterlockError as error:
        return error


# mutable: it remembers what could not be written
@define
class _Saying:
    """Says each thing at once: whoever is in a hurry wants to know what stands. What cannot be written waits."""

    quiet: bool
    failure: OSError | None = None

    def say(self, *texts: str) -> None:
        """One line each, unless it is ``quiet``."""
        try:
            for text in texts if not self.quiet else ():
                click.echo(printable(text, _WORDS_MAX))
        except OSError as error:
            self.failure = error

    def settle(self) -> None:
        """Raise what kept a line from being written."""
        if self.failure is not None:
            raise self.failure


def _told(
    folder: Path, name: str, done: Put | InterlockError, saying: _Saying, kept: Callable[[Path, str], dict[str, Any]]
) -> dict[str, Any]:
    """Say what became of one file, have it ``kept``, and say what came of that; all of it for scripts."""
    if isinstance(done, Put):
        is_there = "was there already" if done.was_there else "is there"
        words = [f"{path_text(done.place)} {is_there}: {_WHAT[name]}", *done.notes]
    else:
        words = str(done).splitlines()
    saying.say(*words)
    # What a plugin prints goes where people read.
    with redirect_stdout(sys.stderr):
        found = kept(folder, name)
    saying.say(found["told"])
    return {
        "file": str(folder / name),
        "placed": isinstance(done, Put),
        "seq": found["seq"],
        "trading_state": found["trading_state"],
        "told": [*words, found["told"]],
    }


def on_record(command: OperatorCommand, folder: Path, name: str) -> dict[str, Any]:
    """Get it on record in the journal of ``folder``, and say in words what came of it. Raises nothing: the file stands,
    whatever comes of this."""

    def kept(path: Path) -> dict[str, Any]:
        from interlock.runner.commands.alone import NoRunYet

        if not path.exists():
            return _only_the_file("no run has ever been on here: one that begins is restricted from its start")
        try:
            return _by_itself(path, command)
        except JournalInUse:
            return _by_the_run(path, FILES[name])
        except NoRunYet:
            return _only_the_file("no run has begun in the journal: one that does is restricted from its start")

    return _whatever_comes(folder, kept)


def seen_by_a_run(_: OperatorCommand, folder: Path, name: str) -> dict[str, Any]:
    """Of a mode that was not meant: what a run there makes of it. We note nothing in its journal. Raises nothing."""

    def kept(path: Path) -> dict[str, Any]:
        from interlock.runner.commands.journal_lock import holder_of

        if holder_of(path) is None:
            return _only_the_file("another mode, where no run is on: one that begins is restricted from its start")
        return _by_the_run(path, FILES[name])

    return _whatever_comes(folder, kept)


def _whatever_comes(folder: Path, kept: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    # Imported here and by `kept`: the file comes first, and none of this may keep it from being put there.
    try:
        from interlock.runner.config.load import JOURNAL_NAME

        return kept(folder / JOURNAL_NAME)
    except Exception as error:  # noqa: BLE001 - whatever it is, the file stands, and that counts
        from interlock.runner.commands.alone import told

        return _only_the_file(f"the journal could not be used, so only the file tells of it: {told(error)}")


def _only_the_file(told: str) -> dict[str, Any]:
    return {"seq": None, "trading_state": None, "told": told}


def _by_itself(path: Path, command: OperatorCommand) -> dict[str, Any]:
    from interlock.runner.commands.alone import Books, called_back, in_the_books
    from interlock.runner.commands.status_facts import reasoning_of

    found: dict[str, Any] = {}

    def note(books: Books) -> None:
        seq, record = books.note(command)
        state = books.earlier.state
        cancels = called_back(record)
        owed = f"; orders that the next run calls back: {cancels}" if cancels else ""
        told = f"no run is on: record {seq} keeps that trading is {state.trading_state}{owed}"
        found.update(seq=seq, trading_state=state.trading_state.value, told=told)

    in_the_books(path, reasoning_of, note)
    return found


def _by_the_run(path: Path, state: TradingState) -> dict[str, Any]:
    from interlock.runner.commands.alone import called_back
    from interlock.runner.commands.beside import ANSWER_SECONDS, answer_of, read_beside, restricts
    from interlock.runner.commands.journal_lock import holder_of

    holder = holder_of(path)
    who = f"the run of {holder.told}" if holder is not None else "the run that was on"
    earlier = read_beside(path)
    now = earlier.state.trading_state
    if now.severity >= state.severity:
        told = f"{who} is {now.value} ({earlier.state.trading_state_code})"
        return {"seq": earlier.seq, "trading_state": now.value, "told": told}
    answer = answer_of(path, earlier.seq, restricts(state))
    if answer is None:
        # The file tells what may leave, and nothing of what works at the venue: nobody may think that it is gone.
        told = (
            f"{who} has not said within {ANSWER_SECONDS:g} s that it has seen it: look with `interlock status`. The "
            "file stands, so nothing that it stops leaves; what works at the venue may work on. If it does not answer, "
            "stop it (the watchdog ends a run that hangs after [loop] watchdog_seconds), and cancel at the venue"
        )
        return {"seq": None, "trading_state": now.value, "told": told}
    seq, record = answer
    told = f"{who} has seen it: record {seq}, trading is {state.value}, orders called back: {called_back(record)}"
    return {"seq": seq, "trading_state": state.value, "told": told}
