"""The books before and after a moment, and whether it was made once more. A part of ``explain``."""

from msgspec.structs import asdict

from interlock.core.explain_story import Fact, Section, Sentence
from interlock.core.explain_words import counted, plain
from interlock.core.moment import Moment, Rederived, Standing
from interlock.core.trading_state import TradingState


def books_section(moment: Moment) -> Section:
    """Position, money and trading state before the record, after it, and after all that followed."""
    said = [stood_sentence("Before", moment.before, moment)]
    if moment.after == moment.before:
        said.append(Sentence(text="After this record: unchanged."))
    else:
        said.append(stood_sentence("After this record", moment.after, moment))
    settled = moment.settled
    if settled is not None:
        said.append(stood_sentence(f"After record {settled.seq}", settled.standing, moment))
    facts: dict[str, Fact] = {
        "currency": moment.currency,
        "before": standing_facts(moment.before),
        "after": standing_facts(moment.after),
        "settled": {"seq": settled.seq, **standing_facts(settled.standing)} if settled is not None else None,
    }
    return Section(key="books", sentences=tuple(said), facts=facts)


def stood_sentence(when: str, stood: Standing, moment: Moment) -> Sentence:
    """Where one stood: position, money and how much trading was allowed."""
    working = counted(stood.working, "order") if stood.working else "no order"
    trading = f"trading {stood.trading_state.value}"
    if stood.trading_state is not TradingState.ACTIVE:
        trading += f" ({stood.trading_state_code})"
    text = (
        f"{when}: position {plain(stood.position)} {moment.instrument.symbol}, cash {plain(stood.cash)} and equity "
        f"{plain(stood.equity)} {moment.currency}; profit realised {plain(stood.realised_pnl)}, not realised "
        f"{plain(stood.unrealised_pnl)}, fees {plain(stood.fees)}; {trading}, {working} working."
    )
    return Sentence(text=text)


def standing_facts(stood: Standing) -> dict[str, Fact]:
    """The same for scripts."""
    return {**asdict(stood), "trading_state": stood.trading_state.value}


def checked_section(rederived: Rederived) -> Section:
    """Whether what was told is what follows."""
    match rederived.matches:
        case True:
            text = (
                "Just now this record was made once more, from the records before it and the configuration that was "
                "recorded: it is the same, to the last byte."
            )
        case False:
            text = (
                "Just now this record was made once more, and it is NOT the same. The first difference is in "
                f"{rederived.what}: recorded is {rederived.recorded}, and what follows is {rederived.derived}."
            )
        case _:
            text = f"It could not be made once more here: {rederived.what}. It is told as it was recorded."
    said = [Sentence(text=text)]
    if rederived.made_by != rederived.here and rederived.here:
        said.append(Sentence(text=f"It was recorded by {rederived.made_by}, and made once more by {rederived.here}."))
    return Section(key="checked", sentences=tuple(said), facts=asdict(rederived))
