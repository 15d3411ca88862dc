"""One run from start to stop: take up the journal, open the data, watch, and end, whatever the end is."""

import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.presence import can_be_there
from interlock.core.cycle import Cycle, Parts
from interlock.core.explain_runs import change_told
from interlock.core.faults import AdapterUnavailable, Fault, InterlockError
from interlock.core.observations import RunStarted
from interlock.core.ports import Clock, Journal, MarketDataPort, RiskPolicy, Strategy
from interlock.runner import plugins
from interlock.runner.alerts import Alerts
from interlock.runner.amounts import seconds
from interlock.runner.anchor import Anchor
from interlock.runner.config.canonical import canonical
from interlock.runner.config.load import Loaded
from interlock.runner.container import Wiring
from interlock.runner.credentials import NO_CREDENTIALS, Credentials
from interlock.runner.domain_clock import DomainClock
from interlock.runner.ending import Ended, Ending
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.feed_notes import FeedNotes
from interlock.runner.live.attendant import attended
from interlock.runner.live.conditions import refusal
from interlock.runner.log_file import open_log
from interlock.runner.loop import Bounds, Loop, Watcher
from interlock.runner.narrator import Narrator
from interlock.runner.opening import as_recorded, journal_opened
from interlock.runner.operator_files import hearing
from interlock.runner.reading import Reading, StoppedWhileReading
from interlock.runner.reporter import Reporter
from interlock.runner.restriction import Restriction
from interlock.runner.resume import Earlier, read_earlier
from interlock.runner.stop import StopRequest, check_no_interrupt
from interlock.runner.tally import Tally
from interlock.runner.watchdog import Watchdog
from interlock.runner.watched import told_in, watch, watchdog_for


