"""Where a record was decided, to be decided in again as often as one likes."""

from collections.abc import Callable
from copy import deepcopy

from interlock.core.again import fitted, unforgetting
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.state import State
from interlock.runner.asking.stood import Stood


# mutable: a state that forgets nothing is folded once, where one is needed
class Footing:
    """``stood`` is left as it is. ``whole`` folds the records before it into a state that keeps at least as much as the
    empty one that it is given, and which belongs to it: here it is only read."""

    def __init__(self, stood: Stood, whole: Callable[[State], State]) -> None:
        self.stood = stood
        self._fold_whole = whole
        self._whole: State | None = None

    def before(self, strategy: Strategy, policy: RiskPolicy, *, exactly: bool = True) -> State:
        """A fresh state as it was right before the record, which remembers what these look back over."""
        for kept in (self.stood.state, self._whole):
            state = fitted(kept, strategy, policy, exactly=exactly) if kept is not None else None
            if state is not None:
                return state
        # Rarely: something looks back further than was kept, so every record is read.
        like = unforgetting(self.stood.state, strategy, policy, self.stood.seq)
        self._whole = self._fold_whole(like)
        return fitted(self._whole, strategy, policy, exactly=exactly) or deepcopy(self._whole)
