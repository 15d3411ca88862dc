"""Ends with exit code 2: the question, the configuration or a file has to be changed first."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

_CHECKED: Final = "`interlock check` tells the same without starting."

ENDS: Final = (
    End(
        name="USAGE_WRONG",
        code=ExitCode.USAGE,
        says=(
            "both say which journal is meant",
            "--json says what was written",
            "seconds that can pass",
            "each say which moment is meant",
            "what is to be explained is empty",
            "is a reason, and --what-if decides a record again",
            "both say which log is meant",
            "is no regular expression",
            "is none that the log has",
        ),
        meaning="The command line does not stand: an unknown command or option, a value that cannot be, two options "
        "that contradict each other.",
        check="`interlock --help`, and `--help` of the command.",
        remedy="Ask again, as the help has it.",
    ),
    End(
        name="WHAT_IF_IMPOSSIBLE",
        code=ExitCode.USAGE,
        says=("is asked of a record that was made once more", "what was put in with ... cannot be used here"),
        meaning="A what-if decides a recorded moment again. Here that moment cannot be decided, or comes to something "
        "else than was recorded, or a plugin cannot be made with what was put in.",
        check="`interlock explain` of the same record alone: its last section says what kept it from being made once "
        "more. Whether the plugins that it was recorded with are installed.",
        remedy="Install what was there when it was recorded, or ask about another record.",
    ),
    End(
        name="NOTHING_OF_THE_KIND_ON_RECORD",
        code=ExitCode.USAGE,
        says=(
            "holds no record yet: ask once a run has begun",
            "there is no record ...: ... holds the records 0 to",
            "nothing is on record as of",
            "was made in an earlier chapter: ask that journal",
            "was seen in an earlier chapter: ask that journal",
            "was made in this journal: ",
            "was seen in this journal: ",
            "this journal holds ...",
        ),
        meaning="The journal is whole, and what was asked for is not in it: a number beyond its last record, a time "
        "before its first, an order or a bar of another journal or chapter, or the last of what never was.",
        check="`interlock journal info`: how many records there are, from when to when, and which chapter it is.",
        remedy="Ask for what the message names. An earlier chapter is a file of its own: name it with --journal.",
    ),
    End(
        name="TIME_UNCLEAR",
        code=ExitCode.USAGE,
        says=(
            "is no time...: write it as",
            "is a day and no time: ",
            "has no zone, and none is guessed: ",
            "names a zone that is not known",
            "has two zones",
            "... ..., for the clocks were changed: ...",
            "lies outside of all calendars",
        ),
        meaning="A time that was typed could be more than one moment, or none: it has no zone, it is a day, or the "
        "clocks of its zone were changed around it. None is guessed, for the answer would be about another decision.",
        check="The moments that the message lists: each is what it could have meant, and can be pasted back.",
        remedy="Write it with Z, with an offset, or with the name of its zone.",
    ),
    End(
        name="CONFIGURATION_INVALID",
        code=ExitCode.USAGE,
        says=(
            "the configuration has ...:",
            "nothing in ... is called",
            "there is no exchange calendar called",
            "the calendar ... does not cover",
            "instruments.splits of ...: found",
            "execution.participation: ",
            "market_data.start_price: ",
        ),
        meaning="A value in the file, in the environment or on the command line does not stand. Every problem is told "
        "at once, with its line, what was found and what is expected.",
        check=f"{_CHECKED} Every key is in the reference of the configuration.",
        remedy="Fix each line that is named.",
    ),
    End(
        name="PLUGIN_UNUSABLE",
        code=ExitCode.USAGE,
        says=(
            "both offer ...",
            "could not be imported: ",
            "which is not a ...",
            "is not an attrs class",
            "is not a tuple of names",
            "which calls itself",
            "cannot be made (...): its from_options",
            "lookback must be at least 1",
        ),
        meaning="What the configuration names is installed and cannot be used: it does not import, is of another kind, "
        "or says of itself what cannot be.",
        check="`pip list` in the environment of the run; whether the plugin and this version of Interlock fit.",
        remedy="Install the version that fits, or uninstall one of two that offer the same name.",
    ),
    End(
        name="MARKET_DATA_UNREADABLE",
        code=ExitCode.USAGE,
        says=(
            "...: found ...; expected .... ...",
            "expected a file that can be read",
            "found a folder, pipe or device",
        ),
        meaning="The file of bars is not there, may not be read, or is not what [market_data] says of it.",
        check="The place that is named, with line; `interlock check` reads the first rows.",
        remedy="Set path, columns, time zone or stamp in [market_data]; or the file, or its permissions.",
    ),
    End(
        name="MARKET_DATA_OF_ANOTHER_SOURCE",
        code=ExitCode.USAGE,
        says=("was read from it before, the last bar at", "or it has lost what it told"),
        meaning="The journal was made from this source up to a bar that the source does not have there any more: rows "
        "were taken out, put in, or it is another file. Of a live source: its history ends before that bar.",
        check="The file against the copy from which the journal was made, the live source against what it publishes; "
        "`interlock journal info` names the data.",
        remedy="Put the data back. A journal of other data begins with `interlock journal archive --anew`.",
    ),
    End(
        name="FILE_NOT_PRIVATE",
        code=ExitCode.USAGE,
        says=("is open to other users", "belongs to user ..."),
        meaning="The journal, its lock, its head file or their folder belongs to somebody else, or could be read or "
        "changed by others. Nothing was opened.",
        check="`ls -ld` of the folder and `ls -l` of its files, and which user runs Interlock.",
        remedy="Run as the owner; `chmod 600` the file, `chmod 700` the folder. Ask how they came to be open: until "
        "`interlock journal verify` has passed, what they hold may have been changed.",
    ),
    End(
        name="FILE_READ_ONLY",
        code=ExitCode.USAGE,
        says=("may not be written (mode ...)",),
        meaning="Its owner has made the journal read-only. It can be read, and a run would write it. Nothing was done.",
        check="Who did that, and whether this journal was meant to be kept as it is.",
        remedy="To go on with it, `chmod 600` the file. To keep it, name another `state_dir`.",
    ),
    End(
        name="FILE_IS_A_LINK",
        code=ExitCode.USAGE,
        says=("is not a plain file (links", "is not a folder (links"),
        meaning="Where a file or folder of the journal belongs there is a symbolic link, a pipe or something else. It "
        "was not followed: it may lead anywhere.",
        check="`ls -l` of what is named, and who put it there.",
        remedy="Move it away, or name the real folder as `state_dir`. Where it is a -wal, put the file itself back: it "
        "holds what was written last.",
    ),
    End(
        name="JOURNAL_OF_ANOTHER_SCHEMA",
        code=ExitCode.USAGE,
        says=("is a journal of schema",),
        meaning="A version of Interlock wrote this file that this one cannot read: a newer one, mostly. Nothing was "
        "changed.",
        check="`interlock --version`, and which version wrote the journal: its log names the build.",
        remedy="Start the version that wrote it. To begin anew, move the whole state folder away, and keep it.",
    ),
    End(
        name="NOT_A_JOURNAL",
        code=ExitCode.USAGE,
        says=("is not a journal (",),
        meaning="Under the journal's name lies a file that is none, and no head file beside it says that it was one. "
        "It was left as it is.",
        check="What it is, and who put it there: `file`, `ls -l`.",
        remedy="Move it away. When a journal was there before, put that one back with its head file, or a backup.",
    ),
    End(
        name="NO_JOURNAL",
        code=ExitCode.USAGE,
        says=(
            "there is no journal at",
            "is a folder, and a journal is a file",
            "cannot be looked at: ",
            "nothing was recorded yet: there is nothing to rehearse on",
        ),
        meaning="A command that reads a journal found none where the configuration, or PATH, says that it is, or one "
        "in which nothing stands yet.",
        check="Configuration and mode: each mode has a folder of its own below `state_dir`; the user: another one may "
        "not be allowed to look.",
        remedy="Name the configuration with `-c` and `--mode`, or the file itself.",
    ),
    End(
        name="NO_SUCH_DECISION",
        code=ExitCode.USAGE,
        says=("no decision has the ...", "no time lies between them"),
        meaning="`interlock decisions` was asked for an outcome, a reason or a rule that is neither known nor in that "
        "journal, or for a time that ends before it begins. An empty list would have looked like an answer.",
        check="How it is written; [reason codes](../reason-codes.md) and [controls](../controls.md). A plugin's own "
        "codes are known where they are in the journal.",
        remedy="Take what is suggested, or ask without it: the counts name every reason that there is.",
    ),
    End(
        name="NO_LOG",
        code=ExitCode.USAGE,
        says=("there is no log at", "is not readable: ", "is rotated faster than it can be opened"),
        meaning="`interlock logs` found no log where the configuration, or PATH, says that it is, or nothing that "
        "it can read. Nothing was changed.",
        check="Configuration and mode: each mode has a folder of its own below `state_dir`; `ls -l` of the file; the "
        "user: only the owner of a log may read it. With --follow it is waited for.",
        remedy="Name the configuration with `-c` and `--mode`, or the file itself. What the log told, and more, is in "
        "the journal.",
    ),
    End(
        name="NOT_WRITTEN",
        code=ExitCode.USAGE,
        says=("there is something at ... already", " was not written: ", "another backup is making"),
        meaning="A file that was asked for (a backup, an export, a report, a new configuration) was not made: "
        "something is there that is not overwritten, or its folder cannot be written.",
        check="What is there; the folder's rights and room.",
        remedy="Name another file, or move away what is there. What a backup that was killed left (FILE.partial) the "
        "next one takes away by itself.",
    ),
    End(
        name="REPORT_WITHOUT_ITS_LIBRARY",
        code=ExitCode.USAGE,
        says=("a report needs the package",),
        meaning="What draws the charts, or fills the page, is not installed: it comes with the extra `report`. Nothing "
        "was written.",
        check="`pip show plotly jinja2` in the environment of the command.",
        remedy="`pip install 'interlock[report]'`; in a checkout `make run` installs it.",
    ),
    End(
        name="NOTHING_TO_REPORT",
        code=ExitCode.USAGE,
        says=("there is nothing to report",),
        meaning="The journal is there and holds no record yet: a run has made the file, and has committed nothing.",
        check="`interlock status`, which says whether a run is at work.",
        remedy="Ask again when it has, or name another journal.",
    ),
    End(
        name="PYTHON_UNFIT",
        code=ExitCode.USAGE,
        says=("is too old for journals", "this thread's decimal precision"),
        meaning="What Interlock stands on cannot do what is needed: SQLite is too old, or something lowered the "
        "precision of decimal numbers, and sums would be rounded.",
        check='`python -c "import sqlite3; print(sqlite3.sqlite_version)"`; plugins that set the decimal context.',
        remedy="Use a Python with a newer SQLite; take out what lowers the precision.",
    ),
)
