"""The last guard before the fold: what a feed hands over, held against what we know already."""

from datetime import datetime, timedelta
from typing import Final

from interlock.core.market import Bar, RefusedRow
from interlock.core.reasons import Reason, sentence
from interlock.core.state import State
from interlock.core.values import Numbers

# A bar may be stamped a little later than our clock says it is: clocks differ. Beyond this it is refused.
CLOCK_TOLERANCE: Final = timedelta(seconds=5)


def admitted(bar: Bar, state: State, now: datetime) -> Bar | RefusedRow:
    """``bar``, or the row that it is refused as: another instrument's, out of order, or from the future."""
    last = state.items_ts
    if last is not None and bar.ts_event <= last:
        return _refused("ts_event", bar.ts_event.isoformat(), Reason.OUT_OF_ORDER, {"last": last.isoformat()})
    if bar.ts_event > now + CLOCK_TOLERANCE:
        return _refused("ts_event", bar.ts_event.isoformat(), Reason.FROM_THE_FUTURE, {"now": now.isoformat()})
    instrument = state.instrument
    if instrument is not None and bar.instrument != instrument.symbol:
        return _refused("instrument", bar.instrument, Reason.OTHER_INSTRUMENT, {"instrument": instrument.symbol})
    return bar


def _refused(field: str, value: str, code: Reason, numbers: Numbers) -> RefusedRow:
    return RefusedRow(source="feed", line=0, field=field, value=value, rule=sentence(code, numbers))
