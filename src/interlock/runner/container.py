"""The composition root: the only place that puts adapters behind ports, by run mode."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from interlock.adapters.calendar.by_code import calendar_for
from interlock.adapters.clock.replay import ReplayClock
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.clock.system import SystemClock
from interlock.adapters.execution.refusing import RefusingVenue
from interlock.adapters.market_data.paced import PacedFeed
from interlock.adapters.market_data.splits import WithSplits
from interlock.core.cycle import Parts
from interlock.core.faults import InterlockError
from interlock.core.market import Bar, EndOfData
from interlock.core.modes import RunMode
from interlock.core.ports import Calendar, Clock, ExecutionPort, Journal, MarketDataPort, RiskPolicy, Strategy
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import RiskRule
from interlock.runner.components import BrokenPlugin, Component, Kind
from interlock.runner.config.load import Loaded
from interlock.runner.config.problems import ConfigurationProblems
from interlock.runner.config.split_days import split_problems

if TYPE_CHECKING:
    import punq

# How far the session calendar reaches. Fixed, so that two runs see the same sessions; an order decided at the last
# known close has no session to execute in and is denied.
CALENDAR_START: Final = date(1990, 1, 1)
CALENDAR_YEARS_AHEAD: Final = 1

JOURNAL_NAME: Final = "journal.sqlite3"
# Nothing leaves the process in SIM, so records may wait for one another: one commit for this many.
GROUP_RECORDS: Final = 2_000
# Where the data holds no bar the clock has nothing to begin at. Nobody is told this time: see the reporter.
NO_BAR_AT: Final = datetime.fromtimestamp(0, UTC)
# Looked through for the first bar's time, to start the replay clock there.
ITEMS_BEFORE_FIRST_BAR_MAX: Final = 10_000


@frozen(kw_only=True)
class DomainClock:
    """The clock that stamps decisions, and how data moves it (not at all where it runs by itself)."""

    clock: Clock
    advance: Callable[[datetime], None]
    runs: bool


class Wiring:
    """Builds each part once, when it is asked for, from the loaded configuration."""

    def __init__(self, loaded: Loaded, feed: MarketDataPort | None = None, clock: Clock | None = None) -> None:
        self._loaded = loaded
        self._handed_in = feed
        # One for the whole run, whatever else is built anew: a stop wakes this one.
        self.clock: Clock = clock if clock is not None else SystemClock()
        self._config = loaded.config

    def container(self) -> "punq.Container":
        """Every port with its adapter for this run mode."""
        # Here, because a check wants the data alone and should not wait for the rest.
        import punq

        container = punq.Container()
        once = punq.Scope.singleton
        container.register(Clock, instance=self.clock)
        container.register(Calendar, factory=self.calendar, scope=once)
        container.register(Strategy, factory=self._strategy, scope=once)
        container.register(ExecutionPort, factory=lambda: _EXECUTION[self._config.run_mode](self), scope=once)
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

    def _component(self, kind: Kind, name: str) -> Component:
        return next(each for each in self._loaded.components if each.kind is kind and each.name == name)

    def _journal(self) -> Journal:
        from interlock.adapters.journal.sqlite import SqliteJournal

        return SqliteJournal(self.journal_path, group=GROUP_RECORDS)

    def calendar(self) -> Calendar:
        """The sessions of the instrument's market."""
        return calendar_for(self._config.instrument.calendar, CALENDAR_START, _calendar_end())

    def _strategy(self) -> Strategy:
        strategy: Strategy = self._component(Kind.STRATEGY, self._config.strategy.name).cls(
            self._config.strategy.parameters
        )
        return strategy

    def _policy(self, execution: ExecutionPort) -> RiskPolicy:
        return RulePolicy(self._rules(), fees=execution.fees, limits_version=self._loaded.digest)

    def _rules(self) -> list[RiskRule]:
        return [self._component(Kind.RISK_RULE, name).cls(limits) for name, limits in self._config.risk.items()]

    def paper(self) -> ExecutionPort:
        """The simulated venue that SIM and PAPER trade on."""
        execution = self._config.execution
        component = self._component(Kind.EXECUTION, execution.adapter)
        cls: Any = component.cls
        try:
            venue: ExecutionPort = cls.from_options(execution.options, instrument=self._config.instrument)
        except InterlockError:
            raise
        except Exception as error:
            who = f"{component.plugin or 'interlock'}, {cls.__module__}:{cls.__qualname__}"
            raise BrokenPlugin(
                f"execution.adapter: {component.name} cannot be made ({who}): its from_options raised "
                f"{type(error).__name__}"
            ) from error
        return venue

    def feed(self, calendar: Calendar) -> MarketDataPort:
        """The configured source, with the declared splits put where they belong. Not opened yet."""
        if self._handed_in is not None:
            return self._handed_in
        splits = self._config.instrument.splits
        if splits and (problems := split_problems(self._loaded, calendar, CALENDAR_START, _calendar_end())):
            raise ConfigurationProblems(problems)
        settings = self._config.market_data
        cls: Any = self._component(Kind.MARKET_DATA, settings.adapter).cls
        feed: MarketDataPort = cls.from_options(
            settings.options,
            instrument=self._config.instrument,
            calendar=calendar,
            interval=settings.interval,
            folder=self._loaded.resolve(""),
        )
        if feed.is_live:
            horizons = [rule.horizon.bars for rule in self._rules()]
            feed.prepare(lookback=max([self._strategy().lookback, *horizons]))
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
        """In SIM a clock that follows the data; otherwise one that runs by itself, from the first bar on."""
        start = resumed_at or self._first_bar_at(calendar)
        if self._config.run_mode is RunMode.SIM:
            simulated = SimulatedClock(start)
            return DomainClock(clock=simulated, advance=simulated.advance_to, runs=False)
        replay = ReplayClock(operational, start, self._config.market_data.replay_speed)
        return DomainClock(clock=replay, advance=_stand_aside, runs=True)

    def paced(self, feed: MarketDataPort, domain: DomainClock) -> MarketDataPort:
        """Where the domain clock runs by itself, bars wait until it has reached them."""
        return PacedFeed(feed, domain.clock) if domain.runs else feed

    def _first_bar_at(self, calendar: Calendar) -> datetime:
        """When the data begins: one interval before the first bar's close. ``NO_BAR_AT`` where there is none."""
        feed = self.feed(calendar)
        feed.open()
        try:
            for _ in range(ITEMS_BEFORE_FIRST_BAR_MAX):
                item = feed.next()
                if isinstance(item, Bar):
                    return item.ts_event - self._config.market_data.interval
                if isinstance(item, EndOfData):
                    break
        finally:
            feed.close()
        return NO_BAR_AT


def _calendar_end() -> date:
    return date(datetime.now(UTC).year + CALENDAR_YEARS_AHEAD, 12, 31)


def _stand_aside(_: datetime) -> None:
    """A clock that runs by itself is not moved by data."""


def _paper(wiring: Wiring) -> ExecutionPort:
    return wiring.paper()


def _refusing(_: Wiring) -> ExecutionPort:
    return RefusingVenue()


# Which venue stands behind the one door. There is no way to reach a live one: none is named here.
_EXECUTION: Final[dict[RunMode, Callable[[Wiring], ExecutionPort]]] = {
    RunMode.SIM: _paper,
    RunMode.PAPER: _paper,
    RunMode.LIVE: _refusing,
}
