"""Every halt, for the person who is called. What goes for all of them (watching goes on, cancels pass) stands on the
pages once."""

from typing import Final

_TRACE: Final = "The place in the sentence is the line to look at; the log has the whole trace, without messages. "
_STORY: Final = (
    "What was sent and every report on that order, in order, against the venue's own list of orders and trades. "
)
_ON_PAPER: Final = "The paper venue that ships cannot do this: there it is a defect to report."

HALTS: Final = {
    "FAULT_IN_STRATEGY": (
        "The strategy raised, or answered with what is no proposal. Nothing was made of that bar; at the next it "
        "is asked again.",
        _TRACE + "Whether it came again, and on which bars.",
    ),
    "FAULT_IN_RULE": (
        "A risk rule raised, or answered with what is no finding of its own. The order that it judged, if it "
        "judged one, was denied: a rule that cannot answer lets nothing pass.",
        _TRACE + "What the other rules saw stands in the findings of the same record.",
    ),
    "FAULT_IN_ADAPTER": (
        "The feed, the venue's adapter or the calendar raised, or broke its contract. An order in whose sending "
        "that happened is UNKNOWN: it counts as filled against every limit, and is never sent again.",
        _TRACE + "Which part it was (market_data, execution, calendar) is said before the sentence. Whether what "
        "it talks to answers, or a file was changed while it was read; which orders are UNKNOWN.",
    ),
    "ADAPTER_LATE": (
        "A call of the feed or of the venue's adapter did not return in time. Python cannot end it, so it is left "
        "to itself, and the adapter is in quarantine: nothing is asked of it, and no order sent, until that call "
        "has returned; of a venue, until it has then confirmed orders and position. An order that was being sent "
        "is UNKNOWN: it counts as filled against every limit, and is never sent again. Whatever comes late is "
        "taken, and a cancel that could not be made is made then.",
        "Which part it was (market_data, execution) is said before the sentence, and which call in it. Whether "
        "what it talks to answers; which orders are UNKNOWN or PENDING_CANCEL, against the venue's own list.",
    ),
    "FEED_OVERFLOW": (
        "A live feed keeps what came until the loop takes it, in a queue of bounded size. It was full, and a row "
        "could not be kept: from then on nothing more is handed over, for the next bar would not follow the last. "
        "Every further look at the feed is a fault, so the run soon ends.",
        "Whether the source said the same again and again (what it sends, seen with another program), or the loop "
        "took nothing: a machine that stood still, a strategy or a disk that is slow, `interval_seconds` in [loop] "
        "against the rows that come. `queue_items` in [market_data] is the size.",
    ),
    "FAULT_IN_DECIDE": (
        "The risk policy itself raised, not one of its rules. It approved nothing; a cancel that was asked for "
        "went out all the same.",
        _TRACE + "Which build it was.",
    ),
    "REFUSED_ROWS_EXCEEDED": (
        "Too many rows were refused for the rest to be believed: the data is not what the configuration says. The "
        "refused rows were left out, the others were watched.",
        "The refused rows in the log, with line, field and rule; then columns, time zone, stamp, interval and "
        "refused_rows_max_share in [market_data].",
    ),
    "REPORT_CONTRADICTS": (
        "The venue said what cannot follow from what it said before, or told one trade in two ways. A trade on the "
        "other side than ordered is booked; one told anew, or in another instrument, is not.",
        _STORY + _ON_PAPER,
    ),
    "RECONCILIATION_MISMATCH": (
        "The venue was asked what it holds for us, and that is not what our own trades add up to. Nothing was "
        "booked for it: which trade is missing, or whose it is, nobody knows yet.",
        "The venue's own list of trades against the fills in the journal; who else trades this account; whether a "
        "split or a transfer changed the position. " + _ON_PAPER,
    ),
    "REPORT_UNHEARD_OF": (
        "The venue reported on an order that this journal never sent, or that ended more than 256 orders ago and is "
        "forgotten. Nothing was changed by it.",
        "Who else trades this account: another journal, another program, a person. " + _ON_PAPER,
    ),
    "FILL_UNHEARD_OF": (
        "The venue reported a trade on an order that this journal never sent. It is booked: position and cash are "
        "those of the account, whoever traded. Or on one that ended more than 256 orders ago and is forgotten: then it "
        "may have been booked before, and counts twice.",
        "Whether the journal has that trade already. If not, who else trades this account: another journal, another "
        "program, a person. " + _ON_PAPER,
    ),
    "FILL_AFTER_END": (
        "The venue filled an order whose end it had reported. The fill is booked: to ignore it would falsify the "
        "position.",
        _STORY + _ON_PAPER,
    ),
    "FILL_BEYOND_QUANTITY": (
        "The venue filled more than was ordered. All of it is booked, so the position may be beyond its limit.",
        _STORY + _ON_PAPER,
    ),
    "FILL_BEYOND_PROTECTION": (
        "The venue filled at a worse price than the order allowed. The fill is booked at that price.",
        _STORY + _ON_PAPER,
    ),
    "OPERATOR_HALT": (
        "A person typed `interlock halt --reason TEXT` while no run was on. The sentence says who, and why.",
        "Ask them. Whether the file HALT lies in the state folder still, and what the person saw.",
    ),
    "OPERATOR_REDUCE": (
        "A person typed `interlock reduce --reason TEXT` while no run was on. The sentence says who, and why.",
        "Ask them. Whether the file REDUCE lies in the state folder still, and what the person saw.",
    ),
    "KILL_SWITCH": (
        "The run found the file HALT in the state folder, put there by `interlock halt --reason TEXT` or by hand; "
        "or it could not tell whether there is one, which counts as that. Where it is REDUCE that it found, "
        "trading is REDUCING: exits pass.",
        "What is written in the file says who put it there, when and why. `unreadable` in the sentence: the rights "
        "of the state folder, and whether it is a folder still.",
    ),
    "CLOCK_STEPPED_BACK": (
        "The domain clock stepped back between two records by more than [risk.clock] allows. Ages, rates and "
        "sessions are measured with it: old data looked new, and a full window half empty.",
        "What set the clock: `timedatectl`, `chronyc tracking`, the log of the virtual machine. The times (`ts`) "
        "around that record; the orders that were decided after it. A release forgets this step, not the next.",
    ),
    "ORDER_IN_DOUBT_TOO_LONG": (
        "An order was sent, the venue was asked again and again, and for longer than [risk.order_in_doubt] allows "
        "nobody could say what became of it. It counts as filled against every limit, and is never sent again.",
        "The venue's own list of orders and trades, by the order's id; whether what the adapter talks to answers "
        "at all. While the order is UNKNOWN a release is refused: the venue's answer settles it, nothing else.",
    ),
    "FEED_STALE": (
        "While a session was open no bar came for longer after it was due than [risk.stale_feed] allows. What is "
        "held was not valued anew since.",
        "Whether the source answers, and what it says; the session calendar (a holiday that it does not know); "
        "NO_NEW_BAR in the log, for since when. While nothing comes a release is refused.",
    ),
    "EXECUTIONS_EXCEEDED": (
        "More fills were booked within the window than [risk.repeated_executions] allows: each order had passed "
        "every rule, and together they are more than was meant. Parts of one order count one by one.",
        "The fills and the wishes behind them: does the strategy enter and leave without end? Fills of orders that "
        "are not ours. A release begins to count anew.",
    ),
    "DAILY_LOSS_EXCEEDED": (
        "Since the session began more was lost than [risk.daily_loss] allows, open positions and fees included.",
        "The fills and prices since the session's start; whether a price was wrong, or a split not declared. Until "
        "the next session begins a release is refused.",
    ),
    "DRAWDOWN_EXCEEDED": (
        "More was lost since the highest equity than [risk.drawdown] allows, open positions and fees included. The "
        "highest equity is that at a bar's close since the journal began or this was last released.",
        "The fills and prices since then, over however many sessions; whether a price was wrong, or a split not "
        "declared. A release begins anew from the equity that there is then: the same loss is allowed once more.",
    ),
}
