"""The composition root: which adapter stands behind which port, by run mode."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.clock.replay import ReplayClock
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.clock.system import SystemClock
from interlock.adapters.execution.gate import GatedVenue
from interlock.adapters.execution.on_worker import OnWorker as VenueOnWorker
from interlock.adapters.execution.paper import PaperVenue
from interlock.adapters.execution.refusing import RefusingVenue
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.on_worker import OnWorker as FeedOnWorker
from interlock.adapters.market_data.paced import PacedFeed
from interlock.adapters.market_data.simulated import SimulatedFeed
from interlock.core.cycle import Parts
from interlock.core.market import Silence
from interlock.core.modes import RunMode
from interlock.core.ports import Clock, ExecutionPort, Journal, MarketDataPort
from interlock.core.reasons import Reason
from interlock.core.reports import OrderRejected
from interlock.runner.components import BrokenPlugin, Component, Kind
from interlock.runner.config.load import Loaded, load
from interlock.runner.container import Wiring
from interlock.testing.approvals import approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.hanging import HangingFeed, HangingVenue
from interlock.testing.loopback_feed.adapter import LoopbackFeed, LoopbackFeedOptions


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """The configuration where there is no file, with its state in a folder of this test."""
    monkeypatch.chdir(tmp_path)
    return load(None, environ={})


def _in(loaded: Loaded, mode: RunMode) -> Loaded:
    return evolve(loaded, config=evolve(loaded.config, run_mode=mode))


def test_there_is_no_way_to_a_live_venue(loaded: Loaded) -> None:
    """SIM and PAPER trade on paper; behind LIVE stands a door that refuses; and before each of them the gate."""
    gates = {mode: Wiring(_in(loaded, mode)).container().resolve(ExecutionPort) for mode in RunMode}
    assert {type(gate) for gate in gates.values()} == {GatedVenue}
    stands = {mode: type(gate._venue) for mode, gate in gates.items()}
    assert stands == {RunMode.SIM: PaperVenue, RunMode.PAPER: PaperVenue, RunMode.LIVE: RefusingVenue}


@pytest.mark.parametrize("mode", RunMode)
def test_in_every_mode_no_order_leaves_past_a_kill_switch(loaded: Loaded, mode: RunMode) -> None:
    """The gate looks into the folder of that mode, before the venue hears of the order."""
    loaded = _in(loaded, mode)
    gate: ExecutionPort = Wiring(loaded).container().resolve(ExecutionPort)
    loaded.state_folder.mkdir(parents=True)
    (loaded.state_folder / "HALT").touch()
    answer = gate.submit(approve(), A_TIME)
    assert isinstance(answer, OrderRejected)
    assert answer.code == Reason.REFUSED_BEFORE_SENDING


def test_every_part_is_made_once(loaded: Loaded) -> None:
    """Whoever asks for a port gets the one that everybody has."""
    wiring = Wiring(loaded)
    container = wiring.container()
    parts: Parts = container.resolve(Parts)
    journal: Journal = container.resolve(Journal)
    assert isinstance(journal, SqliteJournal)
    assert parts.journal is journal
    assert parts.execution is container.resolve(ExecutionPort)
    assert container.resolve(MarketDataPort) is container.resolve(MarketDataPort)
    journal.close()


def test_the_clock_that_a_stop_wakes_outlives_a_container(loaded: Loaded) -> None:
    """Parts are made anew when a journal was put aside; the clock that everybody sleeps on stays."""
    wiring = Wiring(loaded)
    assert wiring.container().resolve(Clock) is wiring.container().resolve(Clock) is wiring.clock
    assert isinstance(wiring.clock, SystemClock)


def test_in_sim_time_follows_the_data_from_the_first_bar(loaded: Loaded) -> None:
    """One interval before it closes, or where the earlier run stood."""
    wiring = Wiring(loaded, MemoryFeed([a_bar(at=A_TIME)]))
    domain = wiring.domain_clock(wiring.clock, wiring.calendar(), None)
    assert isinstance(domain.clock, SimulatedClock)
    assert domain.clock.now() == A_TIME - A_MINUTE
    domain.advance(A_TIME)
    assert domain.clock.now() == A_TIME
    assert wiring.domain_clock(wiring.clock, wiring.calendar(), A_TIME).clock.now() == A_TIME
    assert not domain.runs


def test_data_without_a_bar_begins_at_the_epoch(loaded: Loaded) -> None:
    """There is no better time to begin at nothing."""
    wiring = Wiring(loaded, MemoryFeed(()))
    assert wiring.domain_clock(wiring.clock, wiring.calendar(), None).clock.now().year == 1970


def test_in_paper_time_runs_by_itself_and_bars_wait_for_it(loaded: Loaded) -> None:
    """Data does not move that clock, so a feed that stops is seen to stop."""
    operational = SimulatedClock(A_TIME)
    feed = MemoryFeed([a_bar(at=A_TIME)])
    wiring = Wiring(_in(loaded, RunMode.PAPER), feed, operational)
    domain = wiring.domain_clock(operational, wiring.calendar(), None)
    assert isinstance(domain.clock, ReplayClock)
    domain.advance(A_TIME)
    assert domain.clock.now() == A_TIME - A_MINUTE
    paced = wiring.paced(feed, domain)
    assert isinstance(paced, PacedFeed)
    paced.open()
    assert isinstance(paced.next(domain.clock.now()), Silence)
    operational.advance_to(A_TIME + A_MINUTE)
    assert paced.next(domain.clock.now()) == a_bar(at=A_TIME)


def test_each_mode_has_a_folder_of_its_own(loaded: Loaded) -> None:
    """A rehearsal does not touch what PAPER holds."""
    folders = {Wiring(_in(loaded, mode)).journal_path.parent for mode in RunMode}
    assert len(folders) == len(RunMode)


def test_a_venue_that_cannot_be_made_is_a_broken_plugin(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its class and the error's type; an error of ours says what it says."""
    for raised, says in ((KeyError("a-secret"), "PaperVenue.*raised KeyError$"), (BrokenPlugin("mine"), "^mine$")):

        def refuse(*_: object, raised: Exception = raised, **__: object) -> None:
            raise raised

        monkeypatch.setattr(PaperVenue, "from_options", refuse)
        with pytest.raises(BrokenPlugin, match=says):
            Wiring(loaded).venue()


