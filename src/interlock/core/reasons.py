"""Why: every reason code with its sentence, and what to do. Console, log, explanation and the reference page all draw
from here; what a code means and what to check stands in ``reason_meanings``, and ``REASONS`` shows all five together.

A sentence is a template over the numbers recorded beside the code, so that what is said is what was computed.
Plugins have codes of their own, ``NAMESPACE.CODE``: those are shown with their numbers, without a sentence.
"""

from enum import StrEnum
from typing import Final

from interlock.core.reason_meanings import MEANINGS
from interlock.core.reason_text import TABLE, Category, ReasonText, missing, rows_of, sentence, told

__all__ = ["REASONS", "Reason", "missing", "sentence", "told"]

_idle = rows_of(Category.IDLE)
_signal = rows_of(Category.SIGNAL)
_denial = rows_of(Category.DENIAL)
_rejection = rows_of(Category.REJECTION)
_halt = rows_of(Category.HALT)
_report = rows_of(Category.REPORT)
_data = rows_of(Category.DATA)
_release = rows_of(Category.OPERATION)


class Reason(StrEnum):
    """Every reason code of Interlock's own."""

    # fmt: off
    OBSERVING = _idle("OBSERVING", "the observer only watches",
        "Name a strategy in [strategy] if it should propose anything.")
    WINDOW_NOT_FULL = _idle("WINDOW_NOT_FULL", "only {bars} of the {needed} bars that the averages need have been seen",
        "Nothing: it fills by itself.")
    AVERAGES_LEVEL = _idle("AVERAGES_LEVEL", "the {fast}-bar and the {slow}-bar average are exactly equal",
        "Nothing: neither side of the cross.")
    TREND_DOWN_AND_FLAT = _idle("TREND_DOWN_AND_FLAT",
        "the {fast}-bar average {fast_average} is below the {slow}-bar average {slow_average} and nothing is held",
        "Nothing: the strategy only buys above.")
    TREND_UP_AND_LONG = _idle("TREND_UP_AND_LONG",
        "the {fast}-bar average {fast_average} is above the {slow}-bar average {slow_average} and {position} is held",
        "Nothing: the strategy stays in.")
    BUYS_ABOVE = _idle("BUYS_ABOVE",
        "it would have asked to buy had the newest close been above {needed}; it was {close}",
        "Nothing: this tells how far away the wish to enter was.")
    SELLS_BELOW = _idle("SELLS_BELOW",
        "it would have asked to sell had the newest close been below {needed}; it was {close}",
        "Nothing: this tells how far away the wish to leave was.")
    BARS_STILL_NEEDED = _idle("BARS_STILL_NEEDED",
        "bars still to come before it can compare anything: {bars}", "Nothing: it fills by itself.")
    NEVER_PROPOSES = _idle("NEVER_PROPOSES", "no price would have made it propose anything",
        "Name a strategy in [strategy] if it should.")
    ORDER_WORKING = _idle("ORDER_WORKING", "orders still working: {working}",
        "Nothing: it fills, expires or is canceled first.")
    TREND_TURNED_UP = _signal("TREND_TURNED_UP",
        "the {fast}-bar average {fast_average} is above the {slow}-bar average {slow_average} and nothing is held",
        "Nothing: this is the strategy's wish to enter.")
    TREND_TURNED_DOWN = _signal("TREND_TURNED_DOWN",
        "the {fast}-bar average {fast_average} is below the {slow}-bar average {slow_average} and {position} is held",
        "Nothing: this is the strategy's wish to leave.")
    NO_NEW_BAR = _idle("NO_NEW_BAR", "no bar came by {until}; bars that were due: {missed}",
        "If bars were expected, look at the feed.")
    NO_LIMITS_CONFIGURED = _denial("NO_LIMITS_CONFIGURED", "the mandatory control {rule} has no limit",
        "Write a [risk.{rule}] table. There is no default on purpose.")
    CHECK_NOT_EVALUABLE = _denial("CHECK_NOT_EVALUABLE", "the rule {rule} could not be evaluated ({why})",
        "If an input was missing, supply it: mostly it is the limit of another control. If the rule raised, fix it.")
    PASSED = _idle("PASSED", "{observed} observed, and the limit is {limit}", "Nothing.")
    NOT_APPLICABLE = _idle("NOT_APPLICABLE", "does not apply to this class of order",
        "Nothing: see the applicability table.")
    INSTRUMENT_NOT_ALLOWED = _denial("INSTRUMENT_NOT_ALLOWED",
        "{observed} is not among the allowed instruments ({limit})",
        "Add it to [risk.allowed_instruments] if it should be traded.")
    SESSION_CLOSED = _denial("SESSION_CLOSED",
        "no session is known in which an order decided at {observed} could execute",
        "Orders are decided inside a session or at its very close. Check calendar, time zone and stamp.")
    QUANTITY_EXCEEDS_MAXIMUM = _denial("QUANTITY_EXCEEDS_MAXIMUM",
        "order quantity {observed} exceeds the maximum {limit}", "Ask for less, or raise [risk.max_order_quantity].")
    NOTIONAL_EXCEEDS_MAX_PER_ORDER = _denial("NOTIONAL_EXCEEDS_MAX_PER_ORDER",
        "order value {observed} at the protection price exceeds the maximum {limit}",
        "Ask for less, or raise [risk.max_order_notional].")
    PRICE_COLLAR_BREACHED = _denial("PRICE_COLLAR_BREACHED",
        "the order's price lies {observed_percent} % from the last close, more than the collar of {limit_percent} %",
        "Price it nearer to the market. The collar stands in [risk.price_collar].")
    NOTIONAL_EXCEEDS_FREE_BALANCE = _denial("NOTIONAL_EXCEEDS_FREE_BALANCE",
        "the order could cost {observed} and only {limit} is free",
        "Ask for less. What working orders and fees may cost is set aside.")
    POSITION_LIMIT_EXCEEDED = _denial("POSITION_LIMIT_EXCEEDED",
        "the position could become {observed}, beyond the maximum {limit}",
        "Ask for less, or raise [risk.max_position]. Working orders count as filled.")
    POSITION_WOULD_FLIP = _denial("POSITION_WOULD_FLIP",
        "a quantity of {observed} is more than the {limit} that is left to reduce, and would end on the other side",
        "Leave first, then enter the other way. An order that would flip is denied whole.")
    SHORT_NOT_ALLOWED = _denial("SHORT_NOT_ALLOWED",
        "the position could become {observed}, and short positions are not allowed",
        "Set allow_short in [risk.max_position] if that is meant.")
    DATA_STALE = _denial("DATA_STALE", "the newest bar is {observed} seconds old, more than the allowed {limit}",
        "Look at the feed. The limit stands in [risk.data_age].")
    BARS_MISSED = _denial("BARS_MISSED", "expected bars that did not come: {observed}, more than the allowed {limit}",
        "Look at the feed and the calendar. The limit stands in [risk.data_age].")
    PRICE_JUMP = _denial("PRICE_JUMP",
        "the price jumped from {from_price} to {to_price}, by {observed_percent} %, more than the believable "
        "{limit_percent} %, and no declared split explains it; entries wait for this many bars: {bars}",
        "If it was a split, declare it under [[instruments.splits]]. If not, wait: the window is not to be believed.")
    QUARANTINED = _denial("QUARANTINED", "entries are quarantined after a price jump; bars to wait: {observed}",
        "Wait. Exits and cancels pass.")
    RATE_LIMIT_EXCEEDED = _denial("RATE_LIMIT_EXCEEDED",
        "this would be order {observed} of its class (entry or exit) within {seconds} seconds, more than the allowed "
        "{limit}",
        "Wait, or raise [risk.order_rate]. Cancels are never limited.")
    TRADING_HALTED = _denial("TRADING_HALTED", "trading is halted ({observed})",
        "Settle the cause, then `interlock resume --reason TEXT`. Only cancels pass until then.")
    TRADING_STATE_REDUCING = _denial("TRADING_STATE_REDUCING", "trading may only reduce ({observed})",
        "Settle the cause, then `interlock resume --reason TEXT`. Exits and cancels pass.")
    ORDER_IN_DOUBT = _denial("ORDER_IN_DOUBT", "orders of which nobody can say what became (UNKNOWN): {observed}",
        "The venue's answer settles it. Until then no new risk is taken.")
    RECONCILIATION_PENDING = _denial("RECONCILIATION_PENDING",
        "the venue has yet to confirm our orders and position ({observed})",
        "Nothing, if it answers soon. If not, look at the connection to the venue. Exits and cancels pass.")
    LIVE_NOT_ARMED = _denial("LIVE_NOT_ARMED", "LIVE is not armed: no order may raise risk",
        "Type `interlock arm` if entries are meant. Watching, exits and cancels need no arming.")
    LIVE_ARMING_EXPIRED = _denial("LIVE_ARMING_EXPIRED", "the arming ended at {expires_at}",
        "Arm anew if entries are still meant. Watching, exits and cancels go on.")
    LIVE_DISARMED = _denial("LIVE_DISARMED", "{by} took the arming back: {reason}",
        "Arm anew if entries are meant. Watching, exits and cancels go on.")
    ENVELOPE_EXCEEDED = _denial("ENVELOPE_EXCEEDED", "{what}: {observed} lies beyond the {limit} that was armed",
        "Read what happened, then arm anew if that is meant. Watching, exits and cancels go on.")
    ENVELOPE_USED_UP = _denial("ENVELOPE_USED_UP", "entries sent: {limit}, which is all that were armed",
        "Arm anew if more are meant. Watching, exits and cancels go on.")
    LIVE_DOOR_SHUT = _denial("LIVE_DOOR_SHUT", "LIVE lacks what an entry needs: {missing}",
        "`interlock check` names what is missing, and what to do. Exits and cancels go on.")
    NOT_ON_RECORD = _denial("NOT_ON_RECORD", "{order} is not on record as it was about to be sent",
        "This is a defect of Interlock: please report it with the log.")
    ORDER_UNKNOWN_TO_US = _denial("ORDER_UNKNOWN_TO_US", "no working order is called {observed}",
        "Nothing, if the order ended meanwhile. If this comes often, look at how the strategy picks what it cancels.")
    TYPE_NOT_SUPPORTED = _rejection("TYPE_NOT_SUPPORTED", "the venue does not take {order_type} {time_in_force} orders",
        "Ask for what the venue takes: the paper venue takes MARKET and LIMIT orders, for the DAY.")
    INSTRUMENT_UNKNOWN = _rejection("INSTRUMENT_UNKNOWN", "the venue does not know {instrument}",
        "Check [[instruments]].")
    OFF_TICK = _rejection("OFF_TICK", "the limit price {price} is not a multiple of the tick {tick}",
        "Round the price to the tick in the strategy.")
    OFF_LOT = _rejection("OFF_LOT", "the quantity {quantity} is not a multiple of the lot {lot}",
        "Round the quantity to the lot in the strategy.")
    NO_BAR_IN_SESSION = _rejection("NO_BAR_IN_SESSION", "no bar came in the order's session",
        "Look at the feed: an order can only fill on a bar.")
    OPEN_BEYOND_PROTECTION = _rejection("OPEN_BEYOND_PROTECTION",
        "the market opened at {open}, {price} with slippage, beyond the protection price {protection_price}",
        "Nothing: the price collar did what it is for. The strategy may ask again.")
    NOT_TRADED_THROUGH = _rejection("NOT_TRADED_THROUGH",
        "the market came to {extreme} and did not trade through the limit {limit}",
        "Nothing: others were before us at that price.")
    VOLUME_TOO_SMALL = _rejection("VOLUME_TOO_SMALL",
        "only a stated share of the traded volume of {volume} may be ours, which left {leaves} unfilled",
        "Ask for less, or state another participation in [execution].")
    APPROVAL_EXPIRED = _rejection("APPROVAL_EXPIRED", "the approval was valid until {valid_until} and it is {now}",
        "Decide again: permission does not keep.")
    NEVER_ARRIVED = _rejection("NEVER_ARRIVED",
        "the venue does not know the order, and by its rules it cannot work any more",
        "Nothing: it was sent once, and the strategy may ask again.")
    LIVE_NOT_AVAILABLE = _rejection("LIVE_NOT_AVAILABLE",
        "no live venue is installed: what stands in its place refuses every order",
        "Install a live adapter that you trust, and name it in [execution]. None is shipped, on purpose.")
    VENUE_IN_QUARANTINE = _rejection("VENUE_IN_QUARANTINE",
        "the venue's adapter was late, and the venue has yet to confirm orders and position",
        "Nothing, if it answers soon. If not, look at the connection to the venue.")
    RESTRICTED_BEFORE_SENDING = _rejection("RESTRICTED_BEFORE_SENDING",
        "trading was restricted after the order was approved and before it was sent", "Find the cause in the log.")
    REFUSED_BEFORE_SENDING = _rejection("REFUSED_BEFORE_SENDING",
        "the gate did not let it out to the venue", "What stands behind this says why: nothing was sent.")
    OPERATOR_HALT = _halt("OPERATOR_HALT", "{by} halted trading: {reason}",
        "When that is settled: `interlock resume --reason TEXT`.")
    OPERATOR_REDUCE = _halt("OPERATOR_REDUCE", "{by} lets trading only reduce: {reason}",
        "When that is settled: `interlock resume --reason TEXT`.")
    KILL_SWITCH = _halt("KILL_SWITCH", "the kill switch is on ({found})",
        "Find out who set it and why; then `interlock resume --reason TEXT`. Removing the file releases nothing.")
    FAULT_IN_STRATEGY = _halt("FAULT_IN_STRATEGY", "the strategy failed: {error} ({place})",
        "Fix the strategy; the log holds the trace. Watching goes on.")
    FAULT_IN_RULE = _halt("FAULT_IN_RULE", "a risk rule failed: {error} ({place})",
        "Fix the rule; the log holds the trace. Watching goes on.")
    FAULT_IN_ADAPTER = _halt("FAULT_IN_ADAPTER", "an adapter failed: {error} ({place})",
        "Look at the adapter and what it talks to; the log holds the trace.")
    ADAPTER_LATE = _halt("ADAPTER_LATE", "an adapter was late: {place}",
        "Look at what the adapter talks to. How long it is waited for stands in [loop] as adapter_seconds.")
    FEED_OVERFLOW = _halt("FEED_OVERFLOW", "bars came faster than they were taken: the feed's queue is full ({place})",
        "Find out why so many came, or why so few were taken. A restart fetches what is missing.")
    FAULT_IN_DECIDE = _halt("FAULT_IN_DECIDE", "the decision failed: {error} ({place})",
        "This is a defect of Interlock: please report it with the log.")
    REFUSED_ROWS_EXCEEDED = _halt("REFUSED_ROWS_EXCEEDED",
        "{observed} of {rows} rows were refused, more than the allowed {limit_percent} %, counted of 100 rows at least",
        "The data is not what the configuration says: look at the refused rows.")
    FILL_REPEATED = _report("FILL_REPEATED", "trade {trade} was counted before", "Nothing.")
    REPORT_REPEATED = _report("REPORT_REPEATED", "{report} for {order} says nothing new", "Nothing.")
    REPORT_CONTRADICTS = _halt("REPORT_CONTRADICTS", "the venue contradicts itself about {order}",
        "Compare the journal with the venue's own statement.")
    RECONCILIATION_MISMATCH = _halt("RECONCILIATION_MISMATCH",
        "the venue holds a position of {venue} and our books say {ours}",
        "Compare the journal with the venue's own statement.")
    REPORT_UNHEARD_OF = _halt("REPORT_UNHEARD_OF", "the venue reports on {order}, which is no order that we know of",
        "Find out who else trades this account.")
    FILL_UNHEARD_OF = _halt("FILL_UNHEARD_OF",
        "the venue reports trade {trade} on {order}, which is no order that we know of; it was booked",
        "Find out who else trades this account.")
    FILL_AFTER_END = _halt("FILL_AFTER_END", "{order} filled after it was {state}; the fill was booked",
        "Compare the journal with the venue's own statement.")
    FILL_BEYOND_QUANTITY = _halt("FILL_BEYOND_QUANTITY",
        "{order} filled {last_qty} where only {leaves_qty} was left; the fill was booked",
        "Compare the journal with the venue's own statement.")
    FILL_BEYOND_PROTECTION = _halt("FILL_BEYOND_PROTECTION",
        "{order} filled at {last_px}, beyond its protection price {protection_price}; the fill was booked",
        "Compare the journal with the venue's own statement.")
    CLOCK_STEPPED_BACK = _halt("CLOCK_STEPPED_BACK",
        "the clock stepped back by {observed} seconds, more than the allowed {limit}",
        "Find out what set the clock (NTP, a virtual machine that was suspended, a person), and keep it from doing so.")
    ORDER_IN_DOUBT_TOO_LONG = _halt("ORDER_IN_DOUBT_TOO_LONG",
        "nobody has been able to say for {observed} seconds what became of {order}, longer than the allowed {limit}",
        "Ask the venue about that order by its id. Once its answer is booked: `interlock resume --reason TEXT`.")
    FEED_STALE = _halt("FEED_STALE",
        "no bar came for {observed} seconds after one was due, more than the allowed {limit}",
        "Look at the feed and its source. Once bars come again, release.")
    EXECUTIONS_EXCEEDED = _halt("EXECUTIONS_EXCEEDED",
        "{observed} executions within {seconds} seconds, more than the allowed {limit}",
        "Find out why so much was traded: the strategy, or somebody else on the account. Then release.")
    DAILY_LOSS_EXCEEDED = _halt("DAILY_LOSS_EXCEEDED",
        "{observed} was lost since the session began, more than the allowed {limit}",
        "Read what happened. It stands until the next session begins; then `interlock resume --reason TEXT`.")
    DRAWDOWN_EXCEEDED = _halt("DRAWDOWN_EXCEEDED",
        "{observed} was lost since the highest equity, more than the allowed {limit}",
        "Read what happened. A release begins anew from the equity that there is then.")
    OPERATOR_RESUME = _release("OPERATOR_RESUME", "{by} released trading: {reason}", "Nothing.")
    LIVE_ARMED = _release("LIVE_ARMED", "{by} armed LIVE ({fingerprint})",
        "Nothing: it ends by itself, and `interlock disarm` ends it at any moment.")
    RELEASE_CAUSE_STANDS = _release("RELEASE_CAUSE_STANDS",
        "{by} asked for a release ({reason}), and its cause stands: {causes}",
        "Settle the cause first, then ask again.")
    RESTRICTED_ANEW = _release("RESTRICTED_ANEW",
        "trading was restricted anew ({observed}) after whoever asks had looked",
        "Look again at what has happened since, then ask again.")
    REQUEST_UNUSABLE = _release("REQUEST_UNUSABLE", "it {why}",
        "Look at the file RESUME in the state folder; then `interlock resume --reason TEXT`, which writes it anew.")
    REQUEST_FOR_ANOTHER = _release("REQUEST_FOR_ANOTHER", "{by} asked for another journal than this",
        "Look again with `interlock status`, then ask again.")
    REQUEST_OUT_OF_TIME = _release("REQUEST_OUT_OF_TIME",
        "{by} asked at {at}: a request is good for {seconds} seconds", "Ask again, if a release is still meant.")
    ARMING_TAKEN_BACK = _release("ARMING_TAKEN_BACK", "it was taken back before it was used",
        "Arm anew if entries are meant.")
    ARMING_UNUSABLE = _release("ARMING_UNUSABLE", "what lies in its place cannot be used as an arming ({why})",
        "Look at the state folder and its rights, then arm anew.")
    ARMING_CHANGED = _release("ARMING_CHANGED", "it was changed after it was typed",
        "Find out who changed it. Arm anew if entries are meant.")
    ARMING_FOR_ANOTHER = _release("ARMING_FOR_ANOTHER", "it was typed for another {what}",
        "Arm anew, for the run that is on, as it is.")
    ARMING_NOT_NEWER = _release("ARMING_NOT_NEWER",
        "it was typed at {issued_at}, which is not later than the one that was taken last ({last})",
        "Arm anew if entries are meant. An arming is used once.")
    ARMING_FROM_LATER = _release("ARMING_FROM_LATER", "it was typed at {issued_at}, later than it is now ({now})",
        "Look at the clocks of both machines, then arm anew.")
    ARMING_ENDED = _release("ARMING_ENDED", "it ended at {expires_at}", "Arm anew if entries are still meant.")
    ARMING_TOO_LONG = _release("ARMING_TOO_LONG",
        "it would last {observed} hours, longer than the {limit} hours that an arming may", "Arm anew, for less long.")
    ARMING_BEYOND_LIMITS = _release("ARMING_BEYOND_LIMITS",
        "its {what} of {observed} is more than the {limit} that is configured",
        "Arm anew within the configured limits, or change those first.")
    ARMING_OTHER_INSTRUMENT = _release("ARMING_OTHER_INSTRUMENT",
        "it names {observed}, and only {limit} is configured", "Arm anew, for the instrument that is configured.")
    CALLED_BACK = _release("CALLED_BACK", "trading is restricted, and such an order may not work any more", "Nothing.")
    CANCEL_NOT_ANSWERED = _release("CANCEL_NOT_ANSWERED", "an earlier cancel was not answered", "Nothing.")
    ROW_REFUSED = _data("ROW_REFUSED", "row refused at {place}: {field} {value}: {rule}",
        "Look at that row in its source. One bad row does no harm; many of them halt.")
    SPLIT_DECLARED = _data("SPLIT_DECLARED", "a declared split takes effect: working orders are canceled", "Nothing.")
    OUT_OF_ORDER = _data("OUT_OF_ORDER", "it must be later than what came before it ({last})", "Sort the data.")
    FROM_THE_FUTURE = _data("FROM_THE_FUTURE", "a bar must not be later than now ({now})",
        "Check the source's clock, time zone and stamp.")
    BARS_TOO_DENSE = _data("BARS_TOO_DENSE", "only one bar may come in each interval of {interval}",
        "Say in [market_data] which interval the data really has.")
    SPLIT_IMPOSSIBLE = _data("SPLIT_IMPOSSIBLE", "a split by {ratio} would leave no price, or more than can be counted",
        "Look at the source of the split. The books stay as they are.")
    OTHER_INSTRUMENT = _data("OTHER_INSTRUMENT", "only {instrument} is watched",
        "One journal watches one instrument: check [[instruments]] and the data.")
    # fmt: on


# A code whose meaning nobody has written is found by a test, and not when somebody asks.
_UNWRITTEN: Final = ("", "")
REASONS: Final[dict[Reason, ReasonText]] = {
    code: TABLE[code].explained(*MEANINGS.get(code, _UNWRITTEN)) for code in Reason
}
