"""Which journal is meant: that of a configuration, as a run finds it, or the file that was named."""

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

import click
from typing_extensions import override

from interlock.core.faults import ConfigurationError
from interlock.runner.config.environment import must_be_read
from interlock.runner.config.problems import path_text

_Command = TypeVar("_Command", bound=Callable[..., Any])


def of_a_journal(command: _Command) -> _Command:
    """The parameters ``path``, ``config`` and ``mode``, for ``find_journal``."""
    command = click.option(
        "--mode", metavar="MODE", help="SIM or PAPER: the journal of a lower mode than the file says."
    )(command)
    command = click.option(
        "-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML)."
    )(command)
    return click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))(command)


def of_a_named_journal(command: _Command) -> _Command:
    """The same for a command whose argument is something else: the file is named by ``--journal``."""
    command = click.option(
        "--mode", metavar="MODE", help="SIM or PAPER: the journal of a lower mode than the file says."
    )(command)
    command = click.option(
        "-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML)."
    )(command)
    return click.option(
        "--journal", "path", metavar="PATH", type=click.Path(path_type=Path), help="The journal, by its own file."
    )(command)


class NewFile(click.Path):
    """A file that is to be made: whatever can only be a folder is refused before anything is done."""

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. What ends with a slash would lose it there, and would name a file."""
        if not str(value):
            self.fail("it is empty, and a file is meant: name the file that is to be written", param, ctx)
        path = Path(value)
        if str(value).endswith("/") or not path.name or os.path.isdir(path):  # noqa: PTH112 - it may be too long a name
            self.fail(f"{path_text(path)} names a folder, and a file is meant: name the file in it", param, ctx)
        return path


def find_journal(path: Path | None, config: Path | None, mode: str | None, called: str = "PATH") -> Path:
    """The journal that is meant; it need not be there. Raises ``ConfigurationError`` where two are meant, and for a
    file that is none. ``called`` is how the command names ``path``."""
    if path is None:
        return journal_of(config, mode)
    must_be_read(os.environ)
    if config is not None or mode is not None:
        named = "-c" if config is not None else "--mode"
        raise click.UsageError(
            f"{called} {path_text(path)} and {named} both say which journal is meant: leave one of them out"
        )
    if is_there(path) and path.is_dir():
        raise ConfigurationError(
            f"{path_text(path)} is a folder, and a journal is a file: name the file in it, such as "
            f"{path_text(path / 'journal.sqlite3')}"
        )
    if is_there(path) and _is_something_else(path):
        raise ConfigurationError(f"{path_text(path)} is not a journal: name another file")
    return path


def journal_of(config: Path | None, mode: str | None) -> Path:
    """Where a run of this configuration keeps its journal. Raises what ``load`` raises."""
    from interlock.runner.config.load import JOURNAL_NAME, load

    # What a plugin prints goes where people read, so that stdout holds what was asked for.
    with redirect_stdout(sys.stderr):
        return load(config, mode_flag=mode).state_folder / JOURNAL_NAME


def is_there(path: Path) -> bool:
    """Whether there is anything at ``path``. Raises ``ConfigurationError`` where we may not look."""
    try:
        return path.exists()
    except OSError as error:
        raise _closed(path, error) from error


def _is_something_else(path: Path) -> bool:
    from interlock.adapters.journal.presence import is_something_else

    try:
        return is_something_else(path)
    except OSError as error:
        raise _closed(path, error) from error


def _closed(path: Path, error: OSError) -> ConfigurationError:
    reason = (error.strerror or type(error).__name__).lower()
    return ConfigurationError(
        f"{path_text(path)} cannot be looked at: {reason}; run as the user of the run, or name another file"
    )


def must_be_there(path: Path, called: str = "PATH", more: Callable[[], str] = str) -> Path:
    """``path``. Raises ``ConfigurationError`` where there is no journal, and ``JournalUnavailable`` where there was
    one: what is left beside it says so. ``called`` as for ``find_journal``; ``more`` is what the caller has to add
    where there is none."""
    from interlock.adapters.journal.presence import is_there as whole_is_there

    if not is_there(path) and not whole_is_there(path):
        raise missing(path, called, more())
    return path


def missing(path: Path, called: str = "PATH", more: str = "") -> ConfigurationError:
    """There is no journal, and what to do about it."""
    return ConfigurationError(
        f"there is no journal at {path_text(path)}: `interlock run` begins one; if it lies elsewhere, name its "
        f"configuration with -c FILE (and --mode), or the file itself as {called}{more}"
    )
