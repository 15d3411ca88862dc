"""The last thing a process does is to end, whatever threads a plugin has left running."""

import os
import threading
from typing import Final

# A thread that is about to end by itself may.
LEAVE_SECONDS: Final = 5.0


def leave_in_time(code: int, seconds: float = LEAVE_SECONDS) -> None:
    """End the process with ``code`` after ``seconds``, unless it has ended by itself. All work is done by then.

    Python waits for every thread that is no daemon, for ever; ours all are, and a plugin's may not be.
    """
    main = threading.main_thread()
    if any(not thread.daemon and thread is not main for thread in threading.enumerate()):
        timer = threading.Timer(seconds, os._exit, (code,))
        timer.daemon = True
        timer.start()
