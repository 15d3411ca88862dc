"""Ends with exit code 2 where the file that a person named is of another kind than the command reads."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

ENDS: Final = (
    End(
        name="JOURNAL_AND_NO_LOG",
        code=ExitCode.USAGE,
        says=("is a journal, or another database, and no log",),
        meaning="`interlock logs` was given a database of SQLite, most likely a journal. Its bytes are nothing to read "
        "as lines. Nothing was changed.",
        check="What lies beside it: the log of a journal is interlock.log, in the same folder.",
        remedy="Name the log, or ask the journal: `interlock journal tail`, with the same PATH.",
    ),
    End(
        name="NAMED_FILE_IS_NO_JOURNAL",
        code=ExitCode.USAGE,
        says=("is not a journal: name another file",),
        meaning="What was named as a journal is something else: a device, a pipe, or a file that does not begin as a "
        "journal does. It may be anybody's, and was left as it is.",
        check="What was typed: the journal of a run is `journal.sqlite3` in the folder of its mode.",
        remedy="Name the journal, or its configuration with `-c` and `--mode`.",
    ),
)
