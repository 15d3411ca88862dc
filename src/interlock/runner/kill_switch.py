"""The kill switch: two files in the state folder whose mere existence restricts trading.

Neither is ever read to decide: a full disk, a hand in haste or another program may leave anything in it, or nothing.
What a person wrote there is told all the same.
"""

import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from interlock.adapters.execution.gate import Guard, Refusal
from interlock.core.commands import KillSwitchSeen
from interlock.core.orders import ApprovedOrder, OrderClass
from interlock.core.reasons import Reason
from interlock.core.trading_state import TradingState
from interlock.runner.config.problems import printable

HALT_NAME: Final = "HALT"
REDUCE_NAME: Final = "REDUCE"
# The tighter first: where both are there, that one counts.
FILES: Final = {HALT_NAME: TradingState.HALTED, REDUCE_NAME: TradingState.REDUCING}
WORDS_BYTES_MAX: Final = 1_000
_SHOWN_CHARACTERS_MAX: Final = 300


def look(folder: Path) -> KillSwitchSeen | None:
    """What the kill switch in ``folder`` says: None while neither file is there.

    Anything of that name counts: a link that leads nowhere, a folder, a pipe. Where nobody can tell whether there is
    something, that counts as HALT.
    """
    for name, state in FILES.items():
        found = _found(folder / name)
        if found:
            return KillSwitchSeen(state=state if found == name else TradingState.HALTED, found=found)
    return None


def glance_at(folder: Path) -> Callable[[], bool]:
    """Whether either file is seen in ``folder``, as a question that may be asked before every item: it costs a tenth of
    ``look``. Where nobody can look it says no: ``look``, which is asked now and then and before each send, does not."""
    # As bytes: text would be put into them at each question.
    halt, reduce = (os.fsencode(folder / name) for name in FILES)
    there, exists = os.access, os.F_OK
    return lambda: there(halt, exists, follow_symlinks=False) or there(reduce, exists, follow_symlinks=False)


def _found(place: Path) -> str:
    """What is at ``place``: its name, or what kept us from looking; empty where nothing is."""
    try:
        # Not exists(), which follows links, and takes some errors for an answer.
        os.lstat(place)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"unreadable: {type(error).__name__}"
    return place.name


def words_in(place: Path) -> str:
    """What is written at ``place`` for people, on one line; empty where nothing can be read. Never waits or raises."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        words = os.read(descriptor, WORDS_BYTES_MAX).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return printable(words, _SHOWN_CHARACTERS_MAX)


def guard_of(folder: Path) -> Guard:
    """The guard that looks at the kill switch in ``folder`` before each send: HALT stops all, REDUCE stops entries."""

    def guard(order: ApprovedOrder, _: datetime) -> Refusal | None:
        seen = look(folder)
        if seen is None or (seen.state is TradingState.REDUCING and order.terms.order_class is not OrderClass.ENTRY):
            return None
        return Refusal(code=Reason.KILL_SWITCH, numbers={"found": seen.found})

    return guard