class RunSession:
    """One run of one configuration. ``run`` raises what keeps it from starting; later every end is an ``Ended``.

    ``stop`` ends it from outside, also before it has begun. ``feed`` and ``clock`` are a source and an operational
    clock handed in instead of the configured ones (tests and benches do that). ``live``: whether ``--live`` was said;
    ``credentials`` were read before it.
    """

    def __init__(
        self,
        loaded: Loaded,
        bounds: Bounds,
        narrator: Narrator,
        *,
        verbose: bool,
        feed: MarketDataPort | None = None,
        clock: Clock | None = None,
        live: bool = False,
        credentials: Credentials = NO_CREDENTIALS,
    ) -> None:
        refused = refusal(loaded, flag=live)
        if refused is not None:
            raise RefusedToStart(refused)
        self._loaded = loaded
        self._bounds = bounds
        self._narrator = narrator
        self._feed_notes = FeedNotes(narrator)
        self._verbose = verbose
        self._wiring = Wiring(loaded, feed, clock, credentials)
        self._parts = self._wiring.container()
        self._run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self.stop = StopRequest(self._wiring.clock)

    def run(self) -> Ended:
        """Start, run, stop."""
        began = self._wiring.clock.monotonic()
        try:
            earlier = self._take_up()
        except StoppedWhileReading:
            elapsed = self._wiring.clock.monotonic() - began
            return self._ending(went_on=True).before_the_start(elapsed, self.stop.asked_by)
        parts: Parts = self._parts.resolve(Parts)
        with closing(watchdog_for(self._loaded, parts.journal, self._run_id)) as watchdog:
            try:
                return self._run(parts, earlier, watchdog)
            finally:
                self._narrator.close()
                parts.execution.close()
                parts.journal.close()

    def _run(self, parts: Parts, earlier: Earlier | None, watchdog: Watchdog) -> Ended:
        domain, feed = self._open_data(parts, earlier)
        log = open_log(self._wiring.log_path, self._run_id, self._narrator, verbose=self._verbose)
        told_in(log, watchdog)
        try:
            self._feed_notes.write(log)
            cycle = Cycle(parts, earlier.state if earlier is not None else None)
            reporter = Reporter(
                tally=Tally(),
                log=log,
                narrator=self._narrator,
                view=cycle.view,
                verbose=self._verbose,
                seq=earlier.seq if earlier is not None else -1,
                restriction=earlier.restriction if earlier is not None else Restriction(),
            )
            self._begin(cycle, feed.describe(), domain, reporter, earlier)
            about = cycle.view.journal_id, self._wiring.clock, log, self._narrator
            config = self._loaded.config
            with closing(Alerts(config, *about)) as alerts, closing(Anchor(config, parts.journal, *about)) as anchor:
                alerts.begin(reporter.restriction, reporter.seq)
                reporter.alerts = alerts
                loop = self._loop(cycle, feed, domain, reporter, lambda: min(alerts.look(), anchor.look()))
                ending = self._ending(went_on=earlier is not None, anchor=anchor, at_stop=watchdog.stopping)
                watch(watchdog, loop, lambda: self._wiring.answers)
                ended = ending.of(loop, reporter, self._bounds.faults_max)
                self._feed_notes.last_look(feed, log)
                return ended
        finally:
            feed.close()
            log.close()

    def _ending(self, *, went_on: bool, **told: Any) -> Ending:
        journal: Journal = self._parts.resolve(Journal)
        return Ending(self._loaded, self._wiring, self._run_id, journal, went_on=went_on, **told)

    def _take_up(self) -> Earlier | None:
        """What an earlier run left, if this one goes on from there; otherwise it is put aside, and that is told."""
        path = self._wiring.journal_path
        if not can_be_there(path):
            return None
        strategy: Strategy = self._parts.resolve(Strategy)
        policy: RiskPolicy = self._parts.resolve(RiskPolicy)
        journal: Journal = self._parts.resolve(Journal)
        config = self._loaded.config
        head = journal.head()
        reading = Reading(self._narrator, self._wiring.clock, self.stop, head.seq + 1 if head is not None else 0)
        try:
            with reading as look:
                earlier = read_earlier(journal, strategy, policy, path, look)
            if earlier is None:
                return None
            because = earlier.put_aside_because(path, self._loaded.digest, config.run_mode, config.account)
            if because is None:
                earlier = earlier.under(canonical(config), path)
        except BaseException:
            # Whoever tries again in this process finds it free. Nothing was appended, so nothing is written by this.
            journal.close()
            raise
        if because is None:
            return earlier
        journal.close()
        self._narrator.say(f"the earlier journal {because}; it is kept as {archive(path)}", "quiet")
        self._parts = self._wiring.container()
        return None

    def _open_data(self, parts: Parts, earlier: Earlier | None) -> tuple[DomainClock, MarketDataPort]:
        """The data, open at the right place, and the clock that stamps decisions about it."""
        try:
            at = earlier.state.ts_init if earlier is not None else None
            domain = self._wiring.domain_clock(self._wiring.clock, parts.calendar, at)
            feed = self._wiring.paced(self._parts.resolve(MarketDataPort), domain)
            if earlier is None:
                feed.open()
            else:
                earlier.open_behind(feed, self._wiring.journal_path, lambda said: self._narrator.say(said, "quiet"))
            self._feed_notes.look(feed)
        except InterlockError:
            raise
        except BaseException as error:
            check_no_interrupt(error)
            fault = Fault.of(error, where="market_data")
            raise AdapterUnavailable(
                f"the market data could not be opened: the adapter raised {fault.error} at {fault.place}"
            ) from error
        return domain, feed

    def _begin(
        self, cycle: Cycle, described: str, domain: DomainClock, reporter: Reporter, earlier: Earlier | None
    ) -> None:
        """Open the journal with what it is a journal of, or go on with it; then this run begins."""
        config = self._loaded.config
        now = domain.clock.now()
        if earlier is None:
            journal: Journal = self._parts.resolve(Journal)
            for note in journal.notes:
                self._narrator.say(note, "quiet")
            reporter.records([cycle.open(journal_opened(self._loaded, described), now)])
        else:
            cycle.resume()
            self._narrator.say(earlier.told)
            if earlier.restriction.event is not None:
                self._narrator.say(f"trading is {earlier.restriction.told}", "halt")
            for change in earlier.changes:
                self._narrator.say(change_told(change), "denied" if change.loosens else "plain")
        before = earlier.boundaries if earlier is not None else []
        started = RunStarted(
            run_id=self._run_id,
            started_at=datetime.now(UTC),
            build=plugins.build(self._loaded.components),
            config_digest=self._loaded.digest,
            configuration=canonical(config),
            feed=described,
            origins=as_recorded(self._loaded.origins),
        )
        reporter.records(cycle.note_together([*before, started], now))
        self._parts.resolve(Journal).leave_words(self._run_id)

    def _loop(
        self, cycle: Cycle, feed: MarketDataPort, domain: DomainClock, reporter: Reporter, aside: Callable[[], float]
    ) -> Loop:
        bounds = self._bounds.paced(clock_runs=domain.runs, is_endless=feed.is_endless)
        if bounds.interval_seconds is not None:
            speed = self._loaded.config.market_data.replay_speed
            self._narrator.say(
                (f"{speed:f} s of data pass in one; " if domain.replays else "")
                + f"a look every {seconds(bounds.interval_seconds)}, "
                f"a sign of life every {seconds(bounds.heartbeat_seconds)}, and every decision with -v; Ctrl-C ends it",
                "quiet",
            )
        self._narrator.start_progress(feed.progress, self._loaded.config.instrument.symbol)
        journal: Journal = self._parts.resolve(Journal)
        watcher = Watcher(
            records=reporter.records,
            heartbeat=reporter.heartbeat,
            progress=lambda: self._narrator.update_progress(feed.progress()),
            # Nothing waits in memory while we sleep: another process reads what has happened.
            rest=journal.flush,
            stands=reporter.stands,
            aside=attended(self._wiring, self._loaded, cycle, reporter, aside),
        )
        return Loop(
            cycle=cycle,
            feed=feed,
            domain=domain.clock,
            advance=domain.advance,
            domain_runs=domain.runs,
            clock=self._wiring.clock,
            stop=self.stop,
            bounds=bounds,
            watcher=hearing(watcher, self._loaded.state_folder, self._wiring.clock, reporter),
        )
