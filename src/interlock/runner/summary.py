"""What a run came to: one object for scripts, one page for people."""

from typing import Any, Final

from attrs import frozen

from interlock.core.observations import StopReason
from interlock.core.view import MarketView
from interlock.runner.amounts import plain
from interlock.runner.config.problems import printable
from interlock.runner.narrator import when
from interlock.runner.tally import Tally

_NO_BAR: Final = ", none ever came: `interlock check` looks at the data"


@frozen(kw_only=True)
class RunFacts:
    """What is known about a run beside its records.

    ``stopped_by`` names the signal, where it was one; ``went_on`` says that the journal is older than the run.
    """

    run_id: str
    mode: str
    account: str
    currency: str
    config_digest: str
    journal: str
    log: str
    log_events_lost: int = 0
    cycles: int
    elapsed_seconds: float
    stop_reason: StopReason
    stopped_by: str | None = None
    went_on: bool = False

    @property
    def books_hold(self) -> bool:
        """Whether the state can be believed: after a fault of the fold nobody knows what it adds up to."""
        return self.stop_reason is not StopReason.STATE_UNTRUSTED


def as_data(facts: RunFacts, tally: Tally, view: MarketView) -> dict[str, Any]:
    """The summary as one JSON object, its keys always the same; money and quantities as strings.

    What the books say is null where they cannot be believed.
    """
    books = view.portfolio if facts.books_hold else None

    def amount(name: str) -> str | None:
        return plain(getattr(books, name)) if books is not None else None

    return {
        "run_id": facts.run_id,
        "mode": facts.mode,
        "account": facts.account,
        "config_digest": facts.config_digest,
        "cycles": facts.cycles,
        "cycles_missed": tally.cycles_missed,
        "bars": tally.bars,
        "refused_rows": tally.refused_rows,
        "decisions": tally.decisions,
        "denials": dict(sorted(tally.denials.items())),
        "orders": tally.orders,
        "fills": tally.fills,
        "position": {view.instrument.symbol: amount("position")},
        "cash": amount("cash"),
        "equity": amount("equity"),
        "realised_pnl": amount("realised_pnl"),
        "fees": amount("fees"),
        "trading_state": view.trading_state.value,
        "stop_reason": facts.stop_reason.value,
        "journal": facts.journal,
        "log": facts.log,
        "elapsed_seconds": round(facts.elapsed_seconds, 3),
        "bars_per_second": round(tally.bars / facts.elapsed_seconds, 1) if facts.elapsed_seconds else None,
    }


def as_text(facts: RunFacts, tally: Tally, view: MarketView) -> str:
    """The summary for people."""
    by = f" ({facts.stopped_by})" if facts.stopped_by is not None else ""
    rows: list[tuple[str, str]] = [
        ("stopped", f"{facts.stop_reason.value}{by} after {facts.elapsed_seconds:.1f} s"),
        ("mode", f"{facts.mode}, account {facts.account}"),
        ("bars", f"{tally.bars:,}" + (f" until {when(view.bar.ts_event)}" if view.has_bar else _NO_BAR)),
        ("refused rows", f"{tally.refused_rows:,}"),
    ]
    if facts.went_on:
        rows.insert(2, ("counted", "in this run; position, cash and profit and loss are since the journal began"))
    if tally.cycles_missed:
        rows.append(("cycles left out", f"{tally.cycles_missed:,} (a cycle took longer than the interval)"))
    rows += [("decisions", f"{sum(tally.reasons.values()):,}")]
    counted = tally.reasons.most_common()
    rows += [("", f"{count:>7,}  {outcome:<9} {printable(code)}") for (outcome, code), count in counted]
    if tally.denials_by_rule:
        rows += [("denials by rule", "(one order may be denied by several)")]
        rows += [("", f"{count:>7,}  {rule}") for rule, count in tally.denials_by_rule.most_common()]
    working = len(view.working_orders)
    rows += [("orders", f"{tally.orders:,}, fills {tally.fills:,}" + (f", {working} still working" if working else ""))]
    rows += _books(facts, tally, view)
    rows += [
        ("trading", view.trading_state.value + (f" ({view.trading_state_code})" if view.trading_state_code else "")),
        ("journal", facts.journal + _journal_note(facts)),
        ("log", facts.log + (f" ({facts.log_events_lost} events are missing)" if facts.log_events_lost else "")),
    ]
    return "\n".join(f"{name:<16}{value}" for name, value in rows)


def _books(facts: RunFacts, tally: Tally, view: MarketView) -> list[tuple[str, str]]:
    if not facts.books_hold:
        return [("books", "not to be believed: the next start folds the journal again")]
    books = view.portfolio
    return [
        ("position", f"{plain(books.position)} {view.instrument.symbol}"),
        ("cash", f"{plain(books.cash)} {facts.currency}"),
        ("equity", f"{plain(books.equity)} {facts.currency}"),
        (
            "profit and loss",
            f"{plain(books.realised_pnl)} realised, {plain(books.unrealised_pnl)} unrealised, "
            f"{plain(books.fees)} fees, {plain(tally.slippage)} slippage "
            + ("in this run (in the prices)" if facts.went_on else "(in the prices)"),
        ),
    ]


def _journal_note(facts: RunFacts) -> str:
    """After a fault of the journal this page may tell of more than was kept."""
    if facts.stop_reason is not StopReason.JOURNAL_FAULT:
        return ""
    return " (it may end before what is told here: the next start goes on from what it holds)"
