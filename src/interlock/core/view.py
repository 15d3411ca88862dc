"""What strategies and rules may see of the state: everything that they need, and no way to change it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from typing_extensions import override

from interlock.core.market import Bar, Instrument, Session
from interlock.core.portfolio import PortfolioView
from interlock.core.trading_state import TradingState
from interlock.core.trading_view import TradingView


class MarketView(TradingView):
    """A read-only window onto the state, as it is right now. Whatever it hands out is frozen.

    One view serves a whole run; it is only meaningful during the call that received it.
    """

    __slots__ = ()

    @property
    def now(self) -> datetime:
        """The domain clock. Only the cycle moves it: a strategy that could would make old data look new."""
        return self._now

    @property
    def instrument(self) -> Instrument:
        """What is traded. Raises ``LookupError`` before the journal was opened."""
        if self._state.instrument is None:
            raise LookupError("no journal has been opened: there is no instrument yet")
        return self._state.instrument

    @property
    def bar(self) -> Bar:
        """The newest bar. Raises ``LookupError`` before the first."""
        if self._state.bar is None:
            raise LookupError("no bar has been seen yet")
        return self._state.bar

    @property
    def has_bar(self) -> bool:
        """Whether any bar has been seen."""
        return self._state.bar is not None

    @property
    def bar_is_new(self) -> bool:
        """Whether the newest bar came just now: after a silence it is the same bar still."""
        return self._state.bar_is_new

    @property
    def previous_close(self) -> Decimal | None:
        """The close before the newest bar's, restated for splits; None at the first bar."""
        return self._state.previous_close

    @property
    def bars_seen(self) -> int:
        """How many bars there have been in this journal."""
        return self._state.bars_seen

    @property
    def lookback(self) -> int:
        """How many bars the state keeps: the most that strategy or rules asked for."""
        return self._state.lookback

    @property
    def bars(self) -> Sequence[Bar]:
        """The last ``lookback`` bars, oldest first, restated for splits."""
        return tuple(self._state.window)

    def sum_of_closes(self, length: int) -> Decimal | None:
        """The exact sum of the last ``length`` closes; None while fewer have been seen.

        Raises ``LookupError`` for a length that the strategy did not declare in ``sums``.
        """
        rolling = self._sums.get(length)
        if rolling is None:
            raise LookupError(f"no rolling sum over {length} bars is kept: declare it in the strategy's sums")
        return rolling.total if len(self._state.window) >= length else None

    @property
    def bars_missed(self) -> int:
        """Expected bars that did not come since the bar before the newest, by the session calendar."""
        return self._state.bars_missed

    @property
    def bars_overdue(self) -> int:
        """Bars that should have come by now and did not: of this session, and of the next once it has begun."""
        state, now = self._state, self._now
        if state.session is None:
            return 0
        due = state.session.bars_due(now, state.interval) - state.session_index
        after = state.next_session
        overdue = due if due > 0 else 0
        return overdue + (after.bars_due(now, state.interval) if after is not None and now > after.open else 0)

    @property
    def overdue_since(self) -> datetime | None:
        """When the first of the overdue bars should have come; None while none is overdue."""
        state = self._state
        if state.session is None:
            return None
        due = state.session.due(state.session_index + 1, state.interval)
        if due is None and state.next_session is not None:
            due = state.next_session.due(1, state.interval)
        return due if due is not None and due <= self._now else None

    @property
    def interval(self) -> timedelta:
        """The length of one bar."""
        return self._state.interval

    @property
    def session(self) -> Session | None:
        """The session that the newest bar belongs to; None when it lies in none."""
        bar, session = self._state.bar, self._state.session
        return session if bar is not None and session is not None and bar.ts_event in session else None

    @property
    def execution_session(self) -> Session | None:
        """The session that an order decided now would execute in; None when there is none to be sure of.

        Inside a session it is that session. At its close, and not later, it is the next one.
        """
        state, now = self._state, self._now
        session, bar = state.session, state.bar
        if session is None or bar is None or not session.open < bar.ts_event <= session.close:
            return None
        if bar.ts_event < session.close and now < session.close:
            return session
        following = state.next_session
        return following if following is not None and now < following.close else None

    @property
    def position(self) -> Decimal:
        """Units held; negative when short."""
        return self._state.portfolio.position

    @property
    def portfolio(self) -> PortfolioView:
        """The books, valued at the newest close."""
        return self._state.portfolio.at(self._state.bar.close if self._state.bar is not None else None)

    @property
    def equity(self) -> Decimal:
        """Cash plus the position at the newest close."""
        return self._state.equity

    @property
    def session_open_equity(self) -> Decimal:
        """Equity when the session began, valued at the close before it: what a day's loss is measured from."""
        return self._state.session_open_equity

    @property
    def session_loss(self) -> Decimal:
        """How much equity fell since the session began; negative where it rose."""
        return self._state.session_open_equity - self._state.equity

    @property
    def as_if_active(self) -> "MarketView":
        """The same, as if nothing restricted trading: so a rule can be asked what it would restrict again."""
        return _AsIfActive(self._state, self._now)


class _AsIfActive(MarketView):
    __slots__ = ()

    @property
    @override
    def trading_state(self) -> TradingState:
        return TradingState.ACTIVE

    @property
    @override
    def trading_state_code(self) -> str:
        return ""
