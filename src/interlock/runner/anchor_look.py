"""A look at the anchor command before a run: whether there is one, and whether it can be found.

A run would start without it: an anchor that is lost never stops trading. So this is told, and refuses nothing.
"""

import shutil

from interlock.runner.config import Loaded
from interlock.runner.config.problems import PATH_CHARACTERS_MAX, printable
from interlock.runner.look import Look


def anchor_looks(loaded: Loaded) -> tuple[Look, ...]:
    """Nothing where no command is configured: most runs have none. The command is not started."""
    journal = loaded.config.journal
    if not journal.anchor_command:
        return ()
    program = journal.anchor_command[0]
    shown = printable(program, PATH_CHARACTERS_MAX)
    found = shutil.which(program)
    if found is None:
        where = "there is no program there that this user may run" if program.startswith("/") else "it is not on PATH"
        return (
            Look(
                name="anchor",
                ok=False,
                detail=f"the head would be given to {shown}, and {where}",
                remedy="install it, or take anchor_command away: a run starts, and every anchor of it fails",
            ),
        )
    every = format(journal.anchor_every_seconds, "f")
    at = "" if found == program else f" ({printable(found, PATH_CHARACTERS_MAX)})"
    detail = f"the head is given to {shown}{at} every {every} s and at the stop"
    return (Look(name="anchor", ok=True, detail=detail),)
