"""What the runs of a journal were made with, each configuration read once however many records ask for it."""

from msgspec.structs import replace

from interlock.core.cycle import state_for
from interlock.core.observations import RunStarted
from interlock.runner.commands.journal_recorded import NotHere, Recorded, recorded


# mutable: what was read is kept
class Recordings:
    """The configurations of one journal, as far as they were asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Recorded | NotHere] = {}

    def of(self, started: RunStarted) -> Recorded | NotHere:
        """What ``started`` was made with, or why that cannot be had here."""
        known = self._known.get(started.configuration)
        if known is None:
            known = self._known[started.configuration] = _tried(started)
        # Another run of the same configuration may have been made by another build.
        return replace(known, started=started) if isinstance(known, Recorded) else known


def _tried(started: RunStarted) -> Recorded | NotHere:
    try:
        parts = recorded(started)
        state_for(parts.reasoning.strategy, parts.reasoning.policy)
    except NotHere as why:
        return why
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything where it is asked how far it looks back
        return NotHere(f"the recorded configuration cannot be used here: {type(error).__name__}")
    return parts
