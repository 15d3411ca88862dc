"""What a story can say beyond its record: what would have let an order pass, how far a wish was, and what if.

All of it is found by deciding the recorded moment again, from the state that was.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from interlock.core.again import Again, other_limits
from interlock.core.decision import NoAction, Outcome, check_tellable
from interlock.core.distance import Distance
from interlock.core.explain_story import Section
from interlock.core.explain_why_not import distance_section, why_not_section
from interlock.core.faults import Fault, JournalUnavailable, WrongAnswer, fault_of_plugin
from interlock.core.market import Bar
from interlock.core.moment import Moment
from interlock.core.ports import Strategy
from interlock.core.records import Record
from interlock.core.risk.policy import RulePolicy
from interlock.core.taking import Taking
from interlock.core.view import MarketView
from interlock.core.why_not import why_not
from interlock.runner.asking.errors import NothingThere
from interlock.runner.asking.footing import Footing
from interlock.runner.asking.journal import AskedJournal

_FLAG: Final = "--what-if"
# An order that went out and a fault leave nothing to ask.
_ASKED_ON: Final = (Outcome.DENIED, Outcome.NO_ACTION)


def further(journal: AskedJournal, moment: Moment, asked: Sequence[str] = ()) -> tuple[Section, ...]:
    """The sections that ``moment`` has beyond its record. ``asked`` holds a KEY=VALUE for each change of a what-if.

    A moment that could not be made once more, or came to something else then, has none. Raises
    ``ConfigurationProblems`` for a what-if that cannot be, ``NothingThere`` where nothing can be asked here.
    """
    if moment.rederived.matches is not True:
        if asked:
            raise NothingThere(
                f"{_FLAG} is asked of a record that was made once more, to the byte: record {moment.seq} was not. Ask "
                "without it: the story says why"
            )
        return ()
    if not (asked or is_asked_on(moment.record)):
        return ()
    footing = Footing(journal.before(moment.seq), lambda like: journal.before(moment.seq, like).state)
    return (*beyond(footing), _what_if(footing, asked)) if asked else beyond(footing)


def beyond(footing: Footing) -> tuple[Section, ...]:
    """What is said of every record beyond it: of a denial what would have let it pass, of a wish for nothing how far
    it was from another."""
    decision = footing.stood.record.decision
    sections = [
        _why_not(footing) if decision is not None and decision.outcome is Outcome.DENIED else None,
        _distance(footing, decision.proposal if decision is not None else None),
    ]
    return tuple(section for section in sections if section is not None)


def is_asked_on(record: Record) -> bool:
    """Whether anything can be said beyond it, unless it is asked for."""
    return record.decision is not None and record.decision.outcome in _ASKED_ON


def _why_not(footing: Footing) -> Section | None:
    stood = footing.stood
    policy = stood.reasoning.policy
    if not isinstance(policy, RulePolicy):
        return None
    found = why_not(
        Again(
            record=stood.record,
            strategy=stood.reasoning.strategy,
            refused_rows_max_share=stood.reasoning.refused_rows_max_share,
            limits=stood.loaded.config.risk,
            policy=lambda limits: other_limits(policy, limits),
            before=partial(footing.before, exactly=False),
        )
    )
    return why_not_section(found) if found is not None else None


def _distance(footing: Footing, wish: object) -> Section | None:
    stood = footing.stood
    # Asked at bars alone: a silence decides nothing, and no price would have made the strategy wish anything then.
    if not isinstance(wish, NoAction) or not isinstance(stood.record.observation, Bar):
        return None
    strategy, policy = stood.reasoning.strategy, stood.reasoning.policy
    taking = Taking(footing.before(strategy, policy), strategy, policy, stood.reasoning.refused_rows_max_share)
    taking.take(stood.record.observation, stood.record.ts_init)
    distance = _asked(strategy, wish, taking.view)
    return distance_section(distance) if distance is not None else None


def _asked(strategy: Strategy, wish: NoAction, view: MarketView) -> Distance | Fault | None:
    """What the strategy says; None where it names no distance. A plugin may raise anything, or answer anything: that is
    told, for it is no "cannot say"."""
    try:
        distance: object = strategy.distance(wish, view)
        if distance is None:
            return None
        if not isinstance(distance, Distance):
            raise WrongAnswer(f"{type(strategy).__name__}.distance", f"answered with a {type(distance).__name__}")
        check_tellable(distance.code, distance.numbers)
    except BaseException as error:  # noqa: BLE001 - whatever it raises
        return fault_of_plugin(error, "strategy")
    return distance


def _what_if(footing: Footing, asked: Sequence[str]) -> Section:
    # Here, because most stories are told without.
    from interlock.core.what_if import WhatIf, what_if_section
    from interlock.runner.config.canonical import canonical
    from interlock.runner.config.difference import differences
    from interlock.runner.config.override import overridden
    from interlock.runner.deciding import reasoning_of

    stood = footing.stood
    before = stood.loaded.config
    loaded = overridden(before, asked)
    try:
        parts = reasoning_of(loaded)
        state = footing.before(parts.strategy, parts.policy)
        taking = Taking(state, parts.strategy, parts.policy, parts.refused_rows_max_share)
        after = taking.take(stood.record.observation, stood.record.ts_init)
    except JournalUnavailable:
        raise
    except Exception as error:
        # A plugin's strategy or rule may raise anything where it is made, and say anything of how far it looks back.
        raise NothingThere(f"what was put in with {_FLAG} cannot be used here: {type(error).__name__}") from error
    changes = differences(canonical(before), canonical(loaded.config))
    return what_if_section(WhatIf(changes=changes, before=stood.record, after=after))
