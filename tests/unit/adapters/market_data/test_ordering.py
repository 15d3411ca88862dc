"""What may follow what: a feed refuses what the core would refuse, and can say where it stood."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.ordering import density_problem
from interlock.core.market import Bar, RefusedRow
from interlock.testing.builders import a_bar
from interlock.testing.fakes import ListedSessions
from interlock.testing.rig import Rig
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY

SESSIONS = ListedSessions(sessions=(MONDAY, TUESDAY))
# From a moment to more than a session, and to the closed hours between two.
STEPS = st.sampled_from((timedelta(microseconds=1), MINUTE / 2, MINUTE, 3 * MINUTE / 2, 30 * MINUTE, 9 * 60 * MINUTE))


@given(before=st.integers(0, 3), steps=st.lists(STEPS, max_size=12))
def test_what_is_too_dense_for_the_core_is_too_dense_for_a_feed_and_nothing_else(
    before: int, steps: list[timedelta]
) -> None:
    """Before, in, between and behind sessions; and in the core's own words."""
    core = Rig(journal=MemoryJournal())
    at = MONDAY.open - before * MINUTE / 2
    last: Bar | None = None
    for step in steps:
        at += step
        bar = a_bar(at=at)
        problem = density_problem(bar, last, MINUTE, SESSIONS)
        observed = core.step(bar)[-1].observation
        assert isinstance(observed, RefusedRow) is (problem is not None)
        if problem is None:
            last = bar
        elif isinstance(observed, RefusedRow):
            assert (observed.value, observed.rule) == (problem.value, problem.rule)
