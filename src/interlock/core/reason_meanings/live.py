"""What stands before an entry in LIVE: armings, and how they end."""

from typing import Final

_ARMING: Final = "The arming in the journal (LIVE_ARMED), which has its bounds and its end; "

LIVE: Final = {
    "LIVE_NOT_ARMED": (
        "In LIVE no order may raise risk until a person has armed it by typing. A run begins like this, every time.",
        "Whether entries are meant at all. `interlock status` says what is armed, and until when.",
    ),
    "LIVE_ARMING_EXPIRED": (
        "The arming that a person typed was for a limited time, and that time is over. Entries are over with it; "
        "entries that still worked are called back.",
        _ARMING + "what was entered under it.",
    ),
    "LIVE_DISARMED": (
        "A person ended the arming before its time. Entries are over with it, and entries that still worked are "
        "called back.",
        "Ask that person. Where it is the file DISARM that is named, it lies in the state folder, and may say who.",
    ),
    "ENVELOPE_EXCEEDED": (
        "An order, or all that was done since the arming, goes beyond the bounds that a person typed with it. The "
        "order was denied; where a loss or a number of entries went beyond, the arming has ended.",
        _ARMING + "the orders and fills since then.",
    ),
    "ENVELOPE_USED_UP": (
        "As many entries have been sent as were armed, and the last of them has ended. So the arming has ended too.",
        _ARMING + "what became of each entry.",
    ),
    "LIVE_DOOR_SHUT": (
        "Right before an order leaves in LIVE, every condition of LIVE is looked at once more. One did not hold, so "
        "the order was not sent.",
        "The conditions that are named, one by one, with `interlock check`.",
    ),
    "LIVE_ARMED": (
        "The run found the arming that a person had typed, held it against everything it is bound to, and used it up. "
        "Entries may be made within its bounds, until it ends.",
        "Its bounds and its end, in the same record; whether you know the person.",
    ),
}
