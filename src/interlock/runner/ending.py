"""How a run ends: what it came to, recorded as far as it still can be, and with which exit code."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.modes import RunMode
from interlock.core.observations import RunStopped, StopReason
from interlock.core.ports import Journal
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.state import initial_state
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.alert_causes import INTERNAL_ERROR
from interlock.runner.amounts import counted
from interlock.runner.anchor import Anchor
from interlock.runner.config.load import Loaded
from interlock.runner.container import Wiring
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Loop, StateUntrusted
from interlock.runner.reporter import Reporter
from interlock.runner.summary import RunFacts, nothing_new
from interlock.runner.tally import Tally

# Halts that something of ours, or of a plugin, is to blame for. Any other halt tells of the data or of the venue.
FAULTS: Final = frozenset(
    {
        Reason.FAULT_IN_STRATEGY,
        Reason.FAULT_IN_RULE,
        Reason.FAULT_IN_ADAPTER,
        Reason.ADAPTER_LATE,
        Reason.FEED_OVERFLOW,
        Reason.FAULT_IN_DECIDE,
    }
)


def _nothing_to_do() -> None:
    """Nobody has to know that the cycles are over."""


@frozen(kw_only=True)
class Ended:
    """How a run ended: what to report, and with which exit code. ``error`` says why where it is not 0."""

    facts: RunFacts
    tally: Tally
    view: MarketView
    exit_code: ExitCode
    error: str | None = None


class Ending:
    """Runs the loop to its end and answers for it. ``at_stop`` is told when the last cycle is over."""

    def __init__(
        self,
        loaded: Loaded,
        wiring: Wiring,
        run_id: str,
        journal: Journal,
        *,
        went_on: bool,
        anchor: Anchor | None = None,
        at_stop: Callable[[], None] = _nothing_to_do,
    ) -> None:
        self._loaded = loaded
        self._wiring = wiring
        self._run_id = run_id
        self._journal = journal
        self._went_on = went_on
        self._anchor = anchor
        self._at_stop = at_stop

    def of(self, loop: Loop, reporter: Reporter, faults_max: int) -> Ended:
        """The run and its end, as below; whatever nobody foresaw leaves word of itself for the next start."""
        try:
            return self._of(loop, reporter, faults_max)
        except BaseException as error:
            fault = Fault.of(error, where="run")
            self._journal.leave_words(self._run_id, f"{fault.error} at {fault.place}")
            self._alert(reporter, INTERNAL_ERROR, f"{fault.error} at {fault.place} ended the run")
            raise

    def _of(self, loop: Loop, reporter: Reporter, faults_max: int) -> Ended:
        """The whole run of ``loop``, and its end. Whatever is a fault has a reason in words and in the log."""
        began = loop.clock.monotonic()
        error: str | None = None
        exit_code = ExitCode.DONE
        try:
            reason = loop.run()
            if reason is StopReason.FAULTS_EXCEEDED:
                exit_code = ExitCode.HALTED
                allowed = counted(faults_max, "fault")
                error = f"more than {allowed} in a row: the log holds where each was raised"
        except JournalUnavailable as unavailable:
            error = f"{unavailable}{self._called_back(loop)}"
            reason, exit_code = StopReason.JOURNAL_FAULT, ExitCode.JOURNAL
            reporter.failed("JournalUnavailable", error)
        except StateUntrusted as broken:
            reason, exit_code, error = StopReason.STATE_UNTRUSTED, ExitCode.HALTED, str(broken)
            reporter.failed("StateUntrusted", error, {"trace": [broken.fault.trace]})
        self._at_stop()
        elapsed = loop.clock.monotonic() - began
        unrecorded = self._record(loop, reporter, reason, error)
        if unrecorded is not None and reason is not StopReason.JOURNAL_FAULT:
            reporter.failed("JournalUnavailable", unrecorded)
            # A fault of the fold stays the first thing to look at; any other end is one that nobody can read of.
            exit_code = exit_code or ExitCode.JOURNAL
            error = f"{error}; {unrecorded}" if error is not None else unrecorded
        if nothing := nothing_new(reason, reporter.tally, reporter.view):
            reporter.narrator.say(nothing)
        self._alert(reporter, (StopReason.JOURNAL_FAULT if reason.is_clean else reason).value, error)
        if exit_code is ExitCode.DONE:
            exit_code, error = _adverse(reason, reporter)
        return Ended(
            facts=self._facts(reason, reporter, cycles=loop.cycles, elapsed=elapsed, stopped_by=loop.stop.asked_by),
            tally=reporter.tally,
            view=reporter.view,
            exit_code=exit_code,
            error=error,
        )

    def _called_back(self, loop: Loop) -> str:
        """What works is called back, also without a record; in SIM nothing works outside of this process."""
        if self._loaded.config.run_mode is RunMode.SIM:
            return ""
        asked, failed = loop.cycle.cancel_unrecorded(loop.domain.now())
        said = f"; without a record, the venue was asked to cancel {counted(asked, 'order')}" if asked else ""
        return said + f"; it could not be asked to cancel {counted(failed, 'order')}" * bool(failed)

    def _alert(self, reporter: Reporter, code: str, error: str | None) -> None:
        """The last that a person is told of this run; what is still on its way gets a moment to arrive."""
        if reporter.alerts is not None:
            if error is not None:
                reporter.alerts.ended(code, error, reporter.seq)
            reporter.alerts.finish()

    def before_the_start(self, elapsed: float, stopped_by: str | None) -> Ended:
        """A stop that came while the journal was still being read: nothing has begun, so nothing is recorded of it."""
        facts = self._facts(StopReason.SIGNAL, None, cycles=0, elapsed=elapsed, stopped_by=stopped_by)
        nothing = MarketView(initial_state(lookback=1), datetime.now(UTC))
        return Ended(facts=facts, tally=Tally(), view=nothing, exit_code=ExitCode.DONE)

    def _record(self, loop: Loop, reporter: Reporter, reason: StopReason, error: str | None) -> str | None:
        """Record the stop and close the journal. What keeps it from that, if anything."""
        stopped = RunStopped(run_id=self._run_id, stopped_at=datetime.now(UTC), reason=reason)
        try:
            if reason is StopReason.STATE_UNTRUSTED:
                # Not through the cycle: its state is the one that broke.
                record = Record(ts_init=loop.domain.now(), observation=stopped)
                self._journal.append((record,), durable=True)
                reporter.records([record])
            elif reason is not StopReason.JOURNAL_FAULT:
                reporter.records([loop.cycle.note(stopped, loop.domain.now())])
                loop.cycle.keep_snapshot(always=True)
            else:
                self._journal.leave_words(self._run_id, f"{reason.value}: {error}")
            head = self._journal.head() if reason is not StopReason.JOURNAL_FAULT else None
            self._journal.close()
        except JournalUnavailable as unavailable:
            # Where the stop itself is recorded, that counts, and not this.
            self._journal.leave_words(self._run_id, f"{error or reason.value}: {unavailable}")
            return str(unavailable)
        if self._anchor is not None and head is not None:
            # After the closing: everything is on disk, and nobody else who wants the journal waits for a command.
            self._anchor.finish(head)
        return None

    def _facts(
        self, reason: StopReason, reporter: Reporter | None, *, cycles: int, elapsed: float, stopped_by: str | None
    ) -> RunFacts:
        config = self._loaded.config
        return RunFacts(
            run_id=self._run_id,
            mode=config.run_mode.value,
            account=config.account,
            currency=config.currency,
            symbol=config.instrument.symbol,
            config_digest=self._loaded.digest,
            journal=str(self._wiring.journal_path),
            log=str(self._wiring.log_path),
            log_events_lost=reporter.log.lost if reporter is not None else 0,
            cycles=cycles,
            elapsed_seconds=elapsed,
            stop_reason=reason,
            stopped_by=stopped_by if reason is StopReason.SIGNAL else None,
            went_on=self._went_on,
            journal_read=reporter is not None,
            records_in_doubt=self._journal.in_doubt if reason is StopReason.JOURNAL_FAULT else 0,
            restricted=reporter.restriction.told if reporter is not None else "",
        )


def _adverse(reason: StopReason, reporter: Reporter) -> tuple[ExitCode, str | None]:
    """What a run came to that ended as it should: a script has to notice that trading is over, or never began."""
    view = reporter.view
    if view.trading_state is TradingState.HALTED:
        code = ExitCode.HALTED if view.trading_state_code in FAULTS else ExitCode.FINDING
        return code, f"trading ended {reporter.restriction.told}"
    if reason is StopReason.END_OF_DATA and not view.has_bar:
        return ExitCode.FINDING, "the data ended and not one bar came: `interlock check` looks at the data"
    return ExitCode.DONE, None
