"""The log of a run, opened; a run that nobody could read about is not begun."""

from pathlib import Path

from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator


def open_log(path: Path, run_id: str, narrator: Narrator, *, verbose: bool) -> EventLog:
    """The log at ``path``. Raises ``RefusedToStart``; what is lost of it later is told on the console."""

    def lost(error: str) -> None:
        narrator.say(
            f"interlock: {path} cannot be written ({error}): the run goes on, and the journal holds everything", "halt"
        )

    try:
        return EventLog(path, run_id=run_id, verbose=verbose, lost=lost)
    except OSError as error:
        raise RefusedToStart(
            f"the log {path} cannot be opened ({error.strerror or error}): nothing is started.\n"
            "Move away what is there, or name another state_dir."
        ) from error
