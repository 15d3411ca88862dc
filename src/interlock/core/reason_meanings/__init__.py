"""For the person who asks on: what each reason means, and what to look at. Words alone, a module for a kind.

Code, sentence and remedy stand in ``reasons``, which shows all five together: ``REASONS[code].meaning``.
"""

from typing import Final

from interlock.core.reason_meanings.decisions import DECISIONS
from interlock.core.reason_meanings.denials import DENIALS
from interlock.core.reason_meanings.halts import HALTS
from interlock.core.reason_meanings.live import LIVE
from interlock.core.reason_meanings.operation import OPERATION
from interlock.core.reason_meanings.venue import VENUE

# Code: what happened and what was made of it; what to check.
MEANINGS: Final = {**DECISIONS, **DENIALS, **LIVE, **VENUE, **HALTS, **OPERATION}
