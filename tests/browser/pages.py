"""The pages that are opened: each is made by the command, from a journal that a run has written."""

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.commands import Command, OperatorCommand
from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.market import Bar, Instrument, RefusedRow
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened, RunStarted
from interlock.core.origins import Origin, OriginSource
from interlock.core.records import Record, TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.runner.main import run

ROOT: Final = Path(__file__).parents[2]
# At most 64 characters, as for a symbol; what it does, were it taken for HTML, would be seen.
HOSTILE: Final = "</script><img src=x onerror=\"document.title='owned'\"><!--"
BEGIN: Final = datetime(2020, 1, 1, tzinfo=UTC)
A_MINUTE: Final = timedelta(minutes=1)


def example(folder: Path) -> Path:
    """Of the example of the README."""
    examples = shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("state"))
    config = str(examples / "aapl.toml")
    page = folder / "aapl.html"
    _done("run", "-c", config)
    _done("report", "-c", config, "-o", str(page))
    return page


def of_records(folder: Path, records: list[Record]) -> Path:
    """Of a journal with these records."""
    journal = folder / "journal.sqlite3"
    folder.chmod(0o700)
    writer = SqliteJournal(journal)
    writer.append(records)
    writer.close()
    page = folder / "page.html"
    _done("report", str(journal), "-o", str(page))
    return page


def _done(*args: str) -> None:
    """Run the command. What it says is said only where it fails."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = run(args)
    if code:
        raise RuntimeError(f"interlock {args[0]} ended with exit code {code}: {said.getvalue()}")


def opening(symbol: str = "TEST", account: str = "demo", configuration: str = "{}") -> list[Record]:
    """How a journal begins."""
    instrument = Instrument(symbol=symbol, tick_size=Decimal("0.01"), lot_size=Decimal(1), calendar="24/7")
    opened = JournalOpened(
        journal_id="hostile",
        mode=RunMode.SIM,
        account=account,
        currency="USD",
        opening_cash=Decimal(1000),
        instrument=instrument,
        interval_seconds=60,
    )
    started = RunStarted(
        run_id="run-1",
        started_at=BEGIN,
        build=account,
        config_digest="sha256:0",
        configuration=configuration,
        feed=account,
        origins=(
            Origin(source=OriginSource.FILE, name=account, keys={"account": 1}),
            Origin(source=OriginSource.COMMAND_LINE, name=symbol, keys={f'"{symbol}".x': None}),
        ),
    )
    return [Record(ts_init=BEGIN, observation=opened), Record(ts_init=BEGIN, observation=started)]


def bar(number: int, symbol: str = "TEST", code: str = "OBSERVING") -> Record:
    """A bar that goes up and down, and a decision to do nothing."""
    close = Decimal(10_000 + (number * 7_919) % 500) / 100
    at = BEGIN + (number + 1) * A_MINUTE
    seen = Bar(
        instrument=symbol, ts_event=at, open=close, high=close + 1, low=close - 1, close=close, volume=Decimal(100)
    )
    decision = Decision(outcome=Outcome.NO_ACTION, code=code, proposal=NoAction(code=code, numbers={code: code}))
    return Record(ts_init=at, observation=seen, decision=decision)


def hostile(folder: Path, text: str = HOSTILE) -> Path:
    """Of a journal in which everything that can be text is ``text``."""
    at = BEGIN + 30 * A_MINUTE
    halted = TradingStateChanged(state=TradingState.HALTED, code=text, numbers={"by": text, "reason": text})
    asked = OperatorCommand(command=Command.HALT, reason=text, by=text)
    records = [
        *opening(text, text, json.dumps({"account": text, text: {"x": text}})),
        *(bar(number, text, text) for number in range(20)),
        Record(ts_init=at, observation=RefusedRow(source=text, line=1, field=text, value=text, rule=text)),
        Record(ts_init=at, observation=asked, events=(halted,), correlation_id=text, causation_id=text),
        *(bar(number, text, f"{text}.2") for number in range(30, 50)),
    ]
    return of_records(folder, records)


def long(folder: Path, bars: int) -> Path:
    """Of so many bars of one minute, with one price far above and one far below all others."""
    records = opening() + [bar(number) for number in range(bars)]
    for place, price in ((bars // 3, Decimal(900)), (bars // 2, Decimal(1))):
        record = records[place]
        seen = record.observation
        if isinstance(seen, Bar):
            high, low = max(seen.high, price), min(seen.low, price)
            changed = Bar(
                instrument=seen.instrument, ts_event=seen.ts_event, open=seen.open, high=high, low=low,
                close=seen.close, volume=seen.volume,
            )  # fmt: skip
            records[place] = Record(ts_init=record.ts_init, observation=changed, decision=record.decision)
    return of_records(folder, records)
