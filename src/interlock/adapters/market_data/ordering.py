"""One rule of order for every source whose rows may come in any."""

from datetime import datetime, timedelta

from attrs import frozen

from interlock.core.explain_words import span
from interlock.core.market import Bar, Split
from interlock.core.ports import Calendar
from interlock.core.reasons import Reason, sentence


@frozen(kw_only=True)
class OrderProblem:
    """Why a bar or a split may not follow the one before it: the time it has, and the rule that it breaks."""

    value: str
    rule: str


def order_problem(item: Bar | Split, last: Bar | Split | None) -> OrderProblem | None:
    """What keeps ``item`` from following ``last``; None when it is later. A split may stand at a bar's own time:
    that bar closed with the open at which the split takes effect.

    Only the last item is remembered, so a repetition of an older one is told as out of order.
    """
    if last is None or item.ts_event > last.ts_event:
        return None
    this, that = _place(item), _place(last)
    if this > that:
        return None
    noun = "split" if isinstance(item, Split) else "bar"
    if this < that:
        rule = f"out of order: a {noun} must be later than what came before it ({last.ts_event.isoformat()})"
    elif item == last:
        rule = f"a duplicate: it repeats the {noun} before it"
    else:
        rule = f"two {noun}s of one time that differ: the first one stands"
    return OrderProblem(value=item.ts_event.isoformat(), rule=rule)


def density_problem(bar: Bar, last: Bar | None, interval: timedelta, calendar: Calendar) -> OrderProblem | None:
    """What keeps ``bar`` from following ``last`` although it is later: both close within one interval of one session.

    The core refuses that too, and cannot say in which line of which file it stood.
    """
    # Two that are an interval apart are of two: hardly ever is a calendar asked.
    if last is None or bar.ts_event - last.ts_event >= interval:
        return None
    session = calendar.session(bar.ts_event)
    if session is None:
        return None
    # Counted from the open of the newer one: what closed by then is of no interval of this session.
    if (session.open - bar.ts_event) // interval != (session.open - last.ts_event) // interval:
        return None
    rule = sentence(Reason.BARS_TOO_DENSE, {"interval": span(interval)})
    return OrderProblem(value=bar.ts_event.isoformat(), rule=rule)


def _place(item: Bar | Split) -> tuple[datetime, bool]:
    return item.ts_event, isinstance(item, Split)
