"""``interlock init``: a commented starter that works as it is and does nothing but watch."""

import os
from importlib.resources import files
from pathlib import Path

import click

from interlock.core.faults import ConfigurationError
from interlock.runner.config.environment import must_be_read
from interlock.runner.config.problems import path_text
from interlock.runner.config.source import DEFAULT_NAME
from interlock.runner.exit_codes import ExitCode


@click.command(
    epilog="""\b
Examples:
  interlock init             ./interlock.toml
  interlock init my-run      my-run/interlock.toml; the folder is made

Exit codes: 0 written, 2 not written (there is a file already, or the folder cannot be used), 74 written, and that
could not be said.
"""
)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def init(folder: Path) -> int:
    """Write a commented interlock.toml to start from.

    It works as it is: a simulated market, a strategy that only observes, SIM. A file that exists is never
    overwritten.
    """
    must_be_read(os.environ)
    target = write_starter(folder)
    click.echo(f"wrote {path_text(target)}: a simulated market that is only watched")
    option = "" if folder == Path() else f" -c {path_text(target)}"
    click.echo(f"next: interlock check{option}")
    return ExitCode.DONE


def starter() -> str:
    """The starter's text."""
    return files("interlock.runner.commands").joinpath("starter.toml").read_text("utf-8")


def write_starter(folder: Path) -> Path:
    """Write the starter into ``folder``, whole or not at all. Raises ``ConfigurationError`` when it cannot."""
    target = folder / DEFAULT_NAME
    # Written beside its place and linked into it: a link never replaces a file, and is there whole or not at all.
    draft = folder / f".{DEFAULT_NAME}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(starter().encode())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, target)
        finally:
            draft.unlink()
    except FileExistsError as error:
        raise ConfigurationError(
            f"{path_text(target)} was not written: {_in_the_way(folder, target)}. Nothing is ever overwritten: "
            "move it away, or name another folder."
        ) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigurationError(f"{path_text(target)} was not written: {reason}") from error
    return target


def _in_the_way(folder: Path, target: Path) -> str:
    return "there is one already" if os.path.lexists(target) else f"{path_text(folder)} is not a folder"
