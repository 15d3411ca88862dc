"""``interlock arm``: a person reads what may happen, types it, and entries in LIVE are allowed for a while."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click

from interlock.core.arming import Envelope
from interlock.core.modes import RunMode
from interlock.core.reasons import sentence
from interlock.core.values import ZERO, problem_with_amount
from interlock.runner.amounts import plain
from interlock.runner.config.load import Loaded, load
from interlock.runner.config.parsers import INTERVAL_EXPECTED, amount, interval
from interlock.runner.config.problems import Wrong
from interlock.runner.exit_codes import ExitCode, RefusedToStart

# What a person types is not longer.
TYPED_CHARACTERS_MAX: Final = 256


def _parsed(parse: Callable[[object], Any], expected: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def parsed(_: click.Context, __: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        try:
            found = parse(value)
        except Wrong as wrong:
            raise click.BadParameter(f"{wrong.found} is not {expected}.") from wrong
        if isinstance(found, Decimal) and (found <= ZERO or problem_with_amount(found)):
            raise click.BadParameter("it must be above zero.")
        return found

    return parsed


_amount = _parsed(amount, "an amount such as 500 or 0.5")


@click.command(
    epilog="""\b
Examples:
  interlock arm --for 2h --max-orders 4 --max-loss 200
  interlock arm --for 30m --max-orders 1 --max-loss 50 --max-notional 1000 -c live.toml

Exit codes: 0 armed, 2 usage or configuration, 3 not armed: no terminal, something is missing, or what was typed is
not what was asked for, 74 stdout cannot be written.
"""
)
@click.option(
    "--for",
    "lasts",
    metavar="DURATION",
    required=True,
    callback=_parsed(interval, INTERVAL_EXPECTED),
    help="How long: 30m, 2h, at most 1d.",
)
@click.option("--max-orders", metavar="N", required=True, type=click.IntRange(min=1), help="At most so many entries.")
@click.option("--max-loss", metavar="X", required=True, callback=_amount, help="Disarm beyond this loss, in currency.")
@click.option("--max-quantity", metavar="Q", callback=_amount, help="Units in one entry; else what is configured.")
@click.option("--max-notional", metavar="X", callback=_amount, help="Value of one entry; else what is configured.")
@click.option("-c", "--config", "path", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file.")
def arm(
    lasts: timedelta,
    max_orders: int,
    max_loss: Decimal,
    max_quantity: Decimal | None,
    max_notional: Decimal | None,
    path: Path | None,
) -> int:
    """Allow entries in LIVE, for a while and within bounds.

    Says what may happen at most and asks a person to type the account and that amount. A run that is on takes it within
    a second; otherwise the next one that starts on this machine, as this user, with this very configuration. It is
    used once: a restart is unarmed. `interlock disarm` ends it at any moment. After a disarm that no run has taken
    it is refused (exit 3): let `interlock run --live` take that, then arm.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedToStart("arming is typed by a person at a terminal: stdin and stdout have to be one")
    loaded = load(path)
    _must_be_ready(loaded)
    envelope = _envelope(loaded, max_orders, max_loss, max_quantity, max_notional)
    _ask(loaded, envelope, lasts)
    click.echo(_put(loaded, path, envelope, lasts))
    return ExitCode.DONE


def _must_be_ready(loaded: Loaded) -> None:
    """Everything else that an entry needs is there. Raises ``RefusedToStart`` with all that is missing."""
    from interlock.runner.live.conditions import missing
    from interlock.runner.live.token_file import DISARM_NAME, is_there

    if loaded.config.run_mode is not RunMode.LIVE:
        raise RefusedToStart(f"not armed: the configuration says {loaded.config.run_mode}, and only LIVE is armed")
    if lacking := missing(loaded, flag=None):
        listed = "".join(f"\n  - {each.what}: {each.remedy}" for each in lacking)
        raise RefusedToStart(f"not armed: an entry would need what is missing here:{listed}")
    if is_there(loaded.state_folder / DISARM_NAME):
        raise RefusedToStart(
            "not armed: somebody disarmed, and no run has taken that yet; let `interlock run --live` take it, then arm"
        )


def _envelope(
    loaded: Loaded, orders: int, loss: Decimal, quantity: Decimal | None, notional: Decimal | None
) -> Envelope:
    """What was asked for, else what is configured. Raises ``RefusedToStart`` where it is more than that."""
    from interlock.runner.live.limits import beyond, configured

    config = loaded.config
    most_quantity, most_notional = configured(config, "max_quantity"), configured(config, "max_notional")
    if most_quantity is None or most_notional is None:
        raise RefusedToStart("not armed: the mandatory limits do not say how much one order may be")
    envelope = Envelope(
        instruments=(config.instrument.symbol,),
        max_quantity=quantity if quantity is not None else most_quantity,
        max_notional=notional if notional is not None else most_notional,
        max_orders=orders,
        max_loss=loss,
    )
    if problems := beyond(envelope, config):
        listed = "".join(f"\n  - {sentence(each.code, each.numbers)}" for each in problems)
        raise RefusedToStart(f"not armed: an arming stays within the configured limits:{listed}")
    return envelope


