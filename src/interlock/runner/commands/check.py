"""``interlock check``: what would run, where each value comes from, what is off, and what stands in the way."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import click
from attrs import frozen

from interlock.core.ports.market_data import MarketDataPort
from interlock.masking import masked
from interlock.runner.config import ConfigurationProblems, Loaded, Origin, load
from interlock.runner.config.canonical import tree
from interlock.runner.config.origins import leaves
from interlock.runner.config.problems import PATH_CHARACTERS_MAX, key_text, path_text, printable, problems_of
from interlock.runner.credentials import Credentials, read_credentials
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.look import IN_SILENCE, FeedMaker, Look, Telling
from interlock.runner.preflight import preflight
from interlock.runner.registry import Registry
from interlock.runner.streams import answered
from interlock.runner.terminal import Console

# These are asked always, live_arming wherever it has a say: they have no limit that could be missing.
ALWAYS_ON = frozenset({"trading_state", "live_arming"})


@frozen(kw_only=True)
class Report:
    """What a check found. Without ``loaded`` there are ``problems`` or a ``refusal``, and nothing was looked at."""

    loaded: Loaded | None = None
    problems: ConfigurationProblems | None = None
    refusal: str | None = None
    looks: tuple[Look, ...] = ()
    off: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """What the check comes to: the reason that has to be removed first."""
        if self.problems is not None:
            return ExitCode.USAGE
        if self.refusal is not None:
            return ExitCode.REFUSED
        return ExitCode.DONE if all(look.ok for look in self.looks) else ExitCode.FINDING


@click.command(
    epilog="""\b
Examples:
  interlock check                        ./interlock.toml, or the defaults where there is none
  interlock check -c examples/aapl.toml
  interlock check --mode SIM             lower the file's mode; nothing but the file raises it
  interlock check --json | jq .digest

