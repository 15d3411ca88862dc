"""Why trading is restricted."""

from hypothesis import given
from hypothesis import strategies as st

from interlock.core.evolve import evolve
from interlock.core.reasons import Reason
from interlock.core.records import Record, TradingStateChanged
from interlock.core.state import initial_state
from interlock.core.trading_state import TradingState
from interlock.runner.restriction import Restriction
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.rehearsal import opened


def _changed(state: TradingState, code: str) -> Record:
    return Record(A_TIME, a_bar(), None, (TradingStateChanged(state=state, code=code),))


@given(st.lists(st.tuples(st.sampled_from([TradingState.REDUCING, TradingState.HALTED]), st.sampled_from("ABC"))))
def test_the_event_that_is_kept_is_the_one_that_the_fold_went_by(changes: list[tuple[TradingState, str]]) -> None:
    """Whatever follows what: state and code are those of the state, and a change is told where it changed."""
    state, restriction = initial_state(lookback=1), Restriction()
    evolve(state, Record(A_TIME, opened()))
    for change in changes:
        before = state.trading_state
        record = _changed(*change)
        evolve(state, record)
        assert restriction.changed_by(record) is (state.trading_state is not before)
        assert restriction.event is not None
        assert (restriction.event.state, restriction.event.code) == (state.trading_state, state.trading_state_code)


def test_it_says_what_trading_is_why_and_what_to_do() -> None:
    """In one sentence, with the numbers of the event."""
    numbers = {"error": "ValueError", "place": "mine.py:7 propose"}
    event = TradingStateChanged(state=TradingState.HALTED, code=Reason.FAULT_IN_STRATEGY, numbers=numbers)
    assert Restriction(event).told == (
        "HALTED: FAULT_IN_STRATEGY: the strategy failed: ValueError (mine.py:7 propose); "
        "what to do: Fix the strategy; the log holds the trace. Watching goes on."
    )
    assert Restriction().told == ""


def test_a_plugins_code_has_no_remedy() -> None:
    """Nobody makes one up."""
    restriction = Restriction(TradingStateChanged(state=TradingState.REDUCING, code="MINE.MOOD"))
    assert (restriction.told, restriction.remedy) == ("REDUCING: MINE.MOOD", "")
