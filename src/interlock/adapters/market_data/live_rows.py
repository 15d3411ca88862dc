"""What a live source said, to a bar; or to a refused row that names the field and the rule. Total: it never raises."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from attrs import define

from interlock.adapters.market_data.csv_rows import amount_problem, shown
from interlock.adapters.market_data.live_source import Unreadable
from interlock.core.admission import CLOCK_TOLERANCE
from interlock.core.market import Bar, RefusedRow
from interlock.core.reasons import Reason, sentence
from interlock.core.values import problem_with_amount

AMOUNTS: Final = ("open", "high", "low", "close", "volume")
# Longer digits than any amount of ours has, and short enough to be written out.
_WHOLE_MAX: Final = 10**15
_TIME_LENGTH_MAX: Final = 40
_TIME_RULE: Final = "a time must be ISO 8601 and say its zone"

Row = Bar | RefusedRow


class _Refusal(Exception):
    """A field, its value and the rule that it breaks."""


# mutable: it counts the rows
@define(kw_only=True)
class LiveRows:
    """Reads what one source says about one instrument. ``now`` is the wall clock: nothing closes after it."""

    source: str
    instrument: str
    now: Callable[[], datetime]
    _line: int = 0

    def read(self, raw: object) -> Row:
        """The bar that was said, or why there is none. Rows are counted from 1."""
        self._line += 1
        try:
            bar = raw if isinstance(raw, Bar) else self._bar(raw)
            return self._admitted(bar)
        except _Refusal as refusal:
            name, value, rule = refusal.args
            return RefusedRow(source=self.source, line=self._line, field=name, value=shown(value), rule=shown(rule))

    def _bar(self, raw: object) -> Bar:
        if isinstance(raw, Unreadable):
            raise _Refusal("line", raw.value, raw.rule)
        if not isinstance(raw, Mapping):
            raise _Refusal("line", type(raw).__name__, "a row must be a mapping of fields, or a bar")
        instrument = raw.get("instrument", self.instrument)
        closed = _time(raw.get("time"))
        opened, high, low, close, volume = (_amount(name, raw.get(name)) for name in AMOUNTS)
        try:
            return Bar(
                instrument=instrument if isinstance(instrument, str) else type(instrument).__name__,
                ts_event=closed,
                open=opened,
                high=high,
                low=low,
                close=close,
                volume=volume,
            )
        except ValueError as error:
            # A bar says which of its fields is wrong in the first word.
            name, (rule, _, value) = str(error).partition(" ")[0], str(error).rpartition(", found ")
            raise _Refusal(name, value, rule) from error

    def _admitted(self, bar: Bar) -> Bar:
        if bar.instrument != self.instrument:
            rule = sentence(Reason.OTHER_INSTRUMENT, {"instrument": self.instrument})
            raise _Refusal("instrument", bar.instrument, rule)
        now = self.now()
        # Here, although the core looks too: behind a bar of tomorrow, every bar of today would be out of order.
        if bar.ts_event > now + CLOCK_TOLERANCE:
            rule = sentence(Reason.FROM_THE_FUTURE, {"now": now.isoformat()})
            raise _Refusal("time", bar.ts_event.isoformat(), rule)
        return bar


def _time(said: object) -> datetime:
    if isinstance(said, str) and len(said) <= _TIME_LENGTH_MAX:
        text = said
    elif isinstance(said, datetime):
        text = said.isoformat()
    else:
        raise _Refusal("time", _shape(said), _TIME_RULE)
    try:
        at = datetime.fromisoformat(text)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Refusal("time", text, _TIME_RULE) from error
    raise _Refusal("time", text, _TIME_RULE)


def _amount(name: str, said: object) -> Decimal:
    if isinstance(said, Decimal):
        if problem := problem_with_amount(said):
            raise _Refusal(name, "a Decimal", f"an amount {problem}")
        return said
    if isinstance(said, int) and not isinstance(said, bool) and abs(said) < _WHOLE_MAX:
        text = str(said)
    elif isinstance(said, str):
        text = said
    else:
        # A float has been rounded by somebody already.
        raise _Refusal(name, _shape(said), "an amount must be text, a whole number or a Decimal")
    if problem := amount_problem(text):
        raise _Refusal(name, text, problem)
    return Decimal(text)


def _shape(said: object) -> str:
    """What a value was, where its own words may be too long or anything."""
    return said if isinstance(said, str) else type(said).__name__
