"""``interlock status``: whether it runs, whether it may trade, and why, in one look and one exit code."""

import json
import sys
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from interlock.runner.amounts import counted, plain
from interlock.runner.commands.journal_lock import Holder
from interlock.runner.commands.journal_place import find_journal, of_a_journal
from interlock.runner.commands.status_facts import look_at
from interlock.runner.config.problems import path_text, printable
from interlock.runner.streams import answered

_WORDS_MAX = 2_000


@click.command(
    epilog="""\b
Examples:
  interlock status
  interlock status -c examples/aapl.toml --mode PAPER
  interlock status --json | jq -r .reason
  interlock status > /dev/null || page-somebody
\b
Exit codes: 0 healthy: running with trading ACTIVE, or stopped cleanly; 1 anything else, the
reason is said; 2 usage or configuration; 3 refused (LIVE, or a mode above the file's);
74 only the answer could not be written."""
)
@of_a_journal
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def status(path: Path | None, config: Path | None, mode: str | None, as_json: bool) -> int:
    """Say whether it runs, what trading is and why, what is held, and how old the news is.

    Read off the lock and the journal, beside whoever writes it; nothing is changed. The last cycle and the age of the
    last bar are by the clock that stamps decisions, which follows the data; written_at is by the machine's clock. What
    a SIM run has not committed yet is not seen.
    """
    journal = find_journal(path, config, mode)
    with redirect_stdout(sys.stderr):
        data = look_at(journal)
    return answered(data["exit_code"], lambda: click.echo(json.dumps(data) if as_json else as_text(data)))


def as_text(data: dict[str, Any]) -> str:
    """The same for people."""
    writer = data["written_by"]
    rows = [
        ("status", f"{'healthy' if data['healthy'] else 'NOT healthy'}: {data['reason']}"),
        ("running", Holder(**writer).told if writer is not None else "no"),
        ("journal", path_text(Path(data["journal"]))),
    ]
    if data["written_at"] is not None:
        rows.append(("last written", f"{data['written_at']} by this machine's clock"))
    if data["kill_switch"] is not None:
        rows.append(("kill switch", data["kill_switch"]))
    if data["run_id"] is not None:
        rows += _of_the_run(data)
    if data["head"] is not None:
        rows.append(("head", f"{data['head']['seq']} {data['head']['hash']}"))
    return "\n".join(f"{name + ':' * bool(name):15}{printable(text, _WORDS_MAX)}" for name, text in rows)


def _of_the_run(data: dict[str, Any]) -> list[tuple[str, str]]:
    orders = data["open_orders"]
    bar = "none yet"
    if data["last_bar_at"] is not None:
        bar = f"{data['last_bar_at']}, {data['last_bar_age_seconds']} s old at the last cycle"
    return [
        ("of", f"{data['instrument']} in {data['mode']} for account {data['account']}"),
        ("run", f"{data['run_id']} since {data['run_started_at']}"),
        ("trading", data["trading_state"] + (f" ({data['trading_code']})" if data["trading_code"] else "")),
        ("last cycle", f"{data['last_cycle_at']} by the clock of the data"),
        ("last bar", bar),
        ("position", f"{plain(Decimal(data['position']))} {data['instrument']}"),
        ("open orders", counted(len(orders), "order") if orders else "none"),
        *(("", f"{one['client_order_id']} {one['side']} {one['leaves_qty']} {one['state']}") for one in orders),
        ("cash", f"{plain(Decimal(data['cash']))} {data['currency']}"),
        ("equity", f"{plain(Decimal(data['equity']))} {data['currency']}"),
    ]
