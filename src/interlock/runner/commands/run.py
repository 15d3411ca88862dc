"""``interlock run``: watch, propose, ask, trade on paper, and say why."""

import json
import math
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.masking import masked
from interlock.runner.config.load import load
from interlock.runner.credentials import NO_CREDENTIALS, read_credentials
from interlock.runner.live.conditions import refusal
from interlock.runner.streams import answered

if TYPE_CHECKING:
    from interlock.runner.ending import Ended

_NO_FILE = "no configuration file: only watching a simulated market. `interlock init` writes a file to start from."


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Python reads nan as a number, and no time is ever past it: the run would never end."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of seconds that can pass.")
    return value


@click.command(
    epilog="""\b
Examples:
  interlock run                               watch a simulated market, propose nothing
  interlock run -c examples/aapl.toml         thirteen years of real bars, on paper
  interlock run --cycles 500 --json | jq .    a bounded run, for scripts
\b
Exit codes: 0 done or stopped cleanly, 1 trading ended HALTED, or the data ended without one
bar, 2 usage or configuration, 3 refused to start, 4 halted by fault, 5 journal fault, 6 ended
by its watchdog because a cycle hung, 70 internal error, 74 only the answer could not be
written.
Stop it with Ctrl-C: it finishes the cycle, records the stop and says the summary."""
)
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The configuration file (TOML).")
@click.option("--mode", help="Run in a lower mode than the file says: SIM or PAPER. Never higher.")
@click.option("--live", is_flag=True, help="LIVE is meant. The file has to say so, too; entries need an arming.")
@click.option("--cycles", type=click.IntRange(min=1), help="Stop after so many cycles.")
@click.option(
    "--max-seconds", type=click.FloatRange(min=0, min_open=True), callback=_finite, help="Stop after so many seconds."
)
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout; all else on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every decision, NO_ACTION included.")
def run(
    config: Path | None,
    mode: str | None,
    live: bool,
    cycles: int | None,
    max_seconds: float | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Run the configured strategy on the configured market, in SIM or PAPER, or in LIVE where all of it says so.

    Without a file it watches a simulated market with the observer, which proposes nothing.

    The summary counts what this run did. Position, cash, equity, realised profit and fees are since its journal began.
    As JSON it has always the same keys: run_id, mode, account, config_digest, cycles, cycles_missed, bars,
    refused_rows, decisions, denials, orders, fills, position, cash, equity, realised_pnl, fees, trading_state,
    stop_reason, journal, log, elapsed_seconds, bars_per_second. Amounts are strings, to the last digit.

    Where nothing could be started the JSON object has three keys instead: exit_code, error (the words that are on
    stderr) and problems (the same list as in check --json; empty where the configuration stands). Only a forced stop
    leaves stdout empty.
    """
    # What a plugin prints goes where people read: stdout holds the summary and nothing else.
    with redirect_stdout(sys.stderr):
        ended = _ended(config, mode, live, cycles, max_seconds, verbose)
    from interlock.runner.summary import as_data, as_text

    if as_json:
        text = json.dumps(as_data(ended.facts, ended.tally, ended.view))
    else:
        text = as_text(ended.facts, ended.tally, ended.view)
    return answered(ended.exit_code, lambda: click.echo(masked(text)))


def _ended(
    config: Path | None, mode: str | None, live: bool, cycles: int | None, seconds: float | None, verbose: bool
) -> "Ended":
    loaded = load(config, mode_flag=mode)
    if refusal(loaded, flag=live) is None:
        # Before anything else starts: what is started later inherits neither a variable nor a descriptor with a secret.
        credentials = read_credentials(loaded, live=live)
    else:
        credentials = NO_CREDENTIALS
    # Imported here: neither --version nor a wrong configuration should wait for all of this.
    from interlock.runner.loop import Bounds
    from interlock.runner.narrator import Narrator, PeopleConsole
    from interlock.runner.session import RunSession

    narrator = Narrator(PeopleConsole(stderr=True), verbose=verbose)
    settings = loaded.config.loop
    bounds = Bounds(
        cycles=cycles,
        seconds=seconds,
        interval_seconds=float(settings.interval_seconds),
        heartbeat_seconds=float(settings.heartbeat_seconds),
        reconcile_seconds=float(settings.reconcile_seconds),
        faults_max=settings.faults_max,
    )
    session = RunSession(loaded, bounds, narrator, verbose=verbose, live=live, credentials=credentials)
    session.stop.listen()
    narrator.say(f"{loaded.config.run_mode}: {loaded.config.instrument.symbol}, strategy {loaded.config.strategy.name}")
    if loaded.path is None:
        narrator.say(_NO_FILE)
    ended = session.run()
    if ended.error is not None:
        narrator.say(f"interlock: {ended.error}", "halt")
    return ended
