"""A journal that goes on where another ended: nothing is forgotten, whoever goes on."""

from copy import deepcopy
from decimal import Decimal

import pytest
from attrs import evolve as changed
from msgspec.structs import replace

from interlock.core.evolve import evolve, observe
from interlock.core.explain import why
from interlock.core.faults import InvariantViolated
from interlock.core.modes import RunMode
from interlock.core.observations import Chapter, JournalOpened, RunStarted
from interlock.core.orders import OrderClass, Side
from interlock.core.records import OrderSubmitted, Record, TradingStateChanged
from interlock.core.reports import OrderRejected, OrderUnknown
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument
from interlock.testing.rehearsal import opened
from interlock.testing.situations import a_fill, some_terms

STARTED = RunStarted(run_id="r1", started_at=A_TIME, build="b", config_digest="d1", configuration="{}", feed="memory")
CLOSES = ("100", "100.10", "99.5", "98", "101.25", "103")


def bar(place: int) -> Record:
    """The bar after ``place`` minutes."""
    at = A_TIME + place * A_MINUTE
    return Record(ts_init=at, observation=a_bar(CLOSES[place % len(CLOSES)], at=at))


def sent(place: int, order_class: OrderClass = OrderClass.ENTRY) -> Record:
    """A bar on which an order is sent."""
    at = A_TIME + place * A_MINUTE
    terms = replace(some_terms(), client_order_id=f"one-{place}", ts_init=at, order_class=order_class)
    return replace(bar(place), events=(OrderSubmitted(terms=terms),))


def ended(place: int) -> Record:
    """That order is no more."""
    at = A_TIME + place * A_MINUTE
    return Record(at, OrderRejected(client_order_id=f"one-{place}", ts_event=at, code="TEST", detail=""))


def the_fold(
    records: list[Record],
    *,
    lookback: int = 4,
    sums: tuple[int, ...] = (2,),
    orders: int = 3,
    executions: int = 0,
    peak: bool = False,
) -> State:
    """What ``records`` add up to for somebody who looks back so far."""
    state = initial_state(
        lookback=lookback, sums=sums, orders_remembered=orders, executions_remembered=executions, peak_remembered=peak
    )
    for record in records:
        evolve(state, record)
    return state


def chapter(state: State, number: int = 2) -> Chapter:
    """``state``, handed on."""
    return Chapter(number=number, archive="journal-1.sqlite3", seq=9, hash="00" * 32, state=state, started=STARTED)


def goes_on(state: State) -> Record:
    """The first record of the chapter that follows."""
    assert state.ts_init is not None
    return Record(state.ts_init, changed(opened(), chapter=chapter(state)))


HALT = TradingStateChanged(state=TradingState.HALTED, code="TEST.HALT", numbers={"observed": 3})
BEFORE = [
    Record(A_TIME, opened()),
    bar(0),
    sent(1),
    sent(2, OrderClass.EXIT),
    ended(1),
    sent(3),
    bar(4),
    sent(5),
    ended(3),
    Record(A_TIME + 5 * A_MINUTE, OrderUnknown(client_order_id="one-5", ts_event=A_TIME, detail="late")),
    replace(bar(6), events=(HALT,)),
]
AFTER = [bar(7), sent(8), bar(9), ended(5), bar(10)]


@pytest.mark.parametrize("cut", range(1, len(BEFORE + AFTER)))
def test_a_fold_goes_on_as_if_nothing_had_been_cut(cut: int) -> None:
    """To the last digit, wherever it was cut; cut twice too."""
    records = BEFORE + AFTER
    whole = the_fold(records[:cut])
    once = the_fold([goes_on(the_fold(records[:cut]))])
    twice = the_fold([goes_on(the_fold([goes_on(the_fold(records[:cut]))]))])
    for record in (None, *records[cut:]):
        for state in (whole, once, twice):
            if record is not None:
                evolve(state, record)
        assert repr(once) == repr(twice) == repr(whole)


def test_the_record_stays_as_it_was() -> None:
    """The fold goes on in a state of its own: a journal writes the record down when it likes."""
    first = goes_on(the_fold(BEFORE))
    before = deepcopy(first)
    the_fold([first, *AFTER])
    assert first == before


@pytest.mark.parametrize("lookback", range(3, 9))
@pytest.mark.parametrize("sums", [(), (1,), (2,), (3,), (1, 2, 3)])
def test_whoever_looks_back_otherwise_has_a_window_that_is_right(lookback: int, sums: tuple[int, ...]) -> None:
    """Cut to what is looked at, or filling up by itself; the sums are those of the window."""
    cut = the_fold([goes_on(the_fold(BEFORE)), *AFTER[:1]], lookback=lookback, sums=sums)
    uncut = the_fold(BEFORE + AFTER[:1], lookback=lookback, sums=sums)
    assert list(cut.window) == list(uncut.window)[-min(lookback, 5) :]
    assert cut.window.maxlen == lookback
    for rolling in cut.sums:
        assert rolling.total == sum(each.close for each in list(cut.window)[-rolling.length :])
    for record in (*AFTER[1:], bar(11), bar(12), bar(13)):
        evolve(cut, record)
        evolve(uncut, record)
    assert cut == uncut


