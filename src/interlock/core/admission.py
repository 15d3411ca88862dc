"""The last guard before the fold: what a feed hands over, held against what we know already."""

from datetime import datetime, timedelta
from typing import Final

from interlock.core.explain_words import span
from interlock.core.market import Bar, RefusedRow, Split, restated
from interlock.core.reasons import Reason, sentence
from interlock.core.state import State
from interlock.core.values import Numbers

# A bar may be stamped a little later than our clock says it is: clocks differ. Beyond this it is refused.
CLOCK_TOLERANCE: Final = timedelta(seconds=5)


def admitted(bar: Bar, state: State, now: datetime) -> Bar | RefusedRow:
    """``bar``, or the row that it is refused as: another instrument's, out of order, from the future, or the second
    within one interval (minute bars where daily ones were declared)."""
    ts_event = bar.ts_event
    last = state.items_ts
    if last is not None and ts_event <= last:
        return _refused("ts_event", ts_event.isoformat(), Reason.OUT_OF_ORDER, {"last": last.isoformat()})
    if ts_event > now and ts_event > now + CLOCK_TOLERANCE:  # hardly a bar is ahead of the clock: no sum for that
        return _refused("ts_event", ts_event.isoformat(), Reason.FROM_THE_FUTURE, {"now": now.isoformat()})
    instrument = state.instrument
    if instrument is not None and bar.instrument != instrument.symbol:
        return _refused("instrument", bar.instrument, Reason.OTHER_INSTRUMENT, {"instrument": instrument.symbol})
    if ts_event - state.slot_start <= state.interval and state.session is not None and ts_event in state.session:
        return _refused("ts_event", ts_event.isoformat(), Reason.BARS_TOO_DENSE, {"interval": span(state.interval)})
    return bar


def admitted_split(split: Split, state: State) -> Split | RefusedRow:
    """``split``, or the row that it is refused as: another instrument's, one that bars were seen after, or one after
    which there is no price left."""
    last, instrument = state.items_ts, state.instrument
    if last is not None and split.ts_event < last:
        return _refused("ts_event", split.ts_event.isoformat(), Reason.OUT_OF_ORDER, {"last": last.isoformat()})
    if instrument is not None and split.instrument != instrument.symbol:
        return _refused("instrument", split.instrument, Reason.OTHER_INSTRUMENT, {"instrument": instrument.symbol})
    try:
        for bar in state.window:
            restated(bar, split.ratio)
    except ValueError:
        return _refused("ratio", f"{split.ratio:f}", Reason.SPLIT_IMPOSSIBLE, {"ratio": split.ratio})
    return split


def _refused(field: str, value: str, code: Reason, numbers: Numbers) -> RefusedRow:
    return RefusedRow(source="feed", line=0, field=field, value=value, rule=sentence(code, numbers))
