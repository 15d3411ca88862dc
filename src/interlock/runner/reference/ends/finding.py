"""Ends with exit code 1: done, and there is something to look at."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

ENDS: Final = (
    End(
        name="TRADING_HALTED_ON_EVIDENCE",
        code=ExitCode.FINDING,
        says=("trading ended ...",),
        meaning="The run ended as it should, and trading was HALTED by what the data or the venue said: nothing "
        "raised. Everything is recorded. After a fault of a part the same words come with exit 4.",
        check="Which code it names; that code has a page of its own in this folder. `interlock status` says it again.",
        remedy="What the page of the code says.",
    ),
    End(
        name="NO_BAR_CAME",
        code=ExitCode.FINDING,
        says=("not one bar came: `",),
        meaning="The data ended before a bar could be used: there was none, or each was refused. Nothing was decided.",
        check="`interlock check` reads the first rows and names the first that is refused; "
        "`interlock journal tail` shows the refused rows.",
        remedy="Put [market_data] right (path, columns, time zone, stamp), and run again.",
    ),
    End(
        name="CHECK_FOUND_SOMETHING",
        code=ExitCode.FINDING,
        says=("preflight found something",),
        meaning="`interlock check` looked at what a run would meet, and found a problem. Nothing was started or "
        "changed.",
        check="The lines that begin with `problem`: each has its remedy beneath it.",
        remedy="What these say; then `interlock check` again, until it says `fine`.",
    ),
    End(
        name="VERIFY_FOUND_SOMETHING",
        code=ExitCode.FINDING,
        says=("does not hold: ",),
        meaning="`interlock journal verify` found a record that is not what was written, or does not follow from what "
        "was observed. The first one is named, with what is recorded and what follows. Nothing was changed.",
        check="Whether a hash is wrong (the file was changed) or a decision (another build, strategy or rule made it: "
        "`interlock journal info` names the builds); whether a backup of the same day verifies.",
        remedy="Keep a copy of the file as it is. A changed file: put a backup back. Another build: verify with the "
        "build that wrote it.",
    ),
    End(
        name="STATUS_NOT_HEALTHY",
        code=ExitCode.FINDING,
        says=("the last run ...: ", "not running: the last run ended by", "not running, and ..."),
        meaning="`interlock status` found a run that was killed, one that ended by a fault, or trading that is not "
        "ACTIVE. It changed nothing.",
        check="What the line says; `interlock journal tail` for the last records, and the log for what was raised.",
        remedy="Killed: `interlock run` goes on from the journal. Ended by a fault, or HALTED: the page of that code "
        "first.",
    ),
)
