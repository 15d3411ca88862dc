"""What a strategy concluded, and what a rule says that has no objection."""

from typing import Final

_OWN_RULE: Final = "The averages in the sentence against the closes in the journal: both are sums over closes, exactly."

DECISIONS: Final = {
    "OBSERVING": (
        "No strategy is configured, so the built-in observer looks at every bar and never asks for an order.",
        "`strategy.name` in the configuration, if something else was expected.",
    ),
    "WINDOW_NOT_FULL": (
        "The strategy averages over more bars than have been seen since the journal began. Until then it has no "
        "opinion, and asks for nothing.",
        "How many bars are still to come, and whether they do: bars seen are counted in the summary of a run.",
    ),
    "AVERAGES_LEVEL": (
        "Neither average is above the other, to the last digit. The strategy changes its mind only when one is, so it "
        "asks for nothing.",
        "Whether the price moves at all: over a flat market this comes at every bar.",
    ),
    "TREND_DOWN_AND_FLAT": (
        "The strategy buys when the fast average is above the slow one. It is below, and nothing is held that could "
        "be sold, so there is nothing to ask for.",
        _OWN_RULE,
    ),
    "TREND_UP_AND_LONG": (
        "The strategy sells when the fast average is below the slow one. It is above, and what the strategy wants to "
        "hold is held already, so there is nothing to ask for.",
        _OWN_RULE,
    ),
    "BUYS_ABOVE": (
        "The strategy wanted nothing, and this is how far away a wish to buy was: only the newest close is thought to "
        "be another. At the price that is named it would still have waited, and one tick above it would have asked to "
        "buy.",
        "How far that is from the close that came. Whether the order would then have gone out is for the rules to say.",
    ),
    "SELLS_BELOW": (
        "The strategy wanted nothing, and this is how far away a wish to sell was: only the newest close is thought to "
        "be another. At the price that is named it would still have held on, and one tick below it would have asked to "
        "sell.",
        "How far that is from the close that came. Whether the order would then have gone out is for the rules to say.",
    ),
    "BARS_STILL_NEEDED": (
        "The strategy compares averages over more bars than there have been, so no price could have made it ask for "
        "anything yet.",
        "Whether bars keep coming: each one brings it a step nearer.",
    ),
    "NEVER_PROPOSES": (
        "There is no condition that was near or far from being met: this strategy only looks on.",
        "`strategy.name` in the configuration, if something else was expected.",
    ),
    "ORDER_WORKING": (
        "An order that was sent earlier has neither filled nor ended. The strategy waits for it, so that it never asks "
        "for the same thing twice.",
        "`interlock status` lists the orders that work. One that works for long is asked about at the venue.",
    ),
    "TREND_TURNED_UP": (
        "The strategy asks to buy: the fast average is above the slow one, and nothing is held yet. Whether it may is "
        "for the risk rules to say.",
        "What the rules found, in the same record; " + _OWN_RULE[0].lower() + _OWN_RULE[1:],
    ),
    "TREND_TURNED_DOWN": (
        "The strategy asks to sell all that is held: the fast average is below the slow one. Whether it may is for the "
        "risk rules to say.",
        "What the rules found, in the same record; " + _OWN_RULE[0].lower() + _OWN_RULE[1:],
    ),
    "NO_NEW_BAR": (
        "The feed was asked, and had no new bar by then. Nothing was decided: the strategy is asked at bars alone. The "
        "rules that watch a silent feed looked at it.",
        "Whether a bar was due: the session calendar, and how many are said to be expected. One or two late ones are "
        "common with a live feed.",
    ),
    "PASSED": (
        "The rule compared what it observed with its limit and has no objection. An order goes out only when no rule "
        "that applies objects.",
        "How near it came: observed and limit stand in the sentence, in the rule's own units.",
    ),
    "NOT_APPLICABLE": (
        "The rule was passed over, because it exists for another class of order: most rules stop new risk, and let an "
        "order through that only reduces what is held.",
        "The table of rules and classes on the page of the controls; the order's class stands in its terms.",
    ),
}
