"""Where records go after the journal: the tally, the log and the console. None of them can change anything."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from attrs import Factory, define

from interlock.core.decision import Outcome
from interlock.core.explain import numbers_of, why
from interlock.core.market import Bar, RefusedRow, Silence
from interlock.core.observations import (
    ConfigurationChanged,
    ConsoleObservation,
    CycleOverran,
    FaultObserved,
    JournalResumed,
    LastEnd,
    RunStarted,
    RunStopped,
    SessionRolled,
)
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderRejected, OrderUnknown
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.alerts import Alerts
from interlock.runner.amounts import counted, plain
from interlock.runner.domain_clock import NO_BAR_AT
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator, when
from interlock.runner.repetition import faults_of, same_reason
from interlock.runner.restriction import Restriction
from interlock.runner.tally import Tally

_QUIET: Final = frozenset({Bar, Silence, SessionRolled})
# How bad it is that such a thing came in, where that is more than INFO.
_LEVELS: Final[Mapping[type, int]] = {
    RefusedRow: logging.WARNING,
    OrderRejected: logging.WARNING,
    OrderUnknown: logging.WARNING,
    CycleOverran: logging.WARNING,
    ConfigurationChanged: logging.WARNING,
    # What people do to a run is never routine.
    **dict.fromkeys(get_args(ConsoleObservation), logging.WARNING),
    FaultObserved: logging.ERROR,
}
# Bound once: it is asked for at every record.
_NO_ACTION: Final = Outcome.NO_ACTION


# mutable: it counts
@define
class Reporter:
    """Tells of each record, in order. ``seq`` is the journal's number of the record told last."""

    tally: Tally
    log: EventLog
    narrator: Narrator
    view: MarketView
    verbose: bool
    seq: int = -1
    cycle: int = 0
    # What an earlier run left: a halt that is in force already is not told as if it were new.
    restriction: Restriction = Factory(Restriction)
    # The record that made trading what it is; at the latest the last one of an earlier run, where that did.
    restricted_at: int = Factory(lambda self: self.seq, takes_self=True)
    # Who is told of what needs a person; nobody before the run has begun.
    alerts: Alerts | None = None
    _last: Record | None = None
    _console_lost: bool = False

    def records(self, records: Sequence[Record]) -> None:
        """One batch, as the journal got it."""
        self.cycle += 1
        for record in records:
            self.seq += 1
            self.tally.count(record)
            decision = record.decision
            if decision is not None:
                self._last = record
                quiet = decision.outcome is _NO_ACTION and not record.events
            else:
                quiet = type(record.observation) in _QUIET and not record.events
            # Nearly every record is a bar with nothing to do about it: nothing is formatted that nobody reads.
            if quiet and not self.verbose:
                continue
            idle = quiet and decision is not None
            words = why(record)
            remedy = ""
            if self.restriction.changed_by(record):
                self.restricted_at, remedy = self.seq, self.restriction.remedy
            self._write(record, words, logging.DEBUG if idle else _level(record), remedy)
            dated = self.view.has_bar or record.ts_init.date() != NO_BAR_AT.date()
            self.narrator.tell(record, words, remedy=remedy, dated=dated)
            if self.alerts is not None:
                self.alerts.see(record, self.seq)
        if self.narrator.is_lost and not self._console_lost:
            self._console_lost = True
            self.failed("ConsoleLost", "nobody reads the console any more: the run goes on, and the log tells it")

    def failed(self, event: str, why: str, data: dict[str, object] | None = None) -> None:
        """Something went wrong that is no record, or that no record can be kept of."""
        self.log.write(logging.CRITICAL, event, {"seq": self.seq, "cycle": self.cycle, "why": why, "data": data})

    def stands(self, items: int) -> None:
        """Say that so many items in a row brought no bar, and what that means for the run."""
        text = (
            f"{counted(items, 'item')} of the market data in a row and no new bar: from here on each is waited for, "
            "until a bar comes. Does the source repeat itself? Ctrl-C ends the run"
        )
        self.narrator.say(text, "denied")
        self.log.write(logging.WARNING, "FeedStands", {"seq": self.seq, "cycle": self.cycle, "why": text})

    def _write(self, record: Record, words: str, level: int, remedy: str) -> None:
        if not self.log.wants(level):
            return
        decision = record.decision
        data = _data(record)
        if remedy:
            data["remedy"] = remedy
        self.log.write(
            level,
            record.kind,
            {
                "seq": self.seq,
                "cycle": self.cycle,
                "instrument": self.view.instrument.symbol,
                "code": decision.code if decision is not None else _code(record),
                "why": words,
                "correlation_id": record.correlation_id,
                "causation_id": record.causation_id,
                "data": data,
            },
        )

    def heartbeat(self) -> None:
        """Say that the run is alive, and why it is idle."""
        text = self._alive()
        self.narrator.say(text, "quiet")
        state = self.view.trading_state.value
        fields: dict[str, object] = {"seq": self.seq, "cycle": self.cycle, "why": text, "code": state}
        held = self.tally.held
        if held is not None:
            fields["data"] = {"reason": held.code, "cycles": held.cycles, "since": held.since.isoformat()}
        self.log.write(logging.INFO, "heartbeat", fields)

    def _alive(self) -> str:
        view = self.view
        if not view.has_bar:
            return "alive: no bar has come yet, so there is nothing to decide on"
        state = view.trading_state
        held = "" if state is TradingState.ACTIVE else f"; trading is {state.value} ({view.trading_state_code})"
        last = self._last
        idle = f"; {when(last.ts_init)} {why(last)}" if last is not None else "; nothing was decided in this run yet"
        reason = self.tally.held
        if reason is not None and reason.cycles > 1:
            idle += f"; {same_reason(reason.cycles, 'cycle', when(reason.since))}"
        bars = counted(self.tally.bars, "bar")
        return f"alive: {bars}, position {plain(view.position)}, equity {plain(view.equity)}{held}{idle}"


