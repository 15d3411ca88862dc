"""A moment put together: the state before a record, the record made once more, and what led there and came of it."""

import json
from typing import Self

from msgspec import Struct

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.again import fitted
from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.market import Bar, Session
from interlock.core.moment import Moment, Rederived, standing
from interlock.core.observations import JournalOpened
from interlock.core.records import Record
from interlock.core.state import NEVER, State, initial_state
from interlock.core.view import MarketView
from interlock.runner.asking.causes import causes_of
from interlock.runner.asking.following import follow
from interlock.runner.asking.governing import governing
from interlock.runner.asking.once_more import not_here, once_more
from interlock.runner.asking.recordings import Recordings
from interlock.runner.asking.stood import Folded, folded, unfoldable
from interlock.runner.commands.journal_recorded import NotHere, Recorded


# mutable: configurations that were read are kept, and the newest state
class Making:
    """Puts moments of one journal together. Of ``opened`` it is a journal; it was read up to ``last_seq``."""

    def __init__(self, journal: SearchedJournal, opened: JournalOpened, last_seq: int) -> None:
        self._journal = journal
        self._opened = opened
        self._last_seq = last_seq
        self._recordings = Recordings()
        self._folded: tuple[int, Folded] | None = None

    def parts(self, seq: int) -> Recorded:
        """What record ``seq`` was made with. Raises ``NotHere`` where that cannot be had here."""
        parts = self._recordings.of(governing(self._journal, self._opened, seq))
        if isinstance(parts, NotHere):
            raise parts
        return parts

    def market_zone(self, seq: int) -> str | None:
        """What the configuration of record ``seq`` says of the times in its data."""
        try:
            configuration = json.loads(governing(self._journal, self._opened, seq).configuration)
        except NotHere:
            return None
        zone = configuration.get("market_data", {}).get("time_zone")
        return zone if isinstance(zone, str) else None

    def before(self, seq: int, parts: Recorded) -> Folded:
        """The state right before record ``seq``, for whoever decides as ``parts`` do."""
        strategy, policy = parts.reasoning.strategy, parts.reasoning.policy
        if self._folded is None or self._folded[0] != seq:
            self._folded = seq, folded(self._journal, seq - 1, state_for(strategy, policy))
        # A story is told of one record, which is looked at from more than one side: it is folded up to it once.
        was = self._folded[1]
        return Folded(state=fitted(was.state, strategy, policy) or was.state, restricted=was.restricted)

    def moment(self, row: Row) -> Moment:
        """The moment of a record, which is held against the chain. Raises ``JournalUnavailable``."""
        seq, kind, body, _ = row
        record = decode(kind, body)
        parts = self._parts_or_why(seq)
        was = self._before(seq, parts)
        before = standing(MarketView(was.state, was.state.ts_init or NEVER))
        causes = causes_of(self._journal, seq, record, self._opened.journal_id, was)
        state, rederived = self._made_again(seq, record, body, parts, was.state)
        view = MarketView(state, record.ts_init)
        # All that the view says is asked before the state goes on to what followed.
        seen = _Seen.by(view)
        after = standing(view)
        followed = follow(self._journal, seq, record, state, self._last_seq)
        opened = self._opened
        return Moment(
            seq=seq,
            last_seq=self._last_seq,
            record=record,
            mode=opened.mode,
            account=opened.account,
            instrument=opened.instrument,
            currency=opened.currency,
            before=before,
            after=after,
            settled=followed.settled,
            bar=seen.bar,
            age=record.ts_init - seen.bar.ts_event if seen.bar is not None else None,
            session=seen.session,
            execution_session=seen.execution_session,
            bars_missed=seen.bars_missed,
            bars_overdue=seen.bars_overdue,
            causes=causes,
            followed=followed.records,
            ended=followed.ended,
            looked_until=followed.looked_until,
            rederived=rederived,
        )

    def _parts_or_why(self, seq: int) -> Recorded | NotHere:
        try:
            return self.parts(seq)
        except NotHere as why:
            return why

    def _before(self, seq: int, parts: Recorded | NotHere) -> Folded:
        if isinstance(parts, Recorded):
            return self.before(seq, parts)
        # Nobody decides here, so nobody looks back: what is told is the same however much is kept.
        return folded(self._journal, seq - 1, initial_state(lookback=1), any_horizon=True)

    def _made_again(
        self, seq: int, record: Record, body: bytes, parts: Recorded | NotHere, state: State
    ) -> tuple[State, Rederived]:
        """The state right after the record, as it was recorded, and whether it follows. ``state`` is used up."""
        if isinstance(parts, NotHere):
            return _with(seq, state, record), not_here(parts)
        rederived = once_more(parts, record, body, state)
        if rederived.matches:
            return state, rederived
        return _with(seq, self.before(seq, parts).state, record), rederived


class _Seen(Struct, frozen=True, kw_only=True):
    """What a view shows of the market at one moment: the view itself goes on."""

    bar: Bar | None
    session: Session | None
    execution_session: Session | None
    bars_missed: int
    bars_overdue: int

    @classmethod
    def by(cls, view: MarketView) -> Self:
        """What ``view`` shows right now."""
        return cls(
            bar=view.bar if view.has_bar else None,
            session=view.session,
            execution_session=view.execution_session,
            bars_missed=view.bars_missed,
            bars_overdue=view.bars_overdue,
        )


def _with(seq: int, state: State, record: Record) -> State:
    try:
        evolve(state, record)
    except Exception as error:
        raise unfoldable(seq, error) from error
    return state
