"""Everything that is said about a run, from four places, as one frozen answer.

The command line is heard before the environment, that before the file, that before the defaults. The run mode is
the exception: the file's mode is a ceiling, which flag and variable may lower and never raise.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve, frozen

from interlock.core.modes import RunMode
from interlock.runner.components import Component
from interlock.runner.config import environment
from interlock.runner.config.build import build
from interlock.runner.config.canonical import canonical, digest_of, tree
from interlock.runner.config.model import WITHOUT_A_FILE, Config
from interlock.runner.config.origins import Origin, OriginKind, trace
from interlock.runner.config.parsers import member
from interlock.runner.config.problems import ConfigurationProblems, KeyPath, Problem, Wrong, path_text
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.registry import Registry

MODE_FLAG: Final = "--mode"
LOG_NAME: Final = "interlock.log"
JOURNAL_NAME: Final = "journal.sqlite3"


@frozen(kw_only=True)
class Loaded:
    """A configuration that stands: its values, where each came from, and what it was read from.

    ``origins`` is by key path as written in problems (``instruments[0].symbol``). ``components`` are the classes
    that were named. ``path`` is None, and ``text`` empty, where there was no file.
    """

    config: Config
    origins: Mapping[str, Origin]
    digest: str
    path: Path | None
    text: str
    components: tuple[Component, ...]

    def resolve(self, written: str) -> Path:
        """A path as meant: relative to the folder of the file, or to the current one without a file."""
        return (self.path.parent if self.path is not None else Path()) / written

    @property
    def state_folder(self) -> Path:
        """Where this run keeps its journal and log: one folder for each mode."""
        return self.resolve(self.config.state_dir) / self.config.run_mode.lower()

    @property
    def log_path(self) -> Path:
        """Where this run's log lies."""
        return self.state_folder / LOG_NAME

    @property
    def refusal(self) -> str | None:
        """Why this mode does not start, whatever is said on the command line; None where it may."""
        # Here, because most configurations are loaded to look at them.
        from interlock.runner.live.conditions import refusal

        return refusal(self)


def load(
    path: Path | None,
    environ: Mapping[str, str] | None = None,
    mode_flag: str | None = None,
    *,
    registry: Registry | None = None,
    called: str = "-c",
) -> Loaded:
    """Read and check the whole configuration. ``called`` is how the command names ``path``.

    Raises ``ConfigurationProblems`` with every problem at once (exit 2), and ``RefusedToStart`` when flag or
    variable would raise the mode (exit 3). A mode that does not start is loaded: see ``Loaded.refusal``.
    """
    # Here, because what a journal recorded is loaded without it.
    from interlock.runner.config import source

    environ = os.environ if environ is None else environ
    registry = Registry() if registry is None else registry
    found = environment.problems(environ)
    asked, problems = _asked_mode(environ, mode_flag)
    found += problems
    try:
        # What the variable names is named by the variable, not by the command.
        called = environment.CONFIG if path is None and environment.CONFIG in environ else called
        file, text, written, lines = _read(source.find(path, environ), called)
    except ConfigurationProblems as error:
        raise ConfigurationProblems([*found, *error.problems]) from error
    shown = path_text(file) if file is not None else "default"
    config, _, problems = build(written, lines=lines, file=shown, registry=registry)
    if config is None or found or problems:
        raise ConfigurationProblems([*found, *problems])
    origins = trace(tree(config), lines, shown if file is not None else None)
    if asked is not None:
        mode, origin = asked
        _must_not_raise(mode, origin, config.run_mode, origins["run_mode"], file)
        config = evolve(config, run_mode=mode)
        origins["run_mode"] = origin
    # Taken from the very text that a journal records of it: whoever derives a decision once more has no other. So the
    # limits 0.2 and 0.20, or the same tables in another order, are one configuration to the last byte it leads to.
    again = loaded_again(canonical(config), registry=registry)
    return evolve(again, origins=MappingProxyType(origins), path=file, text=text)


def from_canonical(text: str, *, registry: Registry | None = None) -> Config:
    """The configuration that the journal recorded. Raises ``ConfigurationProblems`` if it no longer stands."""
    return loaded_again(text, registry=registry).config


def loaded_again(text: str, *, registry: Registry | None = None) -> Loaded:
    """What the journal recorded, as if it had been loaded: ``digest`` is that of the text, whatever it means by now.

    Raises ``ConfigurationProblems`` if it no longer stands.
    """
    import json

    tree_of_it = without_none(json.loads(text))
    config, components, problems = build(tree_of_it, lines={}, file="journal", registry=registry or Registry())
    if config is None:
        raise ConfigurationProblems(problems)
    return Loaded(config=config, origins={}, digest=digest_of(text), path=None, text="", components=components)


def without_none(value: Any) -> Any:
    """What a file would say of it: TOML has no null, so what was None was left out."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def _read(file: Path | None, called: str) -> tuple[Path | None, str, Mapping[str, Any], Mapping[KeyPath, int]]:
    if file is None:
        return None, "", WITHOUT_A_FILE, {}
    from interlock.runner.config import source

    text = source.read(file, called)
    return file, text, *source.parse(text, path_text(file))


def _asked_mode(
    environ: Mapping[str, str], mode_flag: str | None
) -> tuple[tuple[RunMode, Origin] | None, list[Problem]]:
    """What flag and variable ask for. Both are checked, the flag wins; neither falls through when misspelt."""
    asked: tuple[RunMode, Origin] | None = None
    problems: list[Problem] = []
    for written, origin, place in (
        (environ.get(environment.MODE), Origin(kind=OriginKind.ENVIRONMENT, detail=environment.MODE), "environment"),
        (mode_flag, Origin(kind=OriginKind.FLAG, detail=MODE_FLAG), "command line"),
    ):
        if written is None:
            continue
        try:
            asked = RunMode(member(written, RunMode).value), origin
        except Wrong as wrong:
            problems.append(
                Problem(
                    file=place,
                    line=None,
                    key=origin.detail,
                    found=wrong.found,
                    expected=wrong.expected,
                    remedy=wrong.remedy,
                )
            )
    return asked, problems


def _must_not_raise(mode: RunMode, origin: Origin, ceiling: RunMode, stated: Origin, file: Path | None) -> None:
    if mode.privilege <= ceiling.privilege:
        return
    if file is None:
        said = "there is no file, and without one only SIM runs"
    elif stated.kind is OriginKind.DEFAULT:
        said = f"{path_text(file)} says no run_mode, and what says none is {ceiling}"
    else:
        said = f"the file says {ceiling} ({stated})"
    raise RefusedToStart(
        f"{origin} asks for {mode}, but {said}.\n"
        f'{origin} may lower the mode, never raise it: write run_mode = "{mode}" into the file if you mean it.'
    )
