"""When the venue is asked: at the usual pace, at once for what has come up, and ever later for what stays open."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.orders import Side
from interlock.core.trading_state import ReconciliationCause
from interlock.runner.reconciling import RETRY_SECONDS, ReconciliationPace
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig

IN_DOUBT, PERIODIC = ReconciliationCause.ORDER_IN_DOUBT, ReconciliationCause.PERIODIC
EVERY = 300.0


def rig(*script: object, venue: ScriptedVenue | None = None) -> Rig:
    """A core over a journal in memory, after its first bar."""
    core = Rig(*script, journal=MemoryJournal(), venue=venue)
    core.bar()
    return core


def asked_at(pace: ReconciliationPace, core: Rig, until: float, step: float = 0.5) -> list[float]:
    """At which seconds it was due, looked at every ``step``, when asking changes nothing."""
    due = []
    for place in range(round(until / step) + 1):
        now = place * step
        if pace.due(core.view, now) is not None:
            due.append(now)
            pace.asked(core.view, now)
    return due


def test_a_quiet_run_asks_at_its_pace() -> None:
    """Whatever is looked at in between."""
    core, pace = rig(NOTHING_TO_DO), ReconciliationPace(seconds=EVERY)
    pace.asked(core.view, 0.0)
    assert pace.due(core.view, EVERY - 0.001) is None
    assert pace.due(core.view, EVERY) is PERIODIC
    assert asked_at(pace, core, 3 * EVERY) == [EVERY, 2 * EVERY, 3 * EVERY]


def test_what_has_just_come_up_does_not_wait() -> None:
    """An order in doubt is asked about at the next look."""
    core, pace = (
        rig(an_intent(Side.BUY), venue=ScriptedVenue("unknown", fills=False)),
        ReconciliationPace(seconds=EVERY),
    )
    quiet = rig(NOTHING_TO_DO)
    pace.asked(quiet.view, 0.0)
    assert pace.due(core.view, 0.1) is IN_DOUBT


def test_what_stays_open_is_asked_about_ever_later() -> None:
    """Twice as late each time, and never later than the usual pace: a venue that is down is not stormed."""
    core, pace = rig(NOTHING_TO_DO), ReconciliationPace(seconds=16.0)
    core.venue.broken.add("reconcile")
    core.cycle.reconcile(PERIODIC, core.at)
    assert asked_at(pace, core, 64.0) == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 47.0, 63.0]
    core.venue.broken.clear()
    core.cycle.reconcile(PERIODIC, core.at)
    pace.asked(core.view, 64.0)
    assert pace.due(core.view, 64.0 + 15.9) is None
    core.venue.broken.add("reconcile")
    core.cycle.reconcile(PERIODIC, core.at)
    pace.asked(core.view, 80.0)
    assert pace.due(core.view, 80.0 + RETRY_SECONDS) is PERIODIC


@given(seconds=st.floats(1, 86_400), step=st.floats(0.05, 100))
def test_it_is_never_asked_more_often_than_the_shortest_wait(seconds: float, step: float) -> None:
    """Nor left out for longer than the pace and one look."""
    core, pace = rig(NOTHING_TO_DO), ReconciliationPace(seconds=seconds)
    core.venue.broken.add("reconcile")
    core.cycle.reconcile(PERIODIC, core.at)
    due = asked_at(pace, core, 200 * step, step)
    waits = [after - before for before, after in pairwise(due)]
    assert all(min(RETRY_SECONDS, seconds) - step <= wait <= seconds + step * 1.001 for wait in waits)


def test_where_the_data_sets_the_pace_only_what_is_open_is_asked_about() -> None:
    """No time passes there, so that two runs over the same data ask at the same places."""
    core, pace = rig(NOTHING_TO_DO), ReconciliationPace(seconds=None)
    assert asked_at(pace, core, 10 * EVERY, EVERY) == []
    core.venue.broken.add("reconcile")
    core.cycle.reconcile(PERIODIC, core.at)
    assert pace.due(core.view, 0.0) is PERIODIC
