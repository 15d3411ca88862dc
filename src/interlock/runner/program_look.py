"""A look at a program of the user's own: whether it can be found, and where. It is not started."""

import shutil

from interlock.runner.config.problems import PATH_CHARACTERS_MAX, printable
from interlock.runner.look import Look


def program_look(name: str, program: str, *, what: str, when: str, remedy: str) -> Look:
    """Whether ``what`` could be given to ``program``; ``when`` says how often, ``remedy`` what to do otherwise."""
    shown = printable(program, PATH_CHARACTERS_MAX)
    found = shutil.which(program)
    if found is None:
        where = "there is no program there that this user may run" if program.startswith("/") else "it is not on PATH"
        return Look(name=name, ok=False, detail=f"{what} would be given to {shown}, and {where}", remedy=remedy)
    at = "" if found == program else f" ({printable(found, PATH_CHARACTERS_MAX)})"
    return Look(name=name, ok=True, detail=f"{what} is given to {shown}{at} {when}")
