"""What a run came to: one object for scripts, one page for people."""

from typing import Any, Final

from attrs import frozen

from interlock.core.observations import StopReason
from interlock.core.view import MarketView
from interlock.runner.amounts import counted, plain
from interlock.runner.config.problems import printable
from interlock.runner.narrator import when
from interlock.runner.tally import Tally

_NO_BAR: Final = ", none ever came: `interlock check` looks at the data"
# Nobody knows what the data would have held.
_NO_BAR_YET: Final = ", none had come yet when the run stopped"


@frozen(kw_only=True)
class RunFacts:
    """What is known about a run beside its records.

    ``stopped_by`` names the signal, where it was one; ``went_on`` says that the journal is older than the run;
    ``journal_read`` is False where a stop came before the journal was read to its end; ``records_in_doubt`` is how many
    of the last records the journal may not have kept; ``restricted`` says in one
    sentence what restricts trading, why, and what to do.
    """

    run_id: str
    mode: str
    account: str
    currency: str
    symbol: str
    config_digest: str
    journal: str
    log: str
    log_events_lost: int = 0
    cycles: int
    elapsed_seconds: float
    stop_reason: StopReason
    stopped_by: str | None = None
    went_on: bool = False
    journal_read: bool = True
    records_in_doubt: int = 0
    restricted: str = ""

    @property
    def books_hold(self) -> bool:
        """Whether the state can be believed: after a fault of the fold nobody knows what it adds up to."""
        return self.journal_read and self.stop_reason is not StopReason.STATE_UNTRUSTED


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
        "position": {facts.symbol: amount("position")},
        "cash": amount("cash"),
        "equity": amount("equity"),
        "realised_pnl": amount("realised_pnl"),
        "fees": amount("fees"),
        "trading_state": view.trading_state.value if facts.journal_read else None,
        "stop_reason": facts.stop_reason.value,
        "journal": facts.journal,
        "log": facts.log,
        "elapsed_seconds": round(facts.elapsed_seconds, 3),
        "bars_per_second": round(tally.bars / facts.elapsed_seconds, 1) if facts.elapsed_seconds else None,
    }


def as_text(facts: RunFacts, tally: Tally, view: MarketView) -> str:
    """The summary for people."""
    rows = _end(facts)
    if facts.journal_read:
        rows += [*_counts(facts, tally, view), *_books(facts, tally, view), ("trading", _trading(facts, view))]
    lost = f" ({counted(facts.log_events_lost, 'event')} missing)" if facts.log_events_lost else ""
    rows += [("journal", facts.journal + _journal_note(facts)), ("log", facts.log + lost)]
    return "\n".join(f"{name:<16}{value}" for name, value in rows)


def _end(facts: RunFacts) -> list[tuple[str, str]]:
    by = f" ({facts.stopped_by})" if facts.stopped_by is not None else ""
    return [
        ("stopped", f"{facts.stop_reason.value}{by} after {facts.elapsed_seconds:.1f} s"),
        ("mode", f"{facts.mode}, account {facts.account}"),
    ]


def _counts(facts: RunFacts, tally: Tally, view: MarketView) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if facts.went_on:
        rows += [("counted", "in this run; position, cash and profit and loss are since the journal began")]
    rows += [("bars", f"{tally.bars:,}{_until(facts, tally, view)}"), ("refused rows", f"{tally.refused_rows:,}")]
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
    return rows


def _until(facts: RunFacts, tally: Tally, view: MarketView) -> str:
    """Up to which bar."""
    if not view.has_bar:
        return _NO_BAR if facts.stop_reason is StopReason.END_OF_DATA else _NO_BAR_YET
    nothing = nothing_new(facts.stop_reason, tally, view)
    return f", {nothing}" if nothing else f" until {when(view.bar.ts_event)}"


def nothing_new(reason: StopReason, tally: Tally, view: MarketView) -> str:
    """``nothing new since ...`` where the data held nothing that an earlier run had not seen; otherwise empty."""
    found = tally.bars or tally.refused_rows
    if found or reason is not StopReason.END_OF_DATA or not view.has_bar:
        return ""
    return f"nothing new since {when(view.bar.ts_event)}"


def _trading(facts: RunFacts, view: MarketView) -> str:
    if facts.restricted:
        return f"ended {facts.restricted}"
    # Without a sentence where the journal failed over the very record that told of it.
    return view.trading_state.value + (f" ({view.trading_state_code})" if view.trading_state_code else "")


def _books(facts: RunFacts, tally: Tally, view: MarketView) -> list[tuple[str, str]]:
    if not facts.books_hold:
        return [("books", "not to be believed: the next start folds the journal again")]
    books = view.portfolio
    return [
        ("position", f"{plain(books.position)} {facts.symbol}"),
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
    """After a fault of the journal this page may tell of more than was kept; before it was read it tells of none."""
    if not facts.journal_read:
        return " (not read to its end, and not changed: the next start reads it again)"
    if facts.stop_reason is not StopReason.JOURNAL_FAULT:
        return ""
    doubt = counted(facts.records_in_doubt, "record")
    last = f", and the last {doubt} may not have been kept" if facts.records_in_doubt else ""
    return f" (it may end before what is told here{last}: the next start goes on from what it holds)"
