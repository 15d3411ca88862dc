"""What a run came to, for scripts and for people."""

import json
from collections import Counter

import pytest
from attrs import evolve

from interlock.core.observations import StopReason
from interlock.core.order_states import OrderState
from interlock.core.state import Order, initial_state
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.summary import RunFacts, as_data, as_text
from interlock.runner.tally import Tally
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME, a_bar, an_instrument

FACTS = RunFacts(
    run_id="r1",
    mode="SIM",
    account="demo",
    currency="USD",
    symbol="TEST",
    config_digest="sha256:0",
    journal="state/sim/journal.sqlite3",
    log="state/sim/interlock.log",
    cycles=3,
    elapsed_seconds=0.0,
    stop_reason=StopReason.SIGNAL,
    stopped_by="SIGTERM",
)
PROMISED = (
    "run_id, mode, account, config_digest, cycles, bars, refused_rows, decisions, denials, orders, fills, position, "
    "cash, equity, realised_pnl, fees, stop_reason, journal, log, elapsed_seconds, bars_per_second"
)


def _view() -> MarketView:
    state = initial_state(lookback=1)
    state.instrument = an_instrument()
    return MarketView(state, A_TIME)


def test_scripts_find_every_promised_key() -> None:
    """In one object that JSON can hold, money as strings."""
    data = json.loads(json.dumps(as_data(FACTS, Tally(), _view())))
    assert set(PROMISED.split(", ")) <= set(data)
    assert data["cash"] == "0"
    assert data["position"] == {"TEST": "0"}
    assert data["bars_per_second"] is None


def test_books_that_cannot_be_believed_are_not_shown() -> None:
    """After a fault of the fold the same keys say null, and people are told why."""
    facts = evolve(FACTS, stop_reason=StopReason.STATE_UNTRUSTED, stopped_by=None)
    data = as_data(facts, Tally(), _view())
    assert set(data) == set(as_data(FACTS, Tally(), _view()))
    assert data["cash"] is data["equity"] is data["position"]["TEST"] is None
    assert "not to be believed" in as_text(facts, Tally(), _view())


def test_people_are_told_by_what_it_was_stopped() -> None:
    """And nothing of what did not happen."""
    text = as_text(FACTS, Tally(), _view())
    assert text.startswith("stopped         SIGNAL (SIGTERM) after 0.0 s\n")
    assert "left out" not in text
    assert "missing" not in text


def test_people_are_told_what_is_missing() -> None:
    """Cycles, log events, and the end of a journal that failed."""
    facts = evolve(FACTS, stop_reason=StopReason.JOURNAL_FAULT, log_events_lost=4)
    text = as_text(facts, Tally(cycles_missed=1200), _view())
    assert "cycles left out 1,200 (" in text
    assert "interlock.log (4 events missing)" in text
    assert "(1 event missing)" in as_text(evolve(facts, log_events_lost=1), Tally(), _view())
    assert "it may end before what is told here: the next start" in text
    doubted = as_text(evolve(facts, records_in_doubt=7), Tally(), _view())
    assert "it may end before what is told here, and the last 7 records may not have been kept: the next" in doubted


def test_after_an_earlier_run_people_are_told_what_is_counted_since_when() -> None:
    """Counts are of this run and the books are not: nobody should add them up."""
    text = as_text(evolve(FACTS, went_on=True), Tally(), _view())
    assert "counted         in this run; position, cash and profit and loss are since the journal began" in text
    assert "0 slippage in this run" in text
    assert "in this run" not in as_text(FACTS, Tally(), _view())


def test_a_run_without_a_bar_says_where_to_look() -> None:
    """An empty file is no success."""
    text = as_text(evolve(FACTS, stop_reason=StopReason.END_OF_DATA), Tally(), _view())
    assert "bars            0, none ever came: `interlock check`" in text


@pytest.mark.parametrize("reason", [StopReason.SIGNAL, StopReason.TIME_REACHED, StopReason.CYCLES_REACHED])
def test_a_run_that_was_stopped_before_a_bar_came_accuses_no_data(reason: StopReason) -> None:
    """Nobody knows what would have come."""
    text = as_text(evolve(FACTS, stop_reason=reason), Tally(), _view())
    assert "bars            0, none had come yet when the run stopped\n" in text
    assert "interlock check" not in text


def test_orders_that_are_still_working_are_told() -> None:
    """Sent, not filled and not ended: the difference should not have to be guessed."""
    state = initial_state(lookback=1)
    state.instrument = an_instrument()
    state.working["a"] = Order(terms=approve().terms, state=OrderState.ACCEPTED)
    assert "orders          0, fills 0, 1 still working" in as_text(FACTS, Tally(), MarketView(state, A_TIME))


def test_a_plugins_code_stays_on_its_line() -> None:
    """Whatever it holds."""
    text = as_text(FACTS, Tally(reasons=Counter({("NO_ACTION", "X\ntrading  ACTIVE\x1b[2J"): 1})), _view())
    assert r"X\ntrading  ACTIVE\x1b[2J" in text


def test_what_restricts_trading_is_told_with_what_to_do() -> None:
    """Where the sentence is missing, because the journal failed over that very record, the code is told."""
    restricted = evolve(FACTS, restricted="HALTED: X: it broke; what to do: mend it")
    assert "\ntrading         ended HALTED: X: it broke; what to do: mend it\n" in as_text(restricted, Tally(), _view())
    state = initial_state(lookback=1)
    state.trading_state, state.trading_state_code = TradingState.HALTED, "X"
    assert "\ntrading         HALTED (X)\n" in as_text(FACTS, Tally(), MarketView(state, A_TIME))


def test_a_run_that_found_only_what_was_known_says_since_when() -> None:
    """At the end of the data, and where neither a bar nor a refused row came."""
    state = initial_state(lookback=1)
    state.bar = a_bar()
    view = MarketView(state, A_TIME)
    ended = evolve(FACTS, stop_reason=StopReason.END_OF_DATA)
    assert "bars            0, nothing new since 2020-01-02 15:00Z" in as_text(ended, Tally(), view)
    assert "bars            0 until 2020-01-02 15:00Z" in as_text(FACTS, Tally(), view)
    assert "bars            1 until" in as_text(ended, Tally(bars=1), view)
    assert "bars            0 until" in as_text(ended, Tally(refused_rows=1), view)


def test_before_the_journal_was_read_nothing_is_known() -> None:
    """The same keys say null, and people are told that it was left as it is."""
    facts = evolve(FACTS, journal_read=False)
    data = as_data(facts, Tally(), _view())
    assert set(data) == set(as_data(FACTS, Tally(), _view()))
    assert data["cash"] is data["trading_state"] is data["position"]["TEST"] is None
    text = as_text(facts, Tally(), _view())
    assert text.startswith("stopped         SIGNAL (SIGTERM)")
    assert "not read to its end, and not changed" in text
    assert "cash" not in text
