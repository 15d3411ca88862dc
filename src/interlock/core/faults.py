"""Errors named by what the caller must do, and a fault as a value that can be recorded."""

import traceback
from typing import Final, Self

from attrs import field, frozen

# The folder of the package, with its separator.
_OURS: Final = __file__.removesuffix("core/faults.py")
_OUR_ADAPTERS: Final = f"{_OURS}adapters/"

# Where a fault of the venue's adapter lies: after one, the venue has to confirm orders and position.
VENUE: Final = "execution"


class InterlockError(Exception):
    """The root of everything that Interlock raises on purpose."""


class ConfigurationError(InterlockError):
    """The configuration does not stand: fix the file. Nothing was started."""


class AdapterUnavailable(InterlockError):
    """A source or venue did not answer: trying again, within bounds, may help."""


class AdapterLate(AdapterUnavailable):
    """A call of an adapter has not returned in time: what came of it nobody knows, and no other is made until it has.

    Its message is the call and its deadline, in words of ours: it is recorded.
    """


class QueueOverflow(InterlockError):
    """More came in than was taken out, and something could not be kept: halt. Opening anew fetches what is missing."""


class VenueProtocolError(InterlockError):
    """A venue broke its contract: stop trusting it."""


class JournalUnavailable(InterlockError):
    """A record could not be kept: nothing may be sent, the run stops (exit 5)."""


class JournalInUse(JournalUnavailable):
    """Another process writes this journal: stop that one, or use another state folder (exit 3)."""


class InvariantViolated(InterlockError):
    """The books do not add up: the state can no longer be trusted, the run stops (exit 4)."""


class WrongAnswer(InterlockError):
    """A plugin answered what its port does not allow: fix the plugin. Nothing was made of the answer."""

    def __init__(self, asked: str, found: str) -> None:
        super().__init__(f"{asked} {found}")


@frozen(kw_only=True)
class Fault:
    """An exception as data: its type and place are recorded; its message may hold anything and is not. Where the words
    are ours, they stand as the place: they say more than a line of ours does.

    ``trace`` is for the log of this process alone, with messages left out for the same reason.
    """

    where: str
    error: str
    place: str
    trace: str = field(default="", eq=False, repr=False)

    @classmethod
    def of(cls, error: BaseException, *, where: str) -> Self:
        """Describe ``error``, raised by the part called ``where`` (strategy, rule, adapter, decide)."""
        # Without their lines, which would be read from the source files.
        frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
        lines = [f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        # Nothing was raised where the mistake is; and an adapter of ours repeats nothing that somebody else has said.
        ours = bool(frames) and frames[-1].filename.startswith(_OUR_ADAPTERS)
        told = isinstance(error, WrongAnswer | AdapterLate) or (ours and isinstance(error, AdapterUnavailable))
        # Where a plugin called us wrongly, the line to look at is the plugin's own.
        theirs = [line for line, frame in zip(lines, frames, strict=True) if not frame.filename.startswith(_OURS)]
        place = str(error) if told else (theirs or lines or [""])[-1]
        return cls(where=where, error=type(error).__name__, place=place, trace=" > ".join(lines))


def fault_of_plugin(error: BaseException, where: str) -> Fault:
    """``Fault.of`` for whatever a strategy or a rule raised: an exit, too, is its fault, and the process ours to end. A
    person's Ctrl-C is nobody's: it rises wherever no handler of ours takes the signal (a run has one, and asks it).
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    return Fault.of(error, where=where)


def _module(filename: str) -> str:
    """The last two parts of a file's name: enough to find it, and no path of anybody's machine."""
    return "/".join(filename.replace("\\", "/").rsplit("/", 2)[-2:])
