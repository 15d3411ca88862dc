"""A look at the kill switch, before a run: it would begin as restricted as that."""

from pathlib import Path

from interlock.core.reasons import REASONS, Reason, sentence
from interlock.runner.kill_switch import look
from interlock.runner.look import Look


def kill_switch_looks(folder: Path) -> tuple[Look, ...]:
    """Off is what it nearly always is, and then there is nothing to say."""
    seen = look(folder)
    if seen is None:
        return ()
    return (
        Look(
            name="kill switch",
            ok=False,
            detail=f"{sentence(Reason.KILL_SWITCH, {'found': seen.found})}: a run would be {seen.state}",
            remedy=REASONS[Reason.KILL_SWITCH].remedy,
        ),
    )