def _ask(loaded: Loaded, envelope: Envelope, lasts: timedelta) -> None:
    """Show all of it, and have it typed. Raises ``RefusedToStart`` for anything else that is typed."""
    from interlock.runner.live.exposure import books_in_live
    from interlock.runner.live.limits import exposure_at_most

    books = books_in_live(loaded)
    held = books.value if books is not None and books.value is not None else ZERO
    most = exposure_at_most(envelope, held)
    for line in _told(loaded, envelope, lasts, held, most):
        click.echo(line)
    account = loaded.config.account
    if _typed(f"\ntype the account to arm it ({account}): ") != account:
        raise RefusedToStart("not armed: what was typed is not the account")
    if _typed(f"type the most that can be exposed ({plain(most)}): ") != plain(most):
        raise RefusedToStart("not armed: what was typed is not that amount")


def _told(loaded: Loaded, envelope: Envelope, lasts: timedelta, held: Decimal, most: Decimal) -> list[str]:
    from interlock.runner import plugins
    from interlock.runner.config.canonical import tree
    from interlock.runner.config.origins import leaves
    from interlock.runner.live.limits import GAP, cost_of_a_gap

    config = loaded.config
    limits = leaves(tree(config.risk))
    return [
        "this lets a run in LIVE raise risk:",
        f"  account       {config.account}",
        f"  instruments   {', '.join(envelope.instruments)}",
        f"  one entry     at most {plain(envelope.max_quantity)} units and {plain(envelope.max_notional)} "
        f"{config.currency}",
        f"  entries       at most {envelope.max_orders}",
        f"  loss          at most {plain(envelope.max_loss)} {config.currency} since it is armed; then it ends",
        f"  time          {lasts} from when it is typed, or until `interlock disarm`",
        f"  adapters      {config.execution.adapter}, {config.market_data.adapter}",
        f"  build         {plugins.build(loaded.components)}",
        f"  configuration {loaded.digest}",
        "  configured limits, which hold beside it:",
        *(f"    {'.'.join(str(step) for step in path)} = {value}" for path, value in limits.items()),
        f"  held now      {plain(held)} {config.currency}",
        f"  most that can be exposed: {plain(most)} {config.currency}",
        f"  a gap of {GAP:.0%} against that costs {plain(cost_of_a_gap(most))} {config.currency}, and no limit "
        "holds a gap",
    ]


def _typed(asks: str) -> str:
    """One line of the terminal. Raises ``RefusedToStart`` where it ends instead."""
    click.echo(asks, nl=False)
    line = sys.stdin.readline(TYPED_CHARACTERS_MAX)
    if not line.endswith("\n"):
        raise RefusedToStart("not armed: nothing was typed to the end")
    return line.strip()


def _put(loaded: Loaded, path: Path | None, envelope: Envelope, lasts: timedelta) -> str:
    """Lay it down for a run. What to say of it. The token itself is said to nobody."""
    from interlock.adapters.journal.private_files import make_private_folder
    from interlock.runner import plugins
    from interlock.runner.live.binding import TOKEN_BYTES, Binding, folder_here, host, read, uid, who, written
    from interlock.runner.live.exposure import books_in_live
    from interlock.runner.live.token_file import put

    if load(path).digest != loaded.digest:
        raise RefusedToStart("not armed: the configuration was changed while this was typed")
    books = books_in_live(loaded)
    now = datetime.now(UTC)
    make_private_folder(loaded.state_folder)
    bound = Binding(
        config_digest=loaded.digest,
        build=plugins.build(loaded.components),
        journal_id=books.journal_id if books is not None else None,
        folder=folder_here(loaded.state_folder),
        account=loaded.config.account,
        host=host(),
        uid=uid(),
        by=who(),
        issued_at=now,
        expires_at=now + lasts,
        envelope=envelope,
    )
    text = written(secrets.token_bytes(TOKEN_BYTES), bound)
    put(loaded.state_folder, text)
    return (
        f"armed until {bound.expires_at.isoformat(timespec='seconds')} ({read(text).fingerprint}): a run that is on "
        "takes it within a second, the next one takes it at its start; either records it"
    )
