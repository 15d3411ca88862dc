"""What a story can say beyond its record: what would have let an order pass, how far a wish was, and what if.

All of it is found by deciding the recorded moment again, from the state that was.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from interlock.core.again import Again, fitted, other_limits, unforgetting
from interlock.core.decision import NoAction, Outcome, check_tellable
from interlock.core.distance import Distance
from interlock.core.explain_story import Section
from interlock.core.explain_why_not import distance_section, why_not_section
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Bar
from interlock.core.moment import Moment
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.risk.policy import RulePolicy
from interlock.core.state import State
from interlock.core.taking import Taking
from interlock.core.view import MarketView
from interlock.core.why_not import why_not
from interlock.runner.asking.errors import NothingThere
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.asking.stood import Stood

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
    decision = moment.record.decision
    if not asked and (decision is None or decision.outcome not in _ASKED_ON):
        return ()
    standing = _Standing(journal, moment.seq)
    sections = [
        _why_not(standing) if decision is not None and decision.outcome is Outcome.DENIED else None,
        _distance(standing, decision.proposal if decision is not None else None),
        _what_if(standing, asked) if asked else None,
    ]
    return tuple(section for section in sections if section is not None)


# mutable: a state that forgets nothing is folded once, where one is needed
class _Standing:
    """Where a record was decided, to be stood in as often as one likes."""

    def __init__(self, journal: AskedJournal, seq: int) -> None:
        self._journal = journal
        self.stood: Stood = journal.before(seq)
        self._whole: State | None = None

    def before(self, strategy: Strategy, policy: RiskPolicy, *, exactly: bool = True) -> State:
        """A fresh state as it was right before the record, which remembers what these look back over."""
        for kept in (self.stood.state, self._whole):
            state = fitted(kept, strategy, policy, exactly=exactly) if kept is not None else None
            if state is not None:
                return state
        # Rarely: something looks back further than was kept, so every record is read.
        like = unforgetting(self.stood.state, strategy, policy, self.stood.seq)
        self._whole = self._journal.before(self.stood.seq, like).state
        return fitted(self._whole, strategy, policy, exactly=exactly) or self._whole


def _why_not(standing: _Standing) -> Section | None:
    stood = standing.stood
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
            before=partial(standing.before, exactly=False),
        )
    )
    return why_not_section(found) if found is not None else None


def _distance(standing: _Standing, wish: object) -> Section | None:
    stood = standing.stood
    # Asked at bars alone: a silence decides nothing, and no price would have made the strategy wish anything then.
    if not isinstance(wish, NoAction) or not isinstance(stood.record.observation, Bar):
        return None
    strategy, policy = stood.reasoning.strategy, stood.reasoning.policy
    taking = Taking(standing.before(strategy, policy), strategy, policy, stood.reasoning.refused_rows_max_share)
    taking.take(stood.record.observation, stood.record.ts_init)
    distance = _asked(strategy, wish, taking.view)
    return distance_section(distance) if distance is not None else None


def _asked(strategy: Strategy, wish: NoAction, view: MarketView) -> Distance | None:
    """What the strategy says. A plugin may raise anything, or answer anything: then it says nothing."""
    try:
        distance: object = strategy.distance(wish, view)
        if not isinstance(distance, Distance):
            return None
        check_tellable(distance.code, distance.numbers)
    except Exception:  # noqa: BLE001 - whatever it raises
        return None
    return distance


def _what_if(standing: _Standing, asked: Sequence[str]) -> Section:
    # Here, because most stories are told without.
    from interlock.core.what_if import WhatIf, what_if_section
    from interlock.runner.config.canonical import canonical
    from interlock.runner.config.difference import differences
    from interlock.runner.config.override import overridden
    from interlock.runner.deciding import reasoning_of

    stood = standing.stood
    before = stood.loaded.config
    loaded = overridden(before, asked)
    try:
        parts = reasoning_of(loaded)
        state = standing.before(parts.strategy, parts.policy)
        taking = Taking(state, parts.strategy, parts.policy, parts.refused_rows_max_share)
        after = taking.take(stood.record.observation, stood.record.ts_init)
    except JournalUnavailable:
        raise
    except Exception as error:
        # A plugin's strategy or rule may raise anything where it is made, and say anything of how far it looks back.
        raise NothingThere(f"what was put in with {_FLAG} cannot be used here: {type(error).__name__}") from error
    changes = differences(canonical(before), canonical(loaded.config))
    return what_if_section(WhatIf(changes=changes, before=stood.record, after=after))
