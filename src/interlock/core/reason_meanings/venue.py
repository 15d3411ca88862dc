"""Why a venue refused an order, let it end unfilled, or said what changes nothing."""

from typing import Final

_STRATEGY: Final = "How the strategy works out what it asks for, against [[instruments]] in the configuration."
_NOTHING: Final = "Nothing. Many of them: whether the adapter asks, or the venue tells, more often than it has to."

VENUE: Final = {
    "TYPE_NOT_SUPPORTED": (
        "The venue does not work orders of this type, or with this time in force. It refused the order, which never "
        "worked.",
        "What the strategy asks for, and what the venue says that it takes.",
    ),
    "INSTRUMENT_UNKNOWN": (
        "The venue does not trade an instrument of this name. It refused the order, which never worked.",
        "The symbol in [[instruments]] against the venue's own list.",
    ),
    "OFF_TICK": (
        "Prices move in steps, the ticks, and the order's limit price lies between two of them. The venue refused it.",
        _STRATEGY,
    ),
    "OFF_LOT": (
        "Quantities are traded in whole lots, and the order's quantity is not a number of whole lots. The venue "
        "refused it.",
        _STRATEGY,
    ),
    "NO_BAR_IN_SESSION": (
        "The order was for one session, and in that session no bar came on which it could have filled. It ended "
        "unfilled with the session.",
        "The data of that session: was there none, or was it late?",
    ),
    "OPEN_BEYOND_PROTECTION": (
        "The market opened at a worse price than the order allowed, so it did not fill, and ended with its session. "
        "Every order carries such a worst price.",
        "How far the open lay from the close before; the collar in [risk.price_collar], from which the worst price "
        "comes.",
    ),
    "NOT_TRADED_THROUGH": (
        "The market did not go beyond the order's limit price. The paper venue does not count a mere touch: others "
        "were there first. The order ended unfilled with its session.",
        "The limit price against the session's highest and lowest price.",
    ),
    "VOLUME_TOO_SMALL": (
        "Only a stated share of what others traded may be ours, and that was too little for the whole order. What was "
        "left of it ended unfilled with its session.",
        "The bar's volume, and `participation` in [execution].",
    ),
    "APPROVAL_EXPIRED": (
        "Permission to send an order ends with the session that it was meant for. This one was about to leave after "
        "that, and was not sent, or not taken.",
        "What took so long between deciding and sending; whether the machine's clock is right.",
    ),
    "NEVER_ARRIVED": (
        "Nobody knew what had become of the order. The venue has now been asked, does not know it, and by its own "
        "rules could not take it any more. So it never worked, and counts no longer.",
        "Why the connection broke when the order was sent: the log, around that time.",
    ),
    "LIVE_NOT_AVAILABLE": (
        "No adapter to a real venue is installed. What stands in its place refuses every order.",
        "`execution.adapter` in the configuration.",
    ),
    "RESTRICTED_BEFORE_SENDING": (
        "The order had passed every rule, and before it left trading was restricted. So it was not sent.",
        "The record just before, which restricted trading, and says why.",
    ),
    "REFUSED_BEFORE_SENDING": (
        "The order had passed every rule. In LIVE it is looked at once more right before it leaves, and something had "
        "changed since. So it was not sent.",
        "The reason that stands behind it has its own entry here.",
    ),
    "VENUE_IN_QUARANTINE": (
        "The venue's adapter did not answer in time before. Until it has, and the venue has then confirmed orders and "
        "position, no order is sent to it. So this one was not sent.",
        "The record of the call that was late (ADAPTER_LATE); whether what the adapter talks to answers.",
    ),
    "FILL_REPEATED": (
        "The venue told of a trade that it had told of before. It is in the books once, and nothing was changed.",
        _NOTHING,
    ),
    "REPORT_REPEATED": ("The venue said once more what it had said before. Nothing was changed.", _NOTHING),
}
