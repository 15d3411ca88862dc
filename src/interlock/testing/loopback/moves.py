"""What the loopback venue can be told to do with an order."""

from enum import StrEnum


class Move(StrEnum):
    """ACCEPT works the order and tells the truth; all the others are what goes wrong with venues."""

    ACCEPT = "ACCEPT"
    # Refused: it never works.
    REJECT = "REJECT"
    # It works; the answer waits until the next message arrives on that connection.
    DELAY = "DELAY"
    # It works, and no answer ever comes.
    LOSE_ANSWER = "LOSE_ANSWER"
    # It works, and the connection is closed instead of an answer.
    HANG_UP = "HANG_UP"
    # It works, and the answer is a line that nobody can read.
    GARBLE = "GARBLE"
    # It reached the wire and nobody behind it: no answer, and the venue has never heard of it.
    LOSE_ORDER = "LOSE_ORDER"
    # Every report about it is told twice.
    DUPLICATE = "DUPLICATE"
    # Said to be canceled, and then it fills.
    FILL_AFTER_CANCEL = "FILL_AFTER_CANCEL"
    # It is worked, and filled, with twice its quantity.
    OTHER_QUANTITY = "OTHER_QUANTITY"
    # Its fill is told with the other side.
    OTHER_SIDE = "OTHER_SIDE"
    # It fills, and the fill is not told: whoever asks about the order learns of it.
    LOSE_FILL = "LOSE_FILL"
    # It fills, and that is never told, whoever asks: only the position shows it.
    HIDE_FILL = "HIDE_FILL"
    # Beside its own fill one is told of an order that nobody sent.
    TRADE_OF_NOBODY = "TRADE_OF_NOBODY"
