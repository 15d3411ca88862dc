"""A look at the anchor command before a run: whether there is one, and whether it can be found.

A run would start without it: an anchor that is lost never stops trading. So this is told, and refuses nothing.
"""

from interlock.runner.config import Loaded
from interlock.runner.look import Look
from interlock.runner.program_look import program_look


def anchor_looks(loaded: Loaded) -> tuple[Look, ...]:
    """Nothing where no command is configured: most runs have none. The command is not started."""
    journal = loaded.config.journal
    if not journal.anchor_command:
        return ()
    every = format(journal.anchor_every_seconds, "f")
    return (
        program_look(
            "anchor",
            journal.anchor_command[0],
            what="the head",
            when=f"every {every} s and at the stop",
            remedy="install it, or take anchor_command away: a run starts, and every anchor of it fails",
        ),
    )
