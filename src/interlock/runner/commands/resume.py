"""``interlock resume``: a person releases trading, once nothing stands in the way."""

import json
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from interlock.core.commands import Command, OperatorCommand
from interlock.core.explain import why
from interlock.core.faults import JournalInUse
from interlock.core.records import Record, ReleaseRefused, TradingStateChanged
from interlock.core.rederive import Reasoning
from interlock.core.trading_state import TradingState
from interlock.runner.commands.alone import Books, NoRunYet, in_the_books
from interlock.runner.commands.beside import ANSWER_SECONDS, answer_of, read_beside, restricts
from interlock.runner.commands.journal_info import Story
from interlock.runner.commands.journal_recorded import NotHere, recorded
from interlock.runner.commands.resume_look import FirstLook
from interlock.runner.commands.switch_place import others
from interlock.runner.commands.who import by_whom, reason_given
from interlock.runner.config.load import Loaded, load
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.kill_switch import look
from interlock.runner.kill_switch_files import came_later, remove
from interlock.runner.resume import Earlier
from interlock.runner.resume_request import REQUEST_NAME, Request, put, withdraw
from interlock.runner.streams import answered

_WORDS_MAX: Final = 2_000
_UNLESS_GONE: Final = "nothing is released: a halt has to be on record before its file is taken away"


