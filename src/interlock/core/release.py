"""What a person's release forgives.

Some rules restrict trading for what lies behind: a loss, a storm of fills and a step of the clock do not go away by
waiting. Whoever releases has looked at it, so it is forgotten then, or the next bar would restrict trading again. Only
what was released is forgotten: something else that went wrong meanwhile, hidden behind it, is told next.

What still is (a day's loss, a silent feed, an order in doubt) is never forgotten: it stands in the release's way.
"""

from datetime import timedelta
from typing import Final

from interlock.core.reasons import Reason
from interlock.core.state import State

_NOT_AT_ALL: Final = timedelta(0)


def release(state: State) -> None:
    """Begin anew with what the restriction that is in force was measured from; its code is still in ``state``."""
    match state.trading_state_code:
        case Reason.DRAWDOWN_EXCEEDED if state.peak_equity is not None:
            state.peak_equity = state.equity
        case Reason.EXECUTIONS_EXCEEDED:
            state.execution_times.clear()
        case Reason.CLOCK_STEPPED_BACK:
            state.stepped_back = _NOT_AT_ALL
        case _:
            pass  # nothing that was measured lies behind it
