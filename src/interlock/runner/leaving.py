"""The last thing a process does is to end, whatever threads a plugin has left running."""

import atexit
import os
import sys
import threading
from typing import Final, NoReturn

from interlock.runner import streams

# A thread that is about to end by itself may.
LEAVE_SECONDS: Final = 5.0


def leave_in_time(code: int, seconds: float = LEAVE_SECONDS) -> None:
    """End the process with ``code`` after ``seconds``, unless it has ended by itself. All work is done by then.

    Python waits for every thread that is no daemon, for ever; ours all are, and a plugin's may not be.
    """
    if _somebody_stays():
        timer = threading.Timer(seconds, os._exit, (code,))
        timer.daemon = True
        timer.start()


def leave(code: int) -> NoReturn:
    """End the process with ``code``: all work is done, and nobody else's comes behind.

    Python would take every object apart first, for nothing: a tenth of what a question to a journal takes. What asked
    to be called at the end is called. A thread that is no daemon is left to Python, which waits for it.
    """
    if not _somebody_stays():
        atexit._run_exitfuncs()
        streams.settle()
        os._exit(code)
    sys.exit(code)


def _somebody_stays() -> bool:
    main = threading.main_thread()
    return any(not thread.daemon and thread is not main for thread in threading.enumerate())
