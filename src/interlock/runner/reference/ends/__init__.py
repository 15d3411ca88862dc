"""Every way to end that is not 0, for the person who finds it: what it means, what to check, what to do."""

from typing import Final

from interlock.runner.reference.ends import finding, halted, journal, named, refused, usage
from interlock.runner.reference.ends.end import End

__all__ = ["ENDS", "End"]

ENDS: Final = (
    *finding.ENDS,
    *usage.ENDS,
    *named.ENDS,
    *refused.ENDS,
    *halted.ENDS,
    *journal.ENDS,
    *halted.HUNG,
    *halted.DEFECTS,
    *halted.UNTOLD,
)
