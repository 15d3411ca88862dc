"""What is wrong, or special, about market data; what people did, and what follows from trading being restricted."""

from typing import Final

_ROW: Final = "The row in its source, at the place that is named before; "

OPERATION: Final = {
    "ROW_REFUSED": (
        "The feed handed over a row that cannot be believed as it stands, by the rule that is named. It was left out "
        "and recorded, so that nothing is dropped unseen; nothing was decided on it.",
        _ROW + "field, value and rule stand in the sentence. How many rows are refused is in the summary of a run.",
    ),
    "SPLIT_DECLARED": (
        "A split that the configuration declares has taken effect. Prices, position and averages are restated by its "
        "ratio; orders that still worked had been priced before it, so they are canceled.",
        "That equity before and after is the same: what a split leaves of a lot is paid out in cash.",
    ),
    "OUT_OF_ORDER": (
        "Time has to go forward from row to row, and this one is not later than the one before. It was left out and "
        "recorded as refused.",
        _ROW + "whether the source repeats rows, or sorts them otherwise.",
    ),
    "FROM_THE_FUTURE": (
        "A bar claims to have closed later than it is now. Behind it every true bar would be out of order, so it was "
        "left out and recorded as refused.",
        _ROW + "the machine's clock, and the time zone and stamp in [market_data].",
    ),
    "BARS_TOO_DENSE": (
        "Two bars came within the time that one bar is said to cover. The second was left out and recorded as refused: "
        "an average over such bars would be of something else.",
        "`interval` in [market_data] against the distance between the source's own rows.",
    ),
    "SPLIT_IMPOSSIBLE": (
        "The feed told of a split whose ratio would leave prices that cannot be counted with. It was left out and "
        "recorded as refused; the books stay as they are.",
        "The ratio at the source, and whether there was a split at all.",
    ),
    "OTHER_INSTRUMENT": (
        "The feed told of another instrument than the one that this journal watches. The row was left out and recorded "
        "as refused.",
        "The symbol in [[instruments]], and what the feed was asked for.",
    ),
    "OPERATOR_RESUME": (
        "A person released trading, and nothing stood in the way. If something restricts it again at once, that is "
        "said right behind.",
        "Who it was, and whether what they write settles the cause.",
    ),
    "RELEASE_CAUSE_STANDS": (
        "A person asked for trading to be released, and what had restricted it is still so, or has come anew. Trading "
        "stays as it is.",
        "Each cause that is named: its code has an entry here.",
    ),
    "RESTRICTED_ANEW": (
        "Between the moment when a person looked and the moment when the run heard them, trading was restricted once "
        "more. They cannot have meant to release what they had not seen.",
        "The newest record that restricted trading: `interlock status` names it.",
    ),
    "REQUEST_UNUSABLE": (
        "A file lies where a request for a release would, and the run cannot read it, cannot remove it, or finds no "
        "request in it. Nothing is released by it.",
        "Whose file it is, and who may write into the state folder. What is wrong stands in the sentence.",
    ),
    "REQUEST_FOR_ANOTHER": (
        "The person who asked for a release had looked at another journal than the one that this run writes. Nothing "
        "is released by it.",
        "Whether a new journal was begun meanwhile, or the file was copied from another folder.",
    ),
    "REQUEST_OUT_OF_TIME": (
        "Whoever asks for a release waits a few seconds for the answer. This request is older than that, or of a later "
        "time than it is, so nobody waits for it any more. Nothing is released by it.",
        "Whether a run was on when it was asked; the clock of this machine.",
    ),
    "ARMING_TAKEN_BACK": (
        "A person disarmed before the run had taken the arming. It is gone, and nothing was armed.",
        "Who disarmed, and why: that stands in a record of its own (LIVE_DISARMED), if one was armed before.",
    ),
    "ARMING_UNUSABLE": (
        "A file lies where an arming would, and the run cannot read it, cannot remove it, or does not find an arming "
        "in it. It counts for nothing.",
        "The file ARMING in the state folder: whose it is, and who may write it. What is wrong stands in the brackets.",
    ),
    "ARMING_CHANGED": (
        "What was typed is sealed, and the seal does not fit what lies there now. The arming is gone, and nothing was "
        "armed.",
        "Who can write into the state folder.",
    ),
    "ARMING_FOR_ANOTHER": (
        "An arming holds for one configuration, build, journal, folder, account, machine and user. One of them is not "
        "that of this run, so it is gone, and nothing was armed.",
        "Which one it is stands in the sentence: was the configuration changed, or the run moved, after it was typed?",
    ),
    "ARMING_NOT_NEWER": (
        "Each arming is used once. One that was typed before the last that was taken may be a copy of an old one, so "
        "it is gone, and nothing was armed.",
        "Both times; whether somebody put an old file back.",
    ),
    "ARMING_FROM_LATER": (
        "By this machine's clock the arming has not been typed yet, so one of two clocks is wrong. It is gone, and "
        "nothing was armed.",
        "The clock of this machine, and of the one on which it was typed.",
    ),
    "ARMING_ENDED": (
        "The arming's time was over before the run took it. It is gone, and nothing was armed.",
        "Whether a run was on when it was typed.",
    ),
    "ARMING_TOO_LONG": (
        "An arming lasts a day at most, so that somebody still knows what was armed. This one would last longer, so it "
        "is gone, and nothing was armed.",
        "How it came to be: `interlock arm` types none that long.",
    ),
    "ARMING_BEYOND_LIMITS": (
        "An arming stays within the limits of the configuration. This one would allow more, so it is gone, and nothing "
        "was armed.",
        "The limits in [risk] against the bounds of the arming; whether they were tightened after it was typed.",
    ),
    "ARMING_OTHER_INSTRUMENT": (
        "The arming is for another instrument than the one that this run may trade. It is gone, and nothing was armed.",
        "The symbol in [[instruments]].",
    ),
    "CALLED_BACK": (
        "Trading was restricted while an order worked that could still do what is no longer allowed. The venue is "
        "asked to cancel it.",
        "Whether the venue confirmed it: until then the order may still fill, and counts as if it did.",
    ),
    "CANCEL_NOT_ANSWERED": (
        "A cancel had been asked for, and no answer to it is on record: the process, or the connection, may have ended "
        "in between. It is asked for once more, which does no harm.",
        "What the venue says of that order.",
    ),
}