class HangingAdapters:
    """Adapters of a plugin, as their author would write them: nothing says that they hang."""

    class Venue(HangingVenue):
        @classmethod
        def from_options(cls, *_: object, **__: object) -> "HangingAdapters.Venue":
            return cls()

    class Feed(HangingFeed):
        @classmethod
        def from_options(cls, *_: object, **__: object) -> "HangingAdapters.Feed":
            return cls(MemoryFeed([a_bar(at=A_TIME)]))


def _with_plugins(loaded: Loaded, mode: RunMode) -> Wiring:
    plugins = {Kind.EXECUTION: HangingAdapters.Venue, Kind.MARKET_DATA: HangingAdapters.Feed}
    components = tuple(replace(each, cls=plugins.get(each.kind, each.cls)) for each in loaded.components)
    return Wiring(evolve(_in(loaded, mode), components=components))


def test_outside_sim_what_talks_to_the_world_is_on_a_worker(loaded: Loaded) -> None:
    """Each on one of its own, with the configured deadline; what is in this process is called as it is. In SIM nobody
    waits for anything but the data, and a run is as fast as it reads."""
    wiring = _with_plugins(loaded, RunMode.PAPER)
    venue, feed = wiring.venue(), wiring.feed(wiring.calendar())
    assert isinstance(venue, VenueOnWorker)
    assert isinstance(feed, FeedOnWorker)
    assert venue._worker.seconds == feed._worker.seconds == 10
    feed.open()
    venue.describe()
    assert wiring.answers == 2
    feed.close()
    venue.close()
    wiring = _with_plugins(loaded, RunMode.SIM)
    assert type(wiring.venue()) is HangingAdapters.Venue
    assert type(wiring.feed(wiring.calendar())) is HangingAdapters.Feed
    assert wiring.answers == 0
    wiring = Wiring(_in(loaded, RunMode.PAPER))
    assert type(wiring.venue()) is PaperVenue
    assert type(wiring.feed(wiring.calendar())) is SimulatedFeed


def test_a_live_feed_is_told_how_far_back_strategy_and_rules_look(
    tmp_path: Path, configuration: Callable[..., str]
) -> None:
    """It fetches so much of the past before the present; a feed that begins at its beginning is told nothing."""
    told: list[int] = []

    class Told(LoopbackFeed):
        @override
        def prepare(self, *, lookback: int) -> None:
            told.append(lookback)

    file = tmp_path / "interlock.toml"
    parameters = 'fast = 2\nslow = 9\nquantity = "1"'
    file.write_text(configuration(strategy="moving_average_cross", parameters=parameters))
    loaded = load(file, environ={})
    data = evolve(loaded.config.market_data, adapter="told", options=LoopbackFeedOptions(port=1))
    component = Component(kind=Kind.MARKET_DATA, name="told", cls=Told)
    config = evolve(loaded.config, run_mode=RunMode.LIVE, market_data=data)
    live = evolve(loaded, config=config, components=(*loaded.components, component))
    wiring = Wiring(live)
    wiring.feed(wiring.calendar())
    assert told == [9]