@click.command(
    epilog="""\b
Examples:
  interlock resume --reason "the feed is back, positions compared"
  interlock resume --reason "done" -c examples/aapl.toml --json | jq -r .trading_state
\b
Exit codes: 0 released, as far as nothing stands, or nothing was restricted; 1 the run that
is on did not answer in time; 2 usage or configuration; 3 refused: its cause stands, which is
said; 5 the journal cannot be read or written; 74 done, and that could not be said."""
)
@click.option("--reason", required=True, callback=reason_given, help="What was settled: it goes on record.")
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML).")
@click.option("--mode", metavar="MODE", help="SIM or PAPER: the run of a lower mode than the file says.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
@click.pass_obj
def resume(asked_at_ns: int, reason: str, config: Path | None, mode: str | None, as_json: bool) -> int:
    """Release trading that was halted, or may only reduce.

    Takes the kill switch files away, and asks for the release: of the run that is on, or, where none is, in the journal
    itself. Refused while the cause stands: a file that cannot be removed, a position that the venue disputes, a loss
    that is still there, LIVE without an arming. Where a part of it stands, trading is released as far as that allows.
    The order is such that whatever is cut short leaves trading as restricted as it was. Only the mode that is meant is
    released: kill switch files that stand in the folders of other modes stay, and are told. As JSON: exit_code,
    released, trading_state, seq, removed, told.
    """
    with redirect_stdout(sys.stderr):
        answer = _Resuming(load(config, mode_flag=mode), reason, asked_at_ns).done()

    def write() -> None:
        click.echo(json.dumps(answer) if as_json else "\n".join(printable(each, _WORDS_MAX) for each in answer["told"]))

    return answered(answer["exit_code"], write)


class _Resuming:
    """One release that a person asks for."""

    def __init__(self, loaded: Loaded, reason: str, asked_at_ns: int) -> None:
        # Here, because reading configurations is heavy.
        from interlock.runner.config.load import JOURNAL_NAME

        self._loaded = loaded
        self._folder = loaded.state_folder
        self._path = self._folder / JOURNAL_NAME
        self._reason, self._by = reason, by_whom()
        self._removed: list[str] = []
        # Before anything that takes time.
        self._first = FirstLook.at(self._folder, self._path, asked_at_ns)

    def done(self) -> dict[str, Any]:
        """Whatever came of it. Raises what keeps a journal from being read or written, and ``RefusedToStart``."""
        if not self._path.exists():
            return self._without_a_run()
        answers: list[dict[str, Any]] = []
        try:
            in_the_books(self._path, _reasoning, lambda books: answers.append(self._in(books)))
        except JournalInUse:
            return self._of_the_run()
        except NoRunYet:
            return self._without_a_run()
        return answers[0]

    def _without_a_run(self) -> dict[str, Any]:
        if standing := self._cleared():
            return self._refused(standing, None)
        return self._answer(ExitCode.DONE, TradingState.ACTIVE, None, "no run has begun here, so nothing is halted")

    def _later(self) -> tuple[str, ...]:
        """The kill switch files that came after the first look: somebody means them, whatever was seen."""
        return came_later(self._folder, self._first.files)

    def _cleared(self) -> tuple[str, ...]:
        """Take the kill switch files away that were seen. What still stands."""
        removed = remove(self._folder, self._first.files)
        self._removed += removed.gone
        return removed.standing

    # ------------------------------------------------------------------------------------ where no run is on

    def _in(self, books: Books) -> dict[str, Any]:
        """Under the journal's lock: latch what only a file says yet, take the files away, release."""
        earlier = books.earlier
        self._must_be_ours(earlier)
        was_active = earlier.state.trading_state is TradingState.ACTIVE
        if standing := self._later() or (() if was_active else self._first.anew(self._path, earlier.seq)):
            return self._refused(standing, earlier.state.trading_state)
        seen = look(self._folder)
        if seen is not None and seen.state.severity > earlier.state.trading_state.severity:
            books.note(seen)
        if standing := self._cleared():
            return self._refused(standing, earlier.state.trading_state)
        if earlier.state.trading_state is TradingState.ACTIVE:
            return self._was_active()
        before = earlier.state.trading_state
        command = OperatorCommand(command=Command.RESUME, reason=self._reason, by=self._by)
        return self._came_of(*books.note(command), before=before)

    def _must_be_ours(self, earlier: Earlier) -> None:
        config = self._loaded.config
        # It raises where the journal is another mode's or account's; to be put aside is the next run's affair.
        earlier.put_aside_because(self._path, self._loaded.digest, config.run_mode, config.account)

    # ------------------------------------------------------------------------------------ beside a run

    def _of_the_run(self) -> dict[str, Any]:
        earlier = read_beside(self._path)
        self._must_be_ours(earlier)
        state, code, seq = earlier.state.trading_state, earlier.state.trading_state_code, earlier.seq
        if standing := self._later():
            return self._refused(standing, state)
        seen = look(self._folder)
        if seen is not None and seen.state.severity > state.severity:
            latched = answer_of(self._path, seq, restricts(seen.state))
            if latched is None:
                return self._unanswered(f"the run that is on has not taken {seen.found} yet; {_UNLESS_GONE}", state)
            seq, state = latched[0], seen.state
            code = next(event.code for event in latched[1].events if isinstance(event, TradingStateChanged))
        if standing := self._cleared():
            return self._refused(standing, state)
        if state is TradingState.ACTIVE:
            return self._was_active()
        # Nothing came in between but the latch of a file that was seen: then the look holds up to there.
        seen_seq = self._first.seq if self._first.anew(self._path, seq) else seq
        request = Request(
            reason=self._reason,
            by=self._by,
            at=datetime.now(UTC),
            journal_id=earlier.state.journal_id,
            seen_code=code,
            seen_seq=seen_seq,
        )
        return self._asked(request, seq, state)

    def _asked(self, request: Request, after: int, state: TradingState) -> dict[str, Any]:
        try:
            put(self._folder, request)
        except FileExistsError:
            return self._refused((f"somebody asks already, by the file {REQUEST_NAME}: look what came of that",), state)
        except OSError as error:
            because = (error.strerror or type(error).__name__).lower()
            return self._refused((f"the request could not be put into {path_text(self._folder)}: {because}",), state)
        wanted = self._is_answer
        answer = answer_of(self._path, after, wanted)
        # Taken back, so that nothing is released later, when nobody thinks of it any more. If it is gone, it was taken.
        if answer is None and not withdraw(self._folder, request):
            answer = answer_of(self._path, after, wanted, seconds=ANSWER_SECONDS / 2)
        if answer is None:
            told = f"the run that is on did not answer within {ANSWER_SECONDS:g} s, and the request was taken back"
            return self._unanswered(told, state)
        return self._came_of(*answer, before=state)

    def _is_answer(self, record: Record) -> bool:
        asked = record.observation
        return (
            isinstance(asked, OperatorCommand)
            and asked.command is Command.RESUME
            and (asked.reason, asked.by) == (self._reason, self._by)
        )

    # ------------------------------------------------------------------------------------ what came of it

    def _came_of(self, seq: int, record: Record, before: TradingState) -> dict[str, Any]:
        refused = any(isinstance(event, ReleaseRefused) for event in record.events)
        standing = [event.state for event in record.events if isinstance(event, TradingStateChanged)]
        state = before if refused else max(standing, key=lambda each: each.severity, default=TradingState.ACTIVE)
        return self._answer(ExitCode.REFUSED if refused else ExitCode.DONE, state, seq, f"record {seq}: {why(record)}")

    def _was_active(self) -> dict[str, Any]:
        return self._answer(ExitCode.DONE, TradingState.ACTIVE, None, "trading is ACTIVE: there is nothing to release")

    def _refused(self, standing: tuple[str, ...], state: TradingState | None) -> dict[str, Any]:
        return self._answer(ExitCode.REFUSED, state, None, *(f"not released: {each}" for each in standing))

    def _unanswered(self, told: str, state: TradingState) -> dict[str, Any]:
        return self._answer(ExitCode.FINDING, state, None, f"not released: {told}")

    def _answer(self, code: ExitCode, state: TradingState | None, seq: int | None, *told: str) -> dict[str, Any]:
        return {
            "exit_code": int(code),
            "released": code is ExitCode.DONE,
            "trading_state": state.value if state is not None else None,
            "seq": seq,
            "removed": self._removed,
            "told": [*(f"taken away: {each}" for each in self._removed), *told, *_elsewhere(self._folder)],
        }


def _elsewhere(folder: Path) -> tuple[str, ...]:
    """The kill switches that are on in the folders of other modes: whoever halts puts one into each."""
    return tuple(
        f"{path_text(other)}: the kill switch is on there too ({seen.found}), and stays: `interlock resume` releases "
        f"one mode at a time, so ask for {other.name.upper()}"
        for other in others(folder)
        if (seen := look(other)) is not None
    )


def _reasoning(story: Story) -> Reasoning:
    """Whose rules say whether the cause stands: those of the last run. Raises ``RefusedToStart`` without them."""
    run = story.last_run
    if run is None:
        raise NoRunYet
    try:
        return recorded(run.started).reasoning
    except NotHere as missing:
        raise RefusedToStart(
            f"nobody can say here whether the cause still stands, so nothing is released: {missing}.\n"
            "Install what is missing, or ask beside the run that has it."
        ) from missing
