"""Why an order was refused by us, before anything was sent."""

from typing import Final

_LIMIT: Final = "The limit in the configuration, and what the strategy asks for: is one of them not as it was meant?"

DENIALS: Final = {
    "NO_LIMITS_CONFIGURED": (
        "A control that every order has to pass was given no limit. There is no default on purpose, so every order is "
        "denied until a person has written one.",
        "`interlock check` names every mandatory control that has no limit yet.",
    ),
    "CHECK_NOT_EVALUABLE": (
        "A rule that was asked about this order could not answer: it lacked an input, or it raised. Not knowing counts "
        "as a no.",
        "What stands in the brackets: the input that was missing, or the kind of error. Of an error the log holds the "
        "trace, and trading is halted by it.",
    ),
    "INSTRUMENT_NOT_ALLOWED": (
        "The order would enter an instrument that is not on the list of what may be entered. One that is held already "
        "may be left.",
        "The spelling of the symbol in [risk.allowed_instruments] and in [[instruments]].",
    ),
    "SESSION_CLOSED": (
        "An order is judged by the session in which it would trade. For this moment the calendar knows none, so the "
        "order could not be given an end, and was denied.",
        "`calendar` of the instrument; the time zone and stamp in [market_data]: a bar is stamped with its close.",
    ),
    "QUANTITY_EXCEEDS_MAXIMUM": (
        "The order asked for more units than one order may have. It was denied whole; nothing is ever cut to size.",
        _LIMIT,
    ),
    "NOTIONAL_EXCEEDS_MAX_PER_ORDER": (
        "The order's quantity, times the worst price at which it could trade, is more money than one order may come "
        "to. It is counted at that worst price, so it may be more than the last close suggests.",
        _LIMIT + " After the price has risen for long, a fixed quantity costs more than it once did.",
    ),
    "PRICE_COLLAR_BREACHED": (
        "The price that the order asks for lies further from the last close than the collar allows. The "
        "collar is a share of that close: 0.05 are 5 %.",
        "The order's limit price, and the close that it is compared with: is one of them wrong?",
    ),
    "NOTIONAL_EXCEEDS_FREE_BALANCE": (
        "At its worst price, fees included, the purchase would cost more than the cash that is not set aside for "
        "other working orders.",
        "Cash and the orders that work, in `interlock status`; the quantity that the strategy asks for.",
    ),
    "POSITION_LIMIT_EXCEEDED": (
        "If this order and every working order on the same side were to fill, more would be held than [risk."
        "max_position] allows.",
        "The position, and the orders that work: one that is UNKNOWN counts as filled.",
    ),
    "POSITION_WOULD_FLIP": (
        "The order would sell more than is held, or buy back more than is owed, and so end on the other side. It was "
        "denied whole: leaving and entering are two decisions.",
        "The position, and what other orders are about to take from it: only the rest is left to reduce.",
    ),
    "SHORT_NOT_ALLOWED": (
        "The order would sell what is not held. That is allowed only where somebody has said so.",
        "`allow_short` in [risk.max_position], and whether the strategy means to sell short.",
    ),
    "DATA_STALE": (
        "The newest bar is older than an order may be decided on. Exits are denied too: nobody should sell blindly.",
        "Whether the feed still brings bars, and when the last one closed; whether the machine's clock is right.",
    ),
    "BARS_MISSED": (
        "Bars that the session calendar expects did not come, right before this one. The strategy's window has a hole "
        "in it, so the order was denied.",
        "The data around that time for a gap; the calendar for a holiday or an early close that it does not know.",
    ),
    "PRICE_JUMP": (
        "From one bar to the next the price moved further than is believable, and no split was declared that would "
        "explain it. Nothing is entered for a number of bars, until the strategy's window is clean; exits pass.",
        "The two prices against another source: a split, a wrong price, or a true move? Only a split needs doing.",
    ),
    "QUARANTINED": (
        "An earlier bar jumped further than is believable, and entries wait until it has left the strategy's window. "
        "This order came while they waited.",
        "The record of the jump (PRICE_JUMP), which names both prices.",
    ),
    "RATE_LIMIT_EXCEEDED": (
        "As many orders of this class have been sent within the window as are allowed. Entries and exits are counted "
        "apart, so that many entries cannot block the way out.",
        "Why the strategy asks so often: the orders before this one, and what became of them.",
    ),
    "TRADING_HALTED": (
        "Trading had been halted before this order was asked for, by the reason in the brackets. No entry and no exit "
        "goes out until a person has released it.",
        "The record that halted trading: `interlock status` names it and its code, `interlock explain CODE` "
        "what that means.",
    ),
    "TRADING_STATE_REDUCING": (
        "Trading had been restricted before this order was asked for, by the reason in the brackets: what is held may "
        "be reduced, and nothing may be entered.",
        "The record that restricted trading: `interlock status` names it and its code, `interlock explain CODE` "
        "what that means.",
    ),
    "ORDER_IN_DOUBT": (
        "An order was sent and no answer came, so nobody knows whether it works. It counts as filled, and no new "
        "risk is taken until the venue has said what became of it.",
        "`interlock status` names the orders that are UNKNOWN; the venue's own list says what became of them.",
    ),
    "RECONCILIATION_PENDING": (
        "A run begins, or a connection was lost, and the venue has not said yet which orders work and what is held. "
        "Until it has, nothing is entered.",
        "Whether the venue can be reached: each attempt that failed is in the log, with its error.",
    ),
    "NOT_ON_RECORD": (
        "Right before an order leaves in LIVE, it is looked up in the journal. It was not there as it was about to be "
        "sent, so it was not sent.",
        "The records around it, with `interlock journal tail`. This should never happen.",
    ),
    "ORDER_UNKNOWN_TO_US": (
        "A cancel was asked for an order that does not work: it has ended, or it never was. Nothing was sent.",
        "What became of that order, by its id in the journal; how the strategy remembers which orders are its own.",
    ),
}
