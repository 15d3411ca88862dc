"""Ends with exit code 4, where a part failed or a state cannot be trusted, 6, where it hung, 70, where we did, and 74,
where nobody could be told."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

ENDS: Final = (
    End(
        name="TRADING_HALTED_BY_A_FAULT",
        code=ExitCode.HALTED,
        says=("trading ended ...",),
        meaning="A strategy, a rule, an adapter or the decision raised. Trading was HALTED at that moment, watching "
        "went on to the end of the run, and everything is recorded.",
        check="Which code it names; that code has a page of its own in this folder. The log has the trace.",
        remedy="What the page of the code says.",
    ),
    End(
        name="FAULTS_EXCEEDED",
        code=ExitCode.HALTED,
        says=("in a row: the log holds where each was raised",),
        meaning="Faults came one after the other, more than `faults_max` in [loop], and not one bar went well between "
        "them: the run ended. Trading had been HALTED since the first; the stop is recorded.",
        check="The first and the last FaultObserved or FaultRaised in the log: one cause, or several? "
        "`interlock status` names the code of the halt, which has a page of its own.",
        remedy="Remove the cause before the next start. The halt stays in the journal: see the page of its code.",
    ),
    End(
        name="STATE_UNTRUSTED",
        code=ExitCode.HALTED,
        says=("the state cannot be trusted",),
        meaning="The fold that keeps position and orders raised, or a cycle was cut short. What it made of the state "
        "was thrown away with the process; nothing was sent after it. The journal holds everything before it.",
        check="The trace in the log, under StateUntrusted; `interlock journal verify`. Compare orders and position "
        "with the venue's own statement.",
        remedy="This is a defect, of Interlock or of a plugin that it ran: report it with trace and build. The next "
        "start reads the journal from the beginning or a snapshot, and is refused if that does not add up.",
    ),
    End(
        name="JOURNAL_NOT_FOLDED",
        code=ExitCode.HALTED,
        says=("cannot be folded (... at",),
        meaning="The chain is whole, and this version cannot make a state of a record: another version wrote it, or a "
        "plugin's part that it needs is missing. Nothing was started or changed.",
        check="`interlock journal info` names the build of each run; `interlock --version` names this one.",
        remedy="Start it with the version that wrote it. To begin anew: `interlock journal archive --anew`, which "
        "keeps it.",
    ),
    End(
        name="BOOKS_DO_NOT_ADD_UP",
        code=ExitCode.HALTED,
        says=(
            "realised - cost basis - fees is not",
            "the lots do not add up",
            "a split was observed before the journal was opened",
            "the chapter goes on with a state of another journal than it says",
            "tells of a run, and does not begin by saying what it is of",
            "a journal was read, and no time has passed in it",
            "the next chapter would not begin where this one ends",
        ),
        meaning="While the journal was read, cash, lots and fees did not add up to what they must: the position that "
        "would come out of it is not to be believed. Nothing was started.",
        check="`interlock journal verify` names the first record that does not follow.",
        remedy="Keep a copy of the journal. If verify finds a changed record, put a backup back; if it finds none, "
        "this is a defect of Interlock: report it with the build.",
    ),
    End(
        name="DATA_NOT_OPENED",
        code=ExitCode.HALTED,
        says=(
            "the market data could not be opened: ",
            " changed while it was read: ",
            "other bytes than when it was opened",
            "...: ... at byte ...",
            "...: ... (... attempts)",
        ),
        meaning="The source of the data did not answer, or a file changed under the hands of the reader. At the start "
        "nothing was begun; in mid-run the same is a FAULT_IN_ADAPTER.",
        check="Whether something still writes the file; the disk or share on which it lies; the trace in the log.",
        remedy="Leave the file alone while it is read (write another one and rename it), and start again.",
    ),
    End(
        name="ADAPTER_LATE_AT_THE_START",
        code=ExitCode.HALTED,
        says=("did not return within",),
        meaning="Before the first cycle a call of the feed or of the venue's adapter did not return in time. Nothing "
        "was begun. In mid-run the same is the halt [ADAPTER_LATE](ADAPTER_LATE.md).",
        check="Which call it was; whether what it talks to, or the disk on which the data lies, answers. To open data "
        "has 30 times `adapter_seconds` of [loop], because all of it may be read.",
        remedy="Mend what does not answer, or raise `adapter_seconds` where it is only slow, and start again.",
    ),
    End(
        name="LIVE_SOURCE_LOST",
        code=ExitCode.HALTED,
        says=(
            "it cannot be reached (... attempts)",
            "the live source was lost (... attempts)",
            "nothing was heard for ... s",
            "its history ends at ...",
        ),
        meaning="The source of a live feed could not be reached, or was lost, and every attempt in a row failed. At "
        "the start nothing was begun; in mid-run it is a FAULT_IN_ADAPTER: trading halts, watching goes on, and the "
        "source is tried again every `retry_seconds`.",
        check="Whether the source answers another program on this machine; credentials, network, its own notices; "
        "what the error is called behind the colon.",
        remedy="Start again when it answers: what was missed is fetched. `attempts` and the seconds beside it in "
        "[market_data] say how patient the feed is.",
    ),
    End(
        name="FORCED_STOP",
        code=ExitCode.HALTED,
        says=("forced to stop at once",),
        meaning="A second signal came half a second or more after the first, and the process ended in mid-cycle. What "
        "was committed is whole, and nothing had left that was not.",
        check="`interlock status`: the last record, and orders that were working.",
        remedy="`interlock run` goes on from the journal. A supervisor that sends a second signal is too impatient: "
        "give it a minute (TimeoutStopSec).",
    ),
)

HUNG: Final = (
    End(
        name="ENDED_BY_THE_WATCHDOG",
        code=ExitCode.HUNG,
        says=(": the watchdog ends the process",),
        meaning="Nothing moved for `watchdog_seconds` of [loop], in mid-cycle or while the run was being stopped: a "
        "strategy, a rule or a disk that does not answer. A thread that hangs cannot be ended, so the process was. "
        "What was committed is whole, and nothing had left that was not. An adapter that hangs ends nothing: it is "
        "late, and halts ([ADAPTER_LATE](ADAPTER_LATE.md)).",
        check="Where the cycle stood: the line says it, innermost place first. The log says it too (Hung), and so does "
        "the next start. `interlock status`: the last record, and orders that were working.",
        remedy="Mend what hung. If it was only slow, raise `watchdog_seconds`. Then `interlock run` goes on from the "
        "journal, and asks the venue about every order first.",
    ),
)

DEFECTS: Final = (
    End(
        name="INTERNAL_ERROR",
        code=ExitCode.INTERNAL,
        says=("internal error (...)",),
        meaning="Something raised that nobody had thought of. What was committed to the journal is whole.",
        check="The trace, without messages, is in the file that is named. `interlock journal verify`; `interlock "
        "status`.",
        remedy="Report it, with the trace and `interlock --version`. Before the next start, compare working orders "
        "with the venue's own statement.",
    ),
)

UNTOLD: Final = (
    End(
        name="ANSWER_LOST",
        code=ExitCode.ANSWER_LOST,
        says=("stdout cannot be written (",),
        meaning="All was well but for stdout, where the answer should have gone: a full disk behind it, mostly. A run "
        "has ended by then, and its journal is whole. An end that has a code of its own keeps it.",
        check="Where stdout leads, and whether that disk is full.",
        remedy="Make room. `interlock status` and `interlock journal tail` say what the summary would have said.",
    ),
)
