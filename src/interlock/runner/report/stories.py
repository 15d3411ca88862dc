"""The full explanation of many records in one pass, as ``interlock explain`` tells each.

The command folds the records before the one that it is asked for. Here one state goes on from record to record, which
keeps enough for every configuration on the way; each record that is told is decided once more in a copy of it.
"""

from collections.abc import Collection, Mapping
from functools import partial

from attrs import Factory, define, frozen

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.explain import story
from interlock.core.explain_story import Section, Story
from interlock.core.market import Bar, Session
from interlock.core.moment import Moment, Numbered, Rederived, Standing, standing
from interlock.core.observations import JournalOpened, RunStarted
from interlock.core.records import Record
from interlock.core.state import NEVER, State, initial_state
from interlock.core.view import MarketView
from interlock.runner.asking.causes import causes_of
from interlock.runner.asking.following import LOOKED_AT_MAX, Following
from interlock.runner.asking.footing import Footing
from interlock.runner.asking.further import beyond, is_asked_on
from interlock.runner.asking.once_more import not_here, once_more
from interlock.runner.asking.stood import Folded, Stood, folded, take_in
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.report.made_with import MadeWith, Whole


def stories(
    rows: SearchedJournal, opened: JournalOpened, last_seq: int, wanted: Collection[int], runs: Mapping[int, RunStarted]
) -> dict[int, Story]:
    """The stories of the records ``wanted`` of a journal, as it was when it ended with ``last_seq``. ``runs`` are those
    that it tells of, by the records in which they began.

    Raises ``JournalUnavailable`` for a record that is damaged.
    """
    if not wanted:
        return {}
    first = min(wanted)
    made_with = MadeWith(rows, opened, first, runs)
    like = made_with.wide_enough
    was = folded(rows, first - 1, like or initial_state(lookback=1), any_horizon=like is None)
    telling = _Telling(
        rows=rows,
        opened=opened,
        last_seq=last_seq,
        made_with=made_with,
        whole=Whole(rows, last_seq),
        state=was.state,
        restricted=was.restricted,
    )
    for row in rows.checked(last_seq, first):
        telling.take(row, tell=row[0] in wanted)
    return telling.told()


@frozen(kw_only=True)
class _Begun:
    """A moment of which not all is known that follows."""

    seq: int
    record: Record
    before: Standing
    after: Standing
    bar: Bar | None
    session: Session | None
    execution_session: Session | None
    bars_missed: int
    bars_overdue: int
    causes: tuple[Numbered, ...]
    following: Following
    rederived: Rederived
    beyond: tuple[Section, ...]


# mutable: the fold goes on in it
@define(kw_only=True)
class _Telling:
    rows: SearchedJournal
    opened: JournalOpened
    last_seq: int
    made_with: MadeWith
    whole: Whole
    state: State
    restricted: int | None
    _open: list[_Begun] = Factory(list)
    _stories: dict[int, Story] = Factory(dict)

    def take(self, row: Row, *, tell: bool) -> None:
        """The next record; ``tell`` begins a moment with it."""
        self.made_with.reach(row[0])
        restriction = self.state.trading_state, self.state.trading_state_code
        begun = self._begin(row) if tell else None
        if begun is None:
            take_in(self.state, row)
        if (self.state.trading_state, self.state.trading_state_code) != restriction:
            self.restricted = row[0]
        for one in self._open:
            one.following.saw(row)
        if begun is not None:
            self._open.append(begun)
        if self._open:
            self._open = [one for one in self._open if not self._ended(one, row[0])]

    def told(self) -> dict[int, Story]:
        """Every story, those too of which more may follow."""
        for one in self._open:
            self._tell(one)
        return self._stories

    def _begin(self, row: Row) -> _Begun:
        seq, kind, body, _ = row
        record = decode(kind, body)
        before = standing(MarketView(self.state, self.state.ts_init or NEVER))
        was = Folded(state=self.state, restricted=self.restricted)
        causes = causes_of(self.rows, seq, record, self.opened.journal_id, was)
        rederived, beyond_it = self._again(seq, record, body)
        take_in(self.state, row)
        view = MarketView(self.state, record.ts_init)
        return _Begun(
            seq=seq,
            record=record,
            before=before,
            after=standing(view),
            bar=view.bar if view.has_bar else None,
            session=view.session,
            execution_session=view.execution_session,
            bars_missed=view.bars_missed,
            bars_overdue=view.bars_overdue,
            causes=causes,
            following=Following(seq, record, self.state),
            rederived=rederived,
            beyond=beyond_it,
        )

    def _again(self, seq: int, record: Record, body: bytes) -> tuple[Rederived, tuple[Section, ...]]:
        """The record made once more, and what can be said beyond it; the state stays as it is, right before it."""
        parts = self.made_with.parts
        if isinstance(parts, NotHere):
            return not_here(parts), ()
        strategy, policy = parts.reasoning.strategy, parts.reasoning.policy
        stood = partial(
            Stood,
            seq=seq,
            record=record,
            body=body,
            reasoning=parts.reasoning,
            loaded=parts.loaded,
            made_by=parts.started.build,
            here=parts.build,
        )
        whole = partial(self.whole.before, seq)
        # A state that keeps more, for other runs, is cut to this one's measure: then all is asked as the command asks.
        as_kept = Footing(stood(state=self.state), whole).before(strategy, policy)
        footing = Footing(stood(state=as_kept), whole)
        rederived = once_more(parts, record, body, footing.before(strategy, policy))
        is_asked = rederived.matches is True and is_asked_on(record)
        return rederived, beyond(footing) if is_asked else ()

    def _ended(self, one: _Begun, seq: int) -> bool:
        if not one.following.ended and seq < one.seq + LOOKED_AT_MAX:
            return False
        self._tell(one)
        return True

    def _tell(self, one: _Begun) -> None:
        followed = one.following.told()
        opened, bar = self.opened, one.bar
        moment = Moment(
            seq=one.seq,
            last_seq=self.last_seq,
            record=one.record,
            mode=opened.mode,
            account=opened.account,
            instrument=opened.instrument,
            currency=opened.currency,
            before=one.before,
            after=one.after,
            settled=followed.settled,
            bar=bar,
            age=one.record.ts_init - bar.ts_event if bar is not None else None,
            session=one.session,
            execution_session=one.execution_session,
            bars_missed=one.bars_missed,
            bars_overdue=one.bars_overdue,
            causes=one.causes,
            followed=followed.records,
            ended=followed.ended,
            looked_until=followed.looked_until,
            rederived=one.rederived,
        )
        self._stories[one.seq] = story(moment, one.beyond)
