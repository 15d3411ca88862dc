"""What followed from a moment, and what led to it. A part of ``explain``."""

from collections.abc import Iterable

from interlock.core.decision import Outcome
from interlock.core.explain_headlines import headline
from interlock.core.explain_parts import happened, observed
from interlock.core.explain_story import Fact, Section, Sentence
from interlock.core.explain_words import plain, span, stamp
from interlock.core.moment import Moment, Numbered, makes_an_order
from interlock.core.orders import OrderTerms, Side
from interlock.core.reasons import told
from interlock.core.records import OrderSubmitted
from interlock.core.reports import FillBasis, OrderAccepted, OrderExpired, OrderFilled

_ASSUMED = {
    FillBasis.NEXT_OPEN: "at the open of the next bar",
    FillBasis.LIMIT_TRADED_THROUGH: "at the limit, for the market traded through it",
    FillBasis.LIMIT_AT_BETTER_OPEN: "at the open, which was better than the limit",
    FillBasis.VENUE: "as the venue reported it, and nothing was assumed",
}


def followed_section(moment: Moment) -> Section:
    """What came of it."""
    said = [_sent(event.terms) for event in moment.record.events if isinstance(event, OrderSubmitted)]
    for each in moment.followed:
        said += _later(moment, each)
    if (rest := _rest(moment)) is not None:
        said.append(rest)
    facts: dict[str, Fact] = {
        "ended": moment.ended,
        "looked_until": moment.looked_until,
        "orders": [_order_facts(event.terms) for event in moment.record.events if isinstance(event, OrderSubmitted)],
        "records": [_record_facts(each) for each in moment.followed],
    }
    return Section(key="followed", sentences=tuple(said), facts=facts)


def _sent(terms: OrderTerms) -> Sentence:
    verb, than = ("buy", "above") if terms.side is Side.BUY else ("sell", "below")
    price = f"at {plain(terms.limit_price)} or better" if terms.limit_price is not None else "at the market"
    text = (
        f"An order was put on record and handed over to be sent: {terms.client_order_id}, to {verb} "
        f"{plain(terms.quantity)} {terms.instrument} {price}, never {than} {plain(terms.protection_price)}, in the "
        f"session from {stamp(terms.session_open)} to {stamp(terms.valid_until)}."
    )
    return Sentence(text=text, numbers={"quantity": terms.quantity, "protection_price": terms.protection_price})


def _later(moment: Moment, each: Numbered) -> Iterable[Sentence]:
    after = each.record.ts_init - moment.record.ts_init
    when = f"Record {each.seq}, {span(after)} later" if after else f"Record {each.seq}, at the same time"
    observation = each.record.observation
    match observation:
        case OrderFilled() as fill:
            yield filled(when, fill)
        case OrderAccepted(venue_order_id=venue_order_id):
            yield Sentence(text=f"{when}: the venue accepted the order, as {venue_order_id}.")
        case OrderExpired(code=code, numbers=numbers) if code:
            yield Sentence(text=f"{when}: the order expired: {told(code, numbers)}.", code=code, numbers=numbers)
        case _:
            for part in observed(each.record):
                yield Sentence(text=f"{when}: {part}.")
    for event in each.record.events:
        code, numbers = getattr(event, "code", ""), getattr(event, "numbers", {})
        yield Sentence(text=f"{when}: {happened(event)}.", code=str(code), numbers=numbers)


def filled(when: str, fill: OrderFilled) -> Sentence:
    """A fill, and the assumption that its price rests on; ``when`` stands before it."""
    did = "bought" if fill.side is Side.BUY else "sold"
    text = (
        f"{when}: {did} {plain(fill.last_qty)} {fill.instrument} at {plain(fill.last_px)} each, for a fee of "
        f"{plain(fill.fee)}; {_ASSUMED[fill.basis]} ({fill.basis.value}). The price that it started from was "
        f"{plain(fill.reference_px)}, and slippage cost {plain(fill.slippage)} in all."
    )
    numbers = {name: getattr(fill, name) for name in ("last_qty", "last_px", "fee", "reference_px", "slippage")}
    return Sentence(text=text, numbers=numbers)


def _rest(moment: Moment) -> Sentence | None:
    """What did not follow, or not yet."""
    if not moment.ended:
        if moment.looked_until >= moment.last_seq:
            return Sentence(text=f"More may follow: the journal ends with record {moment.last_seq}.")
        return Sentence(text=f"More may follow: only the records up to {moment.looked_until} were looked at.")
    if moment.followed or makes_an_order(moment.record):
        return None
    decision = moment.record.decision
    if decision is None:
        return Sentence(text="No later record names it as its cause.")
    if decision.outcome is Outcome.DENIED:
        return Sentence(text="Nothing was sent: what is denied is no order.")
    return Sentence(text="Nothing, for no order was made.")


def chain_section(moment: Moment) -> Section:
    """What led to it and what came of it, by the numbers of the records."""
    said = [
        Sentence(text=f"Record {each.seq}, {stamp(each.record.ts_init)}, led to it: {headline(each.record)}.")
        for each in moment.causes
    ]
    numbers = [*(str(each.seq) for each in moment.causes), f"{moment.seq} (this one)"]
    numbers += [str(each.seq) for each in moment.followed]
    if len(numbers) > 1:
        said.append(Sentence(text=f"In order: record {', then '.join(numbers)}."))
    else:
        later = "no later one follows from it" if moment.ended else "so far no later one follows from it"
        said.append(Sentence(text=f"No earlier record is named as its cause, and {later}."))
    record = moment.record
    if record.correlation_id is not None:
        said.append(Sentence(text=f"Whatever belongs to it is recorded under {record.correlation_id}."))
    if record.causation_id is not None:
        said.append(Sentence(text=f"What directly caused it is recorded as {record.causation_id}."))
    facts: dict[str, Fact] = {
        "correlation_id": record.correlation_id,
        "causation_id": record.causation_id,
        "causes": [_record_facts(each) for each in moment.causes],
        "followed": [each.seq for each in moment.followed],
    }
    return Section(key="chain", sentences=tuple(said), facts=facts)


def _record_facts(each: Numbered) -> dict[str, Fact]:
    return {
        "seq": each.seq,
        "ts_init": stamp(each.record.ts_init),
        "kind": each.record.kind,
        "headline": headline(each.record),
    }


def _order_facts(terms: OrderTerms) -> dict[str, Fact]:
    return {
        "client_order_id": terms.client_order_id,
        "order_class": terms.order_class.value,
        "side": terms.side.value,
        "quantity": terms.quantity,
        "order_type": terms.order_type.value,
        "limit_price": terms.limit_price,
        "protection_price": terms.protection_price,
        "session_open": stamp(terms.session_open),
        "valid_until": stamp(terms.valid_until),
    }
