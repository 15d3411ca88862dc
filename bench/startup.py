"""How long the command line takes to start: CPU seconds, user and system, medians of five.

    python bench/startup.py

What is measured is a process of its own, from its start to its end, as ``os.wait4`` counts it: another program on
the machine does not change it much. ``check`` is the one without a file, which loads no exchange calendar. Exits
with 1 where a figure misses its limit.
"""

import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

RUNS = 5
# The command, and how many CPU seconds it may take.
LIMITS = {"--version": 0.25, "check": 0.50}
START = "from interlock.runner.main import main; main()"


def cpu_seconds(command: str, folder: Path) -> float:
    """What one run of ``interlock <command>`` in ``folder`` took."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.execv(sys.executable, [sys.executable, "-c", START, command])
    _, status, used = os.wait4(child, 0)
    if status != 0:
        raise SystemExit(f"interlock {command} ended with exit code {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, print, and say whether the limits are kept."""
    # No model of anybody's processor: the architecture is what a reader can compare with.
    print(f"startup: CPU seconds, median of {RUNS}; {platform.machine()}, Python {platform.python_version()}")
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for command, limit in LIMITS.items():
            cpu_seconds(command, Path(folder))  # once unmeasured: it writes the compiled files
            took = statistics.median(cpu_seconds(command, Path(folder)) for _ in range(RUNS))
            missed = missed or took > limit
            print(f"  interlock {command:<10} {took:.3f} s of {limit:.2f} s{'  too slow' if took > limit else ''}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
