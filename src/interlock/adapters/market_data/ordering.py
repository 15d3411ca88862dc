"""One rule of order for every source whose rows may come in any."""

from attrs import frozen

from interlock.core.market import Bar


@frozen(kw_only=True)
class OrderProblem:
    """Why a bar may not follow the one before it: the time it has, and the rule that it breaks."""

    value: str
    rule: str


def order_problem(bar: Bar, last: Bar | None) -> OrderProblem | None:
    """What keeps ``bar`` from following ``last``; None when it is later.

    Only the last bar is remembered, so a repetition of an older one is told as out of order.
    """
    if last is None or bar.ts_event > last.ts_event:
        return None
    if bar.ts_event < last.ts_event:
        rule = f"out of order: a bar must be later than the one before it ({last.ts_event.isoformat()})"
    elif bar == last:
        rule = "a duplicate: it repeats the bar before it"
    else:
        rule = "two bars of one time that differ: the first one stands"
    return OrderProblem(value=bar.ts_event.isoformat(), rule=rule)
