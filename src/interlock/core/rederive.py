"""Every decision once more: what was recorded, held against what follows from what was observed.

The recorded observations go through the very fold, watch and decision that made the record. Nothing is sent: what a
decision would allow is thrown away with the record that is made of it. No port, no clock and no chance is asked.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.observations import Observation
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.core.taking import Taking


class Reasoning(Struct, frozen=True, kw_only=True):
    """Whose decisions are made once more: what a configuration comes to."""

    strategy: Strategy
    policy: RiskPolicy
    refused_rows_max_share: Decimal


class Rederivation:
    """Takes the observations of one journal, one by one and from its first.

    ``spell`` gives the bytes of a record: what is compared is what is on disk. ``state`` is what the observations so
    far add up to, to be read and not to be changed.
    """

    def __init__(
        self,
        reasoning: Reasoning,
        spell: Callable[[Record], bytes],
        before: Iterable[Record] = (),
        state: State | None = None,
    ) -> None:
        """Begin under ``reasoning``, after the records ``before``: all that were there when its run took over.

        They are folded, not decided anew: that was done under whatever they were made with. ``state``, which is owned
        from now on, is what all that came before them adds up to.
        """
        if state is None:
            state = state_for(reasoning.strategy, reasoning.policy)
        for record in before:
            evolve(state, record)
        self._spell = spell
        self.state: Final = state
        self._taking = Taking(state, reasoning.strategy, reasoning.policy, reasoning.refused_rows_max_share)

    def derive(self, observation: Observation, ts_init: datetime) -> Record:
        """The record that follows from the next observation, already folded in. Raises whatever the fold raises."""
        return self._taking.take(observation, ts_init)

    def difference(self, observation: Observation, ts_init: datetime, recorded: bytes) -> bytes | None:
        """What should have been ``recorded`` of the next observation; None where it is just that, to the byte.

        Raises whatever the fold raises; neither then, nor after a difference, is anything later to be compared.
        """
        derived = self._spell(self.derive(observation, ts_init))
        return None if derived == recorded else derived
