"""What a run came to, for scripts and for people."""

import json
from collections import Counter

from attrs import evolve

from interlock.core.observations import StopReason
from interlock.core.order_states import OrderState
from interlock.core.state import Order, initial_state
from interlock.core.view import MarketView
from interlock.runner.summary import RunFacts, as_data, as_text
from interlock.runner.tally import Tally
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME, an_instrument

FACTS = RunFacts(
    run_id="r1",
    mode="SIM",
    account="demo",
    currency="USD",
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
    assert "interlock.log (4 events are missing)" in text
    assert "it may end before what is told here" in text


def test_after_an_earlier_run_people_are_told_what_is_counted_since_when() -> None:
    """Counts are of this run and the books are not: nobody should add them up."""
    text = as_text(evolve(FACTS, went_on=True), Tally(), _view())
    assert "counted         in this run; position, cash and profit and loss are since the journal began" in text
    assert "0 slippage in this run" in text
    assert "in this run" not in as_text(FACTS, Tally(), _view())


def test_a_run_without_a_bar_says_where_to_look() -> None:
    """An empty file is no success."""
    assert "bars            0, none ever came: `interlock check`" in as_text(FACTS, Tally(), _view())


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
