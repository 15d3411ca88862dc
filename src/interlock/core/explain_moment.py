"""A moment, told: what was seen, wished, found and done, and what came of it. A part of ``explain``.

Every sentence is the template of a reason code or a phrase of this room, over values that were recorded.
"""

from collections.abc import Iterable
from datetime import timedelta

from interlock.core.decision import CancelIntent, Decision, NoAction, OrderIntent
from interlock.core.explain_chain import chain_section, filled, followed_section
from interlock.core.explain_headlines import headline
from interlock.core.explain_parts import happened, observed
from interlock.core.explain_rules import rules_section
from interlock.core.explain_standing import books_section, checked_section
from interlock.core.explain_story import SECTIONS, Fact, Section, Sentence, Story
from interlock.core.explain_words import counted, plain, span, stamp
from interlock.core.market import Bar, Session, Split
from interlock.core.moment import Moment
from interlock.core.orders import OrderType, Side, TimeInForce
from interlock.core.reason_text import shown
from interlock.core.reasons import sentence
from interlock.core.records import OrderSubmitted
from interlock.core.reports import OrderFilled
from interlock.core.values import Numbers

_FOR = {
    TimeInForce.DAY: "good for one session",
    TimeInForce.GTC: "good until it is canceled",
    TimeInForce.IOC: "to be filled at once, as far as that goes",
    TimeInForce.FOK: "to be filled at once and whole, or not at all",
}


def story(moment: Moment, more: Iterable[Section] = ()) -> Story:
    """The whole story of ``moment``. ``more`` are sections that were worked out elsewhere, each told in its place."""
    told = (
        _seen(moment),
        _wish(moment),
        rules_section(moment.record.decision),
        _happened(moment),
        *more,
        followed_section(moment),
        chain_section(moment),
        books_section(moment),
        checked_section(moment.rederived),
    )
    places = list(SECTIONS)
    sections = sorted((section for section in told if section is not None), key=lambda one: places.index(one.key))
    decision = moment.record.decision
    return Story(
        seq=moment.seq,
        last_seq=moment.last_seq,
        ts_init=moment.record.ts_init,
        kind=moment.record.kind,
        outcome=decision.outcome.value if decision is not None else "",
        code=str(decision.code) if decision is not None else "",
        headline=headline(moment.record),
        sections=tuple(sections),
    )


def _seen(moment: Moment) -> Section:
    observation = moment.record.observation
    said: list[Sentence] = []
    if isinstance(observation, Bar):
        said += _bar_closed(observation)
        said.append(_taken(moment))
    else:
        said += _came_in(moment)
        said += _newest(moment)
        if isinstance(observation, Split):
            said.append(Sentence(text="Its prices, like all before it, are told in units after the split."))
    if moment.record.decision is not None:
        # A fill is taken before the bar that it was made of: only a decision looks at what is due.
        said += _sessions(moment)
    if moment.bars_missed and isinstance(observation, Bar):
        text = f"Before it {counted(moment.bars_missed, 'bar')} that the calendar expects did not come."
        said.append(Sentence(text=text, numbers={"bars_missed": moment.bars_missed}))
    elif isinstance(observation, Bar):
        said.append(Sentence(text="No bar that the calendar expects before it is missing."))
    return Section(key="seen", sentences=tuple(said), facts=_seen_facts(moment))


def _came_in(moment: Moment) -> Iterable[Sentence]:
    observation = moment.record.observation
    if isinstance(observation, OrderFilled):
        yield filled(f"What came in of {observation.client_order_id}", observation)
        return
    for part in observed(moment.record):
        yield Sentence(text=f"What came in: {part}.")


def _bar_closed(bar: Bar) -> Iterable[Sentence]:
    yield Sentence(
        text=f"{bar.instrument} closed at {plain(bar.close)} on {stamp(bar.ts_event)}. The bar had opened at "
        f"{plain(bar.open)}, its highest price was {plain(bar.high)}, its lowest {plain(bar.low)}, and "
        f"{plain(bar.volume)} were traded.",
        numbers=_numbers_of_bar(bar),
    )


def _numbers_of_bar(bar: Bar) -> Numbers:
    return {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume}


def _taken(moment: Moment) -> Sentence:
    if not moment.age:
        return Sentence(text="It was looked at as it closed.")
    if moment.age < timedelta(0):
        return Sentence(text=f"By the run's clock it was looked at {span(-moment.age)} before it closed.")
    return Sentence(text=f"It was looked at {span(moment.age)} after it closed.")


def _newest(moment: Moment) -> Iterable[Sentence]:
    bar, age = moment.bar, moment.age
    if bar is None or age is None:
        yield Sentence(text="No bar had been seen by then.")
    else:
        apart = f"{span(age)} before" if age else "at that moment"
        if age < timedelta(0):
            apart = f"{span(-age)} later than this record by the run's clock"
        text = f"The newest bar by then had closed at {plain(bar.close)} on {stamp(bar.ts_event)}, {apart}."
        yield Sentence(text=text, numbers=_numbers_of_bar(bar))
    if moment.bars_overdue and moment.record.decision is not None:
        text = f"{counted(moment.bars_overdue, 'bar')} should have come since and did not."
        yield Sentence(text=text, numbers={"bars_overdue": moment.bars_overdue})