def test_whoever_remembers_less_has_the_newest() -> None:
    """As if it had never remembered more."""
    assert the_fold([goes_on(the_fold(BEFORE)), *AFTER], orders=1) == the_fold(BEFORE + AFTER, orders=1)


FILLED = [
    Record(
        A_TIME + place * A_MINUTE, a_fill(some_terms(ordinal=place), Decimal(1), Decimal(place), trade_id=f"t{place}")
    )
    for place in (6, 7, 8)
]


@pytest.mark.parametrize("executions", [0, 1, 2, 5])
@pytest.mark.parametrize("peak", [True, False])
def test_what_rules_look_back_over_goes_over(executions: int, peak: bool) -> None:
    """For as many executions as were kept, and as far as a peak was; doubts and steps of the clock in any case."""
    stepped = Record(A_TIME + 4 * A_MINUTE, a_bar("90", at=A_TIME + 11 * A_MINUTE))
    carried = the_fold([*BEFORE, *FILLED, stepped], executions=2, peak=True)
    assert (len(carried.execution_times), list(carried.in_doubt)) == (2, ["one-5"])
    assert carried.stepped_back == 4 * A_MINUTE
    goes = the_fold([goes_on(carried)], executions=executions, peak=peak)
    assert list(goes.execution_times) == list(carried.execution_times)[2 - min(2, executions) :]
    assert goes.execution_times.maxlen == executions
    assert goes.peak_equity == (carried.peak_equity if peak else None)
    assert (goes.in_doubt, goes.stepped_back) == (carried.in_doubt, carried.stepped_back)


def test_whoever_measures_from_a_peak_for_the_first_time_begins_at_what_there_is() -> None:
    """What was before, nobody kept."""
    carried = the_fold([*BEFORE, *FILLED, bar(11)])
    goes = the_fold([goes_on(carried)], peak=True)
    assert goes.peak_equity == goes.equity == carried.equity


@pytest.mark.parametrize("remembered", [0, 1, 2])
def test_whoever_remembers_more_is_told_by_the_orders(remembered: int) -> None:
    """A rule that counts orders would otherwise allow more than its limit."""
    carried = the_fold(BEFORE, orders=remembered)
    assert len(carried.entry_times) == remembered
    assert the_fold([goes_on(carried), *AFTER], orders=9) == the_fold(BEFORE + AFTER, orders=9)


@pytest.mark.parametrize(
    "other",
    [
        {"journal_id": "another"},
        {"mode": RunMode.PAPER},
        {"account": "another"},
        {"opening_cash": Decimal(5)},
        {"instrument": an_instrument(symbol="OTHER")},
        {"interval_seconds": 61},
    ],
)
def test_a_state_of_another_journal_is_not_taken_over(other: dict[str, object]) -> None:
    """What a journal says of itself, and what it goes on with, are one."""
    first = goes_on(the_fold(BEFORE))
    assert isinstance(first.observation, JournalOpened)
    lie = changed(first.observation, **other)  # type: ignore[arg-type]
    with pytest.raises(InvariantViolated, match="another journal"):
        observe(initial_state(lookback=1), lie, A_TIME)


def test_books_that_do_not_add_up_are_not_taken_over() -> None:
    """Neither cash nor lots."""
    for name in ("cash", "position", "lots"):
        state = the_fold(BEFORE)
        books = state.portfolio
        books.book(Side.BUY, Decimal(3), Decimal(100), Decimal(1))
        the_fold([goes_on(state)])
        if name == "lots":
            books.lots[0].quantity += 1
        else:
            setattr(books, name, Decimal(7))
        with pytest.raises(InvariantViolated):
            the_fold([goes_on(state)])


def test_a_chapter_is_told_in_one_sentence() -> None:
    """Not in all that it carries."""
    assert why(goes_on(the_fold(BEFORE))) == (
        "chapter 2 of the journal of TEST in SIM for account kit goes on from record 9 of journal-1.sqlite3, with "
        "position 0, cash 1000000, 2 working orders, trading HALTED"
    )
    assert "lookback" not in repr(goes_on(the_fold(BEFORE)))


def test_the_first_journal_is_no_chapter() -> None:
    """They are counted from the second on."""
    with pytest.raises(ValueError, match="number"):
        chapter(the_fold(BEFORE), number=1)
