"""The whole journal, read once from its first record to its last: everything that the page shows."""

from collections import Counter, deque
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeGuard

from attrs import Factory, define, field, frozen
from attrs import evolve as changed

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.evolve import evolve, observe
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.market import Bar, RefusedRow
from interlock.core.observations import ChangedSetting, ConfigurationChanged, JournalOpened, RunStarted, RunStopped
from interlock.core.ports.journal import Head
from interlock.core.reasons import told
from interlock.core.records import Event, Record, TradingStateChanged, TradingStateReleased
from interlock.core.reports import OrderFilled
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.core.values import NO_NUMBERS, ZERO, plus
from interlock.runner.asking.stood import unfoldable
from interlock.runner.config.problems import path_text
from interlock.runner.report.idle import idle_code, is_session
from interlock.runner.report.marks import Marks
from interlock.runner.report.reasons import Reasons
from interlock.runner.report.rows import Rows
from interlock.runner.report.series import Series

REFUSED_MAX: Final = 200
CHANGES_MAX: Final = 500


# mutable: its end is learnt later
@define(kw_only=True)
class Run:
    """One run: from record ``seq`` on."""

    seq: int
    started: RunStarted
    stopped: RunStopped | None = None


@frozen(kw_only=True)
class Change:
    """From record ``seq`` on trading was ``state``, because of ``code``, which is empty where nothing restricts it.

    ``told`` is the code with its sentence, behind that of the release, where a person released what was before.
    """

    seq: int
    at: datetime
    state: TradingState
    code: str
    told: str


@frozen(kw_only=True)
class Refused:
    """A row that could not become a bar."""

    seq: int
    row: RefusedRow


# mutable: it grows as records are read
@define(kw_only=True)
class Reading:
    """A journal up to ``head``. Bounded but for what is drawn, which takes some eighty bytes a bar."""

    head: Head
    state: State = field(factory=lambda: initial_state(lookback=1))
    opened: JournalOpened | None = None
    first_at: datetime | None = None
    series: Series = Factory(Series)
    marks: Marks = Factory(Marks)
    reasons: Reasons = Factory(Reasons)
    rows: Rows = Factory(Rows)
    runs: list[Run] = Factory(list)
    settings: list[tuple[int, ChangedSetting]] = Factory(list)
    changes: "deque[Change]" = Factory(lambda: deque(maxlen=CHANGES_MAX))
    changes_seen: int = 0
    refused: list[Refused] = Factory(list)
    refused_by_rule: Counter[str] = Factory(Counter)
    fills: Counter[str] = Factory(Counter)
    slippage: Decimal = ZERO

    def take_row(self, row: Row) -> None:
        """The record of ``row``, which follows the last one taken. Raises ``JournalUnavailable`` for a damaged one."""
        seq, kind, body, _ = row
        if is_session(kind, body):
            observe(self.state, *decode_observation(kind, body))
            return
        code = idle_code(kind, body)
        if code is None or not self.rows.goes_on(code) or not self.reasons.knows(code):
            self.take(seq, decode(kind, body))
            return
        # Most records are of this kind, and to read all of each takes four times as long.
        observation, now = decode_observation(kind, body)
        observe(self.state, observation, now)
        if isinstance(observation, Bar):
            self.series.add(observation, self.state)
        self.reasons.again(code, seq, now, len(self.series) - 1)
        self.rows.again(seq, now)

    def take(self, seq: int, record: Record) -> None:
        """Record ``seq``, which follows the last one taken."""
        evolve(self.state, record)
        observation = record.observation
        if self.first_at is None:
            self.first_at = record.ts_init
        if isinstance(observation, Bar):
            self.series.add(observation, self.state)
        else:
            self._note(seq, record)
        self.marks.take(seq, record, self.state)
        self.reasons.take(seq, record, len(self.series) - 1)
        self.rows.take(seq, record)
        self._see_trading_state(seq, record)

    def _note(self, seq: int, record: Record) -> None:
        match record.observation:
            case JournalOpened() as opened:
                self.opened = opened
            case RunStarted() as started:
                self.runs.append(Run(seq=seq, started=self._spared(started)))
            case RunStopped() as stopped if self.runs:
                self.runs[-1].stopped = stopped
            case ConfigurationChanged(changes=changes):
                self.settings += [(seq, change) for change in changes]
            case RefusedRow() as row:
                self.refused_by_rule[row.rule] += 1
                if len(self.refused) < REFUSED_MAX:
                    self.refused.append(Refused(seq=seq, row=row))
            case OrderFilled() as fill:
                self.fills[fill.basis.value] += 1
                self.slippage = plus(self.slippage, fill.slippage)
            case _:
                return

    def _spared(self, started: RunStarted) -> RunStarted:
        """``started``; what it repeats of the run before is kept once: a journal may hold thousands of runs."""
        last = self.runs[-1].started if self.runs else started
        if (started.configuration, started.origins) != (last.configuration, last.origins):
            return started
        return changed(started, configuration=last.configuration, origins=last.origins)

    def _see_trading_state(self, seq: int, record: Record) -> None:
        now = self.state.trading_state, self.state.trading_state_code
        last = self.changes[-1] if self.changes else None
        if last is None or (last.state, last.code) != now:
            numbers = next((event.numbers for event in record.events if _restricts(event, now[1])), NO_NUMBERS)
            said = [told(each.code, each.numbers) for each in record.events if isinstance(each, TradingStateReleased)]
            said += [told(now[1], numbers)] if now[1] else []
            because = "; ".join(said)
            self.changes.append(Change(seq=seq, at=record.ts_init, state=now[0], code=now[1], told=because))
            self.changes_seen += 1


def _restricts(event: Event, code: str) -> TypeGuard[TradingStateChanged]:
    return isinstance(event, TradingStateChanged) and event.code == code


def read(rows: SearchedJournal) -> Reading:
    """Read the journal up to the record that is the last one now, each held against the chain.

    Raises ``ConfigurationError`` where it holds nothing yet, ``JournalUnavailable`` where it is damaged.
    """
    last_seq = rows.last_seq()
    last = rows.at(last_seq)
    if last is None:
        raise ConfigurationError(
            f"{path_text(rows.path)} holds no record yet: there is nothing to report; `interlock run` writes the first"
        )
    reading = Reading(head=Head(seq=last_seq, hash=last[3]))
    # A writer may go on meanwhile: what it adds is another report's.
    for row in rows.checked(last_seq):
        try:
            reading.take_row(row)
        except JournalUnavailable as error:
            raise JournalUnavailable(f"record {row[0]} cannot be read: {error}") from error
        except Exception as error:
            raise unfoldable(row[0], error) from error
    return reading