def _level(record: Record) -> int:
    for event in record.events:
        if isinstance(event, TradingStateChanged):
            return logging.CRITICAL if event.state is TradingState.HALTED else logging.ERROR
    observation, decision = record.observation, record.decision
    if isinstance(observation, JournalResumed):
        return logging.INFO if observation.ended is LastEnd.CLEAN else logging.WARNING
    denied = decision is not None and decision.outcome in (Outcome.DENIED, Outcome.ERROR)
    return max(_LEVELS.get(type(observation), logging.INFO), logging.WARNING if denied else logging.INFO)


def _code(record: Record) -> str | None:
    if isinstance(record.observation, RunStopped):
        return record.observation.reason.value
    if isinstance(record.observation, JournalResumed):
        return record.observation.ended.value
    for part in (*record.events, record.observation):
        code: str | None = getattr(part, "code", None)
        if code:
            return code
    return None


def _data(record: Record) -> dict[str, object]:
    """The numbers behind the words. A fault's trace goes here and nowhere else: it holds places, no messages."""
    data: dict[str, object] = {"ts_init": record.ts_init.isoformat()}
    numbers = numbers_of(record)
    if numbers:
        data["numbers"] = {name: _text(value) for name, value in numbers.items()}
    if record.decision is not None and record.decision.findings:
        data["findings"] = [
            {"rule": each.rule, "code": each.code, "observed": _text(each.observed), "limit": _text(each.limit)}
            for each in record.decision.findings
        ]
    if isinstance(record.observation, RunStarted):
        started = record.observation
        data.update({"build": started.build, "config_digest": started.config_digest, "feed": started.feed})
    traces = [fault.trace for fault in faults_of(record) if fault.trace]
    if traces:
        data["trace"] = traces
    return data


def _text(value: object) -> str | None:
    return None if value is None else str(value)
