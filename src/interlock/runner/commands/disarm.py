"""``interlock disarm``: at any moment, beside a run or without one, entries in LIVE end."""

import os
from pathlib import Path

import click

from interlock.runner.config.load import load
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode


@click.command(
    epilog="""\b
Examples:
  interlock disarm
  interlock disarm --reason "the news at noon" -c live.toml

Exit codes: 0 disarmed, 2 usage or configuration, 5 it could not be put down, 74 only the answer could not be written.
"""
)
@click.option("--reason", metavar="TEXT", default="", help="Why, for whoever reads the journal.")
@click.option("-c", "--config", "path", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file.")
@click.option(
    "--state-dir", metavar="DIR", type=click.Path(path_type=Path), help="Where the state lies, if no file tells."
)
def disarm(reason: str, path: Path | None, state_dir: Path | None) -> int:
    """Take back whatever is armed in LIVE. Watching, exits and cancels go on.

    A run that is on sends no further entry from this moment, and records it at its next look. An arming that no run
    has taken is gone. It works without a run, and without a folder, too: then the next `interlock run --live` takes it
    at its start, and until one has, `interlock arm` is refused (exit 3).
    """
    # Here, because the list of commands should not wait for it.
    from interlock.core.faults import ConfigurationError, JournalUnavailable
    from interlock.core.modes import RunMode
    from interlock.runner.live.binding import who
    from interlock.runner.live.token_file import DISARM_NAME, ask_to_disarm

    if state_dir is not None:
        folder = state_dir / RunMode.LIVE.lower()
    else:
        loaded = load(path)
        # Whatever mode the variable or the file says by now: only LIVE is ever armed.
        folder = loaded.resolve(loaded.config.state_dir) / RunMode.LIVE.lower()
    # A run may be on whose folder was taken from under it, and looks for that very name: so it is made, as a halt does.
    was_there = os.path.lexists(folder)
    try:
        armed = ask_to_disarm(folder, f"{who()}\n{reason}\n".encode())
    except (OSError, ConfigurationError) as error:
        if os.path.lexists(folder / DISARM_NAME):
            raise JournalUnavailable(
                f"disarmed, and the disk does not promise to keep that ({type(error).__name__}): look at the disk of "
                f"{path_text(folder)} before the machine is started anew"
            ) from error
        because = str(error) if isinstance(error, ConfigurationError) else type(error).__name__
        raise JournalUnavailable(
            f"NOT disarmed: nothing could be put into {path_text(folder)} ({because}); stop the run"
        ) from error
    click.echo(
        "disarmed: no entry leaves from here on; a run that is on records it at its next look, or else the next one"
        + ("; the arming that no run had taken is gone" if armed else "")
    )
    if not was_there:
        click.echo(
            f"{path_text(folder)} was not there, and was made for this: if LIVE runs elsewhere, it is NOT disarmed; "
            "name its folder with -c or --state-dir"
        )
    return ExitCode.DONE
