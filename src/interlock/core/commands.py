"""What a person asks of a run, and the files that ask for one when nothing else can be heard."""

from enum import StrEnum

from interlock.core.reason_text import Cause
from interlock.core.trading_state import TradingState
from interlock.core.values import LightValue


class Command(StrEnum):
    """HALT and REDUCE restrict trading and are never refused; RESUME asks for a release."""

    HALT = "HALT"
    REDUCE = "REDUCE"
    RESUME = "RESUME"


class OperatorCommand(LightValue, frozen=True, kw_only=True):
    """A person's word: what is asked, why, and by whom (``user@host``).

    ``standing`` is for RESUME: what the runner knows still stands in its way outside of the books.
    """

    command: Command
    reason: str
    by: str
    standing: tuple[Cause, ...] = ()


class KillSwitchSeen(LightValue, frozen=True, kw_only=True):
    """A kill switch file is in the state folder, or nobody can tell whether one is, which counts as HALTED.

    ``found`` is the file's name, or what kept us from looking. ``says`` is what is written there for people, as far as
    it could be read: by whom and why. Nothing depends on it.
    """

    state: TradingState
    found: str
    says: str = ""

    @property
    def told(self) -> str:
        """What was found, and what it says."""
        return f"{self.found}: {self.says}" if self.says else self.found


# Everything that restricts or releases trading from outside.
OperatorObservation = OperatorCommand | KillSwitchSeen