def _sessions(moment: Moment) -> Iterable[Sentence]:
    session, execution = moment.session, moment.execution_session
    if moment.bar is None:
        return
    if session is None:
        yield Sentence(text="The bar lies in no session that the calendar knows, so no order could be for one.")
        return
    bounds = f"The bar's session went from {stamp(session.open)} to {stamp(session.close)}"
    if execution == session:
        yield Sentence(text=f"{bounds}; an order decided then is for this session.")
    elif execution is None:
        yield Sentence(text=f"{bounds}; no session that an order decided then could be for is known.")
    else:
        following = f"from {stamp(execution.open)} to {stamp(execution.close)}"
        yield Sentence(text=f"{bounds}; an order decided then is for the next one, {following}.")


def _seen_facts(moment: Moment) -> dict[str, Fact]:
    bar = moment.bar
    # Nobody looked at what was due where nothing was decided: a fill stands before the bar that it was made of.
    bars_overdue = moment.bars_overdue if moment.record.decision is not None else None
    return {
        "bar": {"ts_event": stamp(bar.ts_event), **_numbers_of_bar(bar)} if bar is not None else None,
        "bar_age": span(moment.age) if moment.age is not None else None,
        "bars_missed": moment.bars_missed,
        "bars_overdue": bars_overdue,
        "session": _bounds(moment.session),
        "execution_session": _bounds(moment.execution_session),
    }


def _bounds(session: Session | None) -> Fact:
    return {"open": stamp(session.open), "close": stamp(session.close)} if session is not None else None


def _wish(moment: Moment) -> Section | None:
    decision = moment.record.decision
    if decision is None:
        return None
    wish = decision.proposal
    said = [_wished(decision, moment)]
    if wish is not None and wish.numbers:
        said.append(_compared(wish.numbers))
    return Section(key="wish", sentences=tuple(said), facts=_wish_facts(decision))


def _wished(decision: Decision, moment: Moment) -> Sentence:
    match decision.proposal:
        case NoAction(code=code, numbers=numbers):
            return Sentence(text=f"Nothing: {sentence(code, numbers)}.", code=str(code), numbers=numbers)
        case CancelIntent(code=code, numbers=numbers, client_order_id=order):
            text = f"To cancel {order}: {sentence(code, numbers)}."
            return Sentence(text=text, code=str(code), numbers=numbers)
        case OrderIntent(code=code, numbers=numbers) as wish:
            text = f"{_order_wished(wish, moment)}: {sentence(code, numbers)}."
            return Sentence(text=text, code=str(code), numbers=numbers)
        case _:
            return Sentence(text="Nothing that can be told: it failed before it could say.", code=str(decision.code))


def _order_wished(wish: OrderIntent, moment: Moment) -> str:
    verb = "buy" if wish.side is Side.BUY else "sell"
    price = "at the market" if wish.order_type is OrderType.MARKET else f"as a {wish.order_type.value} order"
    if wish.limit_price is not None:
        price = f"at {plain(wish.limit_price)} or better"
    return f"To {verb} {plain(wish.quantity)} {moment.instrument.symbol} {price}, {_FOR[wish.time_in_force]}"


def _compared(numbers: Numbers) -> Sentence:
    pairs = ", ".join(f"{shown(name)} {shown(value)}" for name, value in sorted(numbers.items()))
    return Sentence(text=f"The numbers behind that: {pairs}.", numbers=numbers)


def _wish_facts(decision: Decision) -> dict[str, Fact]:
    wish = decision.proposal
    order = wish if isinstance(wish, OrderIntent) else None
    return {
        "kind": type(wish).__name__ if wish is not None else None,
        "code": str(wish.code) if wish is not None else None,
        "numbers": dict(wish.numbers) if wish is not None else None,
        "side": order.side.value if order is not None else None,
        "quantity": order.quantity if order is not None else None,
        "order_type": order.order_type.value if order is not None else None,
        "limit_price": order.limit_price if order is not None else None,
        "time_in_force": order.time_in_force.value if order is not None else None,
        "cancel": wish.client_order_id if isinstance(wish, CancelIntent) else None,
    }


def _happened(moment: Moment) -> Section | None:
    """Events beyond the order that was made, which is the first of what followed."""
    events = [event for event in moment.record.events if not isinstance(event, OrderSubmitted)]
    if not events:
        return None
    said = []
    for event in events:
        code, numbers = getattr(event, "code", ""), getattr(event, "numbers", {})
        said.append(Sentence(text=f"On record: {happened(event)}.", code=str(code), numbers=numbers))
    return Section(key="happened", sentences=tuple(said), facts={"events": [event.kind for event in events]})