Exit codes: 0 fine, 1 preflight found something, 2 the configuration does not stand, 3 refused (LIVE, or a mode
above the file's), 74 only the answer could not be written.
"""
)
@click.option("-c", "--config", "path", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file.")
@click.option("--mode", metavar="MODE", help="SIM, PAPER or LIVE: lowers the file's run mode, never raises it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout; words for people go to stderr.")
def check(path: Path | None, mode: str | None, as_json: bool) -> int:
    """Validate the configuration and look before running.

    Prints the effective configuration with the origin of every value, its digest, and the controls that are off,
    and looks whether a run could start. Changes nothing.
    """
    # What a plugin prints goes where people read, so that --json leaves one object on stdout.
    with redirect_stdout(sys.stderr):
        report = examine(path, mode, telling=Telling(reading=_reading, say=_say))

    def write() -> None:
        show(report, Console(to_stderr=as_json))
        if as_json:
            click.echo(masked(json.dumps(as_data(report), ensure_ascii=True)))

    return answered(report.exit_code, write)


def examine(
    path: Path | None,
    mode: str | None,
    *,
    registry: Registry | None = None,
    make_feed: FeedMaker | None = None,
    telling: Telling = IN_SILENCE,
) -> Report:
    """Everything that can be known without running."""
    registry = Registry() if registry is None else registry
    try:
        loaded = load(path, os.environ, mode, registry=registry)
    except ConfigurationProblems as problems:
        return Report(problems=problems)
    except RefusedToStart as refused:
        return Report(refusal=str(refused))
    try:
        found = preflight(loaded, make_feed=make_feed or _feeds(), now=lambda: datetime.now(UTC), telling=telling)
    except ConfigurationProblems as problems:
        # What only the calendar could tell of the file.
        return Report(problems=problems)
    rules = registry.rules()
    off = tuple(name for name in rules if name not in loaded.config.risk and name not in ALWAYS_ON)
    return Report(
        loaded=loaded,
        refusal=loaded.refusal,
        looks=found,
        off=off,
        missing=tuple(name for name in off if rules[name].mandatory),
    )


def _feeds() -> FeedMaker:
    """Makes the feed as a run would get it, as often as it is asked to; secrets that it needs are read once."""
    read: list[Credentials] = []

    def feed_of(loaded: Loaded) -> MarketDataPort:
        # Here, because this is what costs: adapters are imported for a look at the data, not for a look at the file.
        from interlock.runner.container import Wiring

        if not read:
            # From a copy of the environment: a look takes nothing away.
            read.append(read_credentials(loaded, environ=dict(os.environ)))
        wiring = Wiring(loaded, credentials=read[0])
        return wiring.feed(wiring.calendar())

    return feed_of


def _reading(records: int) -> AbstractContextManager[Callable[[int], None]]:
    """A journal takes a check as long to read as a run, so it is told in the same way."""
    from interlock.adapters.clock.system import SystemClock
    from interlock.runner.narrator import Narrator, PeopleConsole
    from interlock.runner.reading import Reading
    from interlock.runner.stop import StopRequest

    clock = SystemClock()
    return Reading(Narrator(PeopleConsole(stderr=True), verbose=False), clock, StopRequest(clock), records)


def _say(text: str) -> None:
    click.echo(masked(text), err=True)


def as_data(report: Report) -> dict[str, Any]:
    """The report as one JSON object. Its keys are always the same."""
    loaded = report.loaded
    return {
        "ok": report.exit_code is ExitCode.DONE,
        "exit_code": int(report.exit_code),
        "file": str(loaded.path) if loaded is not None and loaded.path is not None else None,
        "run_mode": loaded.config.run_mode.value if loaded is not None else None,
        "digest": loaded.digest if loaded is not None else None,
        "configuration": tree(loaded.config) if loaded is not None else None,
        "origins": {key: _origin(origin) for key, origin in loaded.origins.items()} if loaded is not None else None,
        "controls_off": list(report.off),
        "mandatory_missing": list(report.missing),
        "preflight": [attrs.asdict(look) for look in report.looks],
        "refusal": report.refusal,
        "problems": problems_of(report.problems) if report.problems is not None else [],
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"kind": origin.kind.value, "detail": origin.detail, "line": origin.line}


def show(report: Report, console: Console) -> None:
    """The report for people."""
    if report.problems is not None:
        console.say(f"{console.bad('problem')}: {report.problems}")
    if report.loaded is not None:
        _show_values(report.loaded, console)
        _show_controls(report, console)
        _show_looks(report.looks, console)
    if report.refusal is not None:
        console.say(f"{console.bad('refused')}: {report.refusal}")
    code = report.exit_code
    word = console.good("fine") if code is ExitCode.DONE else console.bad(_VERDICTS[code])
    console.say(f"check: {word} (exit {int(code)})")


_VERDICTS = {
    ExitCode.FINDING: "preflight found something",
    ExitCode.USAGE: "the configuration does not stand",
    ExitCode.REFUSED: "this does not start",
}


def _show_values(loaded: Loaded, console: Console) -> None:
    source = path_text(loaded.path) if loaded.path is not None else "no file: the defaults"
    console.heading(f"configuration ({source})")
    rows = [(key_text(path), _value(value)) for path, value in leaves(tree(loaded.config)).items()]
    rows = [(key, value) for key, value in rows if key in loaded.origins]
    wide = max(len(key) for key, _ in rows)
    long = max(len(value) for _, value in rows)
    for key, value in rows:
        console.say(f"  {key:{wide}}  {value:{long}}  {console.faint(str(loaded.origins[key]))}")
    console.say(f"  digest {loaded.digest}")
    for component in loaded.components:
        if component.plugin is not None:
            console.say(f"  {component.name} comes from the plugin {component.plugin}")


def _value(value: object) -> str:
    if value == {}:
        return "(empty)"
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return printable(", ".join(str(item) for item in value), PATH_CHARACTERS_MAX)
    return printable(str(value).lower() if isinstance(value, bool) else str(value), PATH_CHARACTERS_MAX)


def _show_controls(report: Report, console: Console) -> None:
    if not report.off:
        console.heading("controls: every one is on")
        return
    console.heading("controls that are off")
    if report.missing:
        # Not an adverse finding: a run that only watches is a fine run.
        console.say("  mandatory ones are missing, so every order will be denied (NO_LIMITS_CONFIGURED):")
    for name in report.missing:
        console.say(f"    {name:20} {console.bad('mandatory')}: it has no default; write [risk.{name}]")
    for name in report.off:
        if name not in report.missing:
            console.say(f"    {name:20} off: write [risk.{name}] to turn it on")


def _show_looks(looks: tuple[Look, ...], console: Console) -> None:
    console.heading("preflight")
    for look in looks:
        word = console.good("ok     ") if look.ok else console.bad("problem")
        console.say(f"  {word} {look.name}: {look.detail}")
        if look.remedy:
            console.say(f"          {look.remedy}")
