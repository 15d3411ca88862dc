"""How a run ends, as numbers. Scripts branch on these, so each has one meaning, and the page is drawn from here."""

from enum import IntEnum
from typing import Final

from interlock.core.faults import (
    AdapterUnavailable,
    ConfigurationError,
    InterlockError,
    InvariantViolated,
    JournalInUse,
    JournalUnavailable,
    VenueProtocolError,
)


class ExitCode(IntEnum):
    """Every exit code; ``meaning`` says what it stands for and what to do."""

    DONE = 0
    FINDING = 1
    USAGE = 2
    REFUSED = 3
    HALTED = 4
    JOURNAL = 5
    HUNG = 6
    INTERNAL = 70
    ANSWER_LOST = 74

    @property
    def meaning(self) -> str:
        """What it stands for and what to do."""
        return MEANINGS[self]


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.DONE: (
        "done, or stopped cleanly: by end of data, a bound, or one signal; also where a loss left trading REDUCING"
    ),
    ExitCode.FINDING: (
        "done, with an adverse finding: trading ended HALTED though nothing raised (refused rows, a report that cannot "
        "be), the data ended without one bar, or a check found something; read what was reported"
    ),
    ExitCode.USAGE: "wrong usage or configuration: nothing was started; every problem is told with its remedy",
    ExitCode.REFUSED: "refused to start (fail closed): what was asked for is not allowed or not available",
    ExitCode.HALTED: (
        "halted by a fault, whether it ended the run or only trading: the journal holds everything up to it; find the "
        "cause before starting again"
    ),
    ExitCode.JOURNAL: "the journal could not be written, read or trusted: nothing was sent after that",
    ExitCode.HUNG: (
        "ended by its watchdog, because a cycle or the stop hung: the journal is whole and holds everything that was "
        "sent; find what hung before starting again"
    ),
    ExitCode.INTERNAL: "an internal error: a defect of Interlock; please report it with the trace",
    # As sysexits.h has it, and far from what is found: who asked has not been told, whatever the answer was.
    ExitCode.ANSWER_LOST: (
        "all was well, and only the answer could not be written to stdout, because of a full disk behind it say; what "
        "was to be done is done. Whatever has a code of its own keeps that"
    ),
}


class RefusedToStart(InterlockError):
    """The request was understood and is not allowed: change what is asked, not how (exit 3)."""


# The first that matches: named by what the caller must do, so the code follows from the class.
_CODES: Final[tuple[tuple[type[InterlockError], ExitCode], ...]] = (
    (ConfigurationError, ExitCode.USAGE),
    (RefusedToStart, ExitCode.REFUSED),
    (JournalInUse, ExitCode.REFUSED),
    (JournalUnavailable, ExitCode.JOURNAL),
    (InvariantViolated, ExitCode.HALTED),
    (VenueProtocolError, ExitCode.HALTED),
    (AdapterUnavailable, ExitCode.HALTED),
)


def exit_code_of(error: InterlockError) -> ExitCode:
    """The exit code that an error of ours stands for."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.INTERNAL)
