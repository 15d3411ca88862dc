"""What the scripted source can be told to do."""

from enum import StrEnum


class FeedMove(StrEnum):
    """TELL and RESUME are how it should be; all the others are what goes wrong with sources."""

    # The next bar.
    TELL = "TELL"
    # Nothing is told, and nobody is sent away: from the other side, a market in which nothing happens.
    PAUSE = "PAUSE"
    # What was held back since PAUSE is told, and whoever comes is let in.
    RESUME = "RESUME"
    # The next bar, and it again and again: more than anybody can take.
    BURST = "BURST"
    # Every connection is closed; whoever comes again is let in.
    DROP = "DROP"
    # Every connection is closed, and so is each new one until RESUME.
    REFUSE = "REFUSE"
    # A line that is no JSON.
    GARBAGE = "GARBAGE"
    # A line longer than any should be.
    HUGE_LINE = "HUGE_LINE"
    # The first half of the next bar's line; then every connection is closed. History has that bar whole.
    HALF_LINE = "HALF_LINE"
    # The last bar once more.
    DUPLICATE = "DUPLICATE"
    # A bar that closed between the last two, and was not told then.
    OUT_OF_ORDER = "OUT_OF_ORDER"
    # The time of the last bar, with other prices.
    CONTRADICTION = "CONTRADICTION"
    # A bar that closes a day after the last: the source's clock is wrong, or its zone.
    CLOCK_SKEW = "CLOCK_SKEW"
    # The word that nothing will follow.
    END = "END"
