"""The composition root: the only place that puts adapters behind ports, by run mode."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from interlock.adapters.calendar.by_code import calendar_within
from interlock.adapters.clock.system import SystemClock
from interlock.adapters.execution.gate import GatedVenue, Guard
from interlock.adapters.execution.masked import MaskedVenue
from interlock.adapters.execution.on_worker import OnWorker as VenueOnWorker
from interlock.adapters.execution.refusing import RefusingVenue
from interlock.adapters.market_data.masked import MaskedFeed
from interlock.adapters.market_data.on_worker import OnWorker as FeedOnWorker
from interlock.adapters.market_data.paced import PacedFeed
from interlock.adapters.market_data.splits import WithSplits
from interlock.core.cycle import Parts
from interlock.core.faults import InterlockError
from interlock.core.modes import RunMode
from interlock.core.ports import Calendar, Clock, ExecutionPort, Journal, MarketDataPort, RiskPolicy, Strategy
from interlock.runner.components import BrokenPlugin, Kind
from interlock.runner.config.load import JOURNAL_NAME, Loaded
from interlock.runner.config.problems import ConfigurationProblems
from interlock.runner.config.split_days import split_problems
from interlock.runner.credentials import NO_CREDENTIALS, Credentials
from interlock.runner.deciding import component_of, policy_of, rules_of, strategy_of
from interlock.runner.domain_clock import DomainClock, domain_clock
from interlock.runner.kill_switch import guard_of
from interlock.runner.live.conditions import is_live, missing, must_be_of_mode
from interlock.runner.live.guards import LiveGuards

if TYPE_CHECKING:
    import punq

# How far the session calendar reaches. Fixed, so that two runs see the same sessions; an order decided at the last
# known close has no session to execute in and is denied.
CALENDAR_START: Final = date(1990, 1, 1)
CALENDAR_YEARS_AHEAD: Final = 1

# Nothing leaves the process in SIM, so records may wait for one another: one commit for this many. More than come
# between two snapshots, each of which commits what waits: so there is one commit of records for each, and no second.
GROUP_RECORDS: Final = 2_500


class Wiring:
    """Builds each part once, when it is asked for, from the loaded configuration."""

    def __init__(
        self,
        loaded: Loaded,
        feed: MarketDataPort | None = None,
        clock: Clock | None = None,
        credentials: Credentials = NO_CREDENTIALS,
    ) -> None:
        self._loaded = loaded
        self._handed_in = feed
        self._credentials = credentials
        # One for the whole run, whatever else is built anew: a stop wakes this one.
        self.clock: Clock = clock if clock is not None else SystemClock()
        self._config = loaded.config
        # What is asked again in LIVE before an order leaves; None in every other mode.
        self.live: LiveGuards | None = None
        if self._config.run_mode is RunMode.LIVE:
            lacking = frozenset(each.condition for each in missing(loaded, flag=None))
            self.live = LiveGuards(loaded.state_folder, self.clock, lacking)
        self._workers: list[FeedOnWorker | VenueOnWorker] = []

    def container(self) -> "punq.Container":
        """Every port with its adapter for this run mode."""
        # Here, because a check wants the data alone and should not wait for the rest.
        import punq

        container = punq.Container()
        once = punq.Scope.singleton
        container.register(Clock, instance=self.clock)
        container.register(Calendar, factory=self.calendar, scope=once)
        container.register(Strategy, factory=self._strategy, scope=once)
        container.register(ExecutionPort, factory=self.gated, scope=once)
        container.register(MarketDataPort, factory=lambda: self.feed(container.resolve(Calendar)), scope=once)
        container.register(Journal, factory=self._journal, scope=once)
        container.register(RiskPolicy, factory=lambda: self._policy(container.resolve(ExecutionPort)), scope=once)
        container.register(Parts, factory=lambda: self._parts(container), scope=once)
        return container

    @property
    def journal_path(self) -> Path:
        """Where this run's journal lies."""
        return self._loaded.state_folder / JOURNAL_NAME

    @property
    def log_path(self) -> Path:
        """Where this run's log lies."""
        return self._loaded.log_path

    @property
    def answers(self) -> int:
        """How many calls of adapters have returned in time: a cycle in which this grows does not hang."""
        return sum(worker.returned for worker in self._workers)

    def bounded(self, venue: ExecutionPort) -> ExecutionPort:
        """``venue``, outside SIM on a worker of its own where it talks to the world."""
        if self._config.run_mode is RunMode.SIM or not venue.is_io:
            return venue
        worker = VenueOnWorker(venue, float(self._config.loop.adapter_seconds))
        self._workers.append(worker)
        return worker

    def _bounded_feed(self, feed: MarketDataPort) -> MarketDataPort:
        if self._config.run_mode is RunMode.SIM or not feed.is_io:
            return feed
        worker = FeedOnWorker(feed, float(self._config.loop.adapter_seconds))
        self._workers.append(worker)
        return worker

    def _journal(self) -> Journal:
        from interlock.adapters.journal.sqlite import SqliteJournal

        journal = SqliteJournal(self.journal_path, group=GROUP_RECORDS)
        return self.live.witnessed(journal) if self.live is not None else journal

    def calendar(self) -> Calendar:
        """The sessions of the instrument's market."""
        return calendar_within(self._config.instrument.calendar, CALENDAR_START, _calendar_end())

    def _strategy(self) -> Strategy:
        return strategy_of(self._loaded)

    def _policy(self, execution: ExecutionPort) -> RiskPolicy:
        return policy_of(self._loaded, execution.fees)

    def gated(self) -> ExecutionPort:
        """The venue of this run mode, behind the gate. Whatever else wraps it stands inside: nothing leaves past it."""
        return GatedVenue(_EXECUTION[self._config.run_mode](self), self._guards())

    def _guards(self) -> tuple[Guard, ...]:
        """Who is asked again right before an order leaves, in every mode."""
        more = self.live.guards if self.live is not None else ()
        return (guard_of(self._loaded.state_folder), *more)

    @property
    def execution_class(self) -> type[Any]:
        """The class of the configured venue. It is not made by asking."""
        return component_of(self._loaded, Kind.EXECUTION, self._config.execution.adapter).cls

    def venue(self) -> ExecutionPort:
        """The configured venue: a simulated one in SIM and PAPER, a live one in LIVE."""
        execution = self._config.execution
        component = component_of(self._loaded, Kind.EXECUTION, execution.adapter)
        cls: Any = component.cls
        must_be_of_mode(cls, self._config.run_mode, f"execution.adapter: {execution.adapter}")
        try:
            given = self._credentials.given(component)
            venue: ExecutionPort = cls.from_options(execution.options, instrument=self._config.instrument, **given)
        except InterlockError:
            raise
        except Exception as error:
            who = f"{component.plugin or 'interlock'}, {cls.__module__}:{cls.__qualname__}"
            raise BrokenPlugin(
                f"execution.adapter: {component.name} cannot be made ({who}): its from_options raised "
                f"{type(error).__name__}"
            ) from error
        return self.bounded(MaskedVenue(venue) if self._credentials else venue)

    def feed(self, calendar: Calendar) -> MarketDataPort:
        """The configured source, with the declared splits put where they belong. Not opened yet."""
        if self._handed_in is not None:
            return self._handed_in
        splits = self._config.instrument.splits
        if splits and (problems := split_problems(self._loaded, calendar, CALENDAR_START, _calendar_end())):
            raise ConfigurationProblems(problems)
        settings = self._config.market_data
        component = component_of(self._loaded, Kind.MARKET_DATA, settings.adapter)
        cls: Any = component.cls
        must_be_of_mode(cls, self._config.run_mode, f"market_data.adapter: {settings.adapter}")
        feed: MarketDataPort = cls.from_options(
            settings.options,
            instrument=self._config.instrument,
            calendar=calendar,
            interval=settings.interval,
            folder=self._loaded.resolve(""),
            **self._credentials.given(component),
        )
        if self._credentials:
            feed = MaskedFeed(feed)
        if feed.is_live:
            horizons = [rule.horizon.bars for rule in rules_of(self._loaded)]
            feed.prepare(lookback=max([self._strategy().lookback, *horizons]))
        feed = self._bounded_feed(feed)
        return WithSplits(feed, self._config.instrument, calendar) if splits else feed

    def _parts(self, container: "punq.Container") -> Parts:
        return Parts(
            strategy=container.resolve(Strategy),
            policy=container.resolve(RiskPolicy),
            execution=container.resolve(ExecutionPort),
            journal=container.resolve(Journal),
            calendar=container.resolve(Calendar),
            refused_rows_max_share=self._config.market_data.refused_rows_max_share,
        )

    def domain_clock(self, operational: Clock, calendar: Calendar, resumed_at: datetime | None) -> DomainClock:
        """The clock that stamps this run's decisions."""
        return domain_clock(self._loaded, operational, lambda: self.feed(calendar), resumed_at)

    def paced(self, feed: MarketDataPort, domain: DomainClock) -> MarketDataPort:
        """Where recorded data is replayed, bars wait until the domain clock has reached them."""
        return PacedFeed(feed, domain.clock) if domain.replays else feed


def _calendar_end() -> date:
    return date(datetime.now(UTC).year + CALENDAR_YEARS_AHEAD, 12, 31)


def _configured(wiring: Wiring) -> ExecutionPort:
    return wiring.venue()


def _live(wiring: Wiring) -> ExecutionPort:
    # Never the paper venue: what looks as if it traded is worse than what refuses.
    return wiring.venue() if is_live(wiring.execution_class) else RefusingVenue()


# Which venue stands behind the one door. No live one is named here: it has to be installed.
_EXECUTION: Final[dict[RunMode, Callable[[Wiring], ExecutionPort]]] = {
    RunMode.SIM: _configured,
    RunMode.PAPER: _configured,
    RunMode.LIVE: _live,
}
