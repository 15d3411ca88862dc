"""Ends with exit code 5: the journal could not be written, read or trusted."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

_KEEP: Final = "Keep the file, its -wal and its .head as they are, in another folder, before anything else. "
_BACK: Final = "Put the whole journal back, or the newest backup that verifies, and compare with the venue's statement."

ENDS: Final = (
    End(
        name="DISARM_NOT_KEPT",
        code=ExitCode.JOURNAL,
        says=("NOT disarmed: nothing could be put into", "disarmed, and the disk does not promise to keep that"),
        meaning="`interlock disarm` could not put its file into the state folder, or could not have it kept there. In "
        "the first case nothing changed: what is armed stays armed until it ends by itself.",
        check="Which of the two it says; `df -h` of the folder, its rights, `mount`, `dmesg`.",
        remedy="NOT disarmed: stop the run with SIGTERM; a restart is unarmed. Otherwise see to the disk before the "
        "machine is started anew, and disarm again.",
    ),
    End(
        name="JOURNAL_NOT_WRITTEN",
        code=ExitCode.JOURNAL,
        says=(
            "a commit failed, and nobody can say",
            "a commit was cut short",
            "its head file cannot be written: ",
            "a snapshot could not be kept: ",
            "a snapshot was cut short",
            "an append was cut short",
            "...: .... What to do: ...",
            "is not used any more",
            "is closed: nothing more can be kept",
            "could not be closed: ...",
        ),
        meaning="A write or its sync failed: the disk is full, read-only or broken. Nobody can say whether the last "
        "records are on disk, so nothing was sent after them, nothing was tried again, and the run ended. Everything "
        "acknowledged before is there.",
        check="`df -h` and `df -i` of the folder; whether the disk went read-only (`mount`, `dmesg`); quotas and "
        "`ulimit -f`. `interlock status` and `interlock journal tail` read what is there.",
        remedy="Full: free space. Read-only or failing: repair or replace the disk first. Then `interlock run` again: "
        "it reads what is there, whether the last records were kept or not, and goes on from that.",
    ),
    End(
        name="JOURNAL_TAKEN_AWAY",
        code=ExitCode.JOURNAL,
        says=("takes no more records: ...", "it is not where it was opened"),
        meaning="The journal, or the folder it lies in, was moved, removed or replaced while a run wrote it. What is "
        "written into a file without a name nobody reads again, so nothing was written and nothing was sent after it.",
        check="Who moved it: a clean-up, a restored backup, a mount that went away.",
        remedy="Put the folder back as it was, with all its files, then `interlock run` again.",
    ),
    End(
        name="RECORD_NOT_WRITABLE",
        code=ExitCode.JOURNAL,
        says=("cannot be written down: ",),
        meaning="A record or state holds what no journal may hold (a time without a zone, a float): its whole batch "
        "was not kept, nothing was sent, and the run ended.",
        check="The words after the colon, and the last lines of the log: which part made it. A plugin, mostly.",
        remedy="Fix the plugin, or report it. `interlock run` goes on from the record before.",
    ),
    End(
        name="JOURNAL_NOT_OPENED",
        code=ExitCode.JOURNAL,
        says=("cannot be opened: ...",),
        meaning="Folder or file could not be opened or made. Nothing was started.",
        check="`ls -ld` of the folder and of those above it; room and rights of the disk (`df -h`, `mount`). After the "
        "words of SQLite or of the system stands what to do.",
        remedy="Make the folder writable for the user of the run, make room, or name another `state_dir`.",
    ),
    End(
        name="DISK_UNFIT",
        code=ExitCode.JOURNAL,
        says=("is on a disk where SQLite cannot write ahead",),
        meaning="The folder lies on a share or file system on which SQLite's write-ahead log does not work. Nothing "
        "was started: without it a kill could lose what was acknowledged.",
        check="`df -T` of the folder: NFS, SMB and some others.",
        remedy="Name a `state_dir` on a local disk.",
    ),
    End(
        name="JOURNAL_BEHIND_ITS_HEAD",
        code=ExitCode.JOURNAL,
        says=("and its head file says that record",),
        meaning="The head file says that more was kept than is there: the journal was cut, rolled back, replaced by an "
        "older copy, or taken away, or its -wal is gone. Nothing was started or changed.",
        check="Whether a backup was put back, a snapshot of the machine restored, or -wal left behind in a move; "
        "`interlock journal info` for what is there.",
        remedy=f"{_KEEP}{_BACK} Only where the older copy is meant, move the .head file away.",
    ),
    End(
        name="LOG_WITHOUT_ITS_JOURNAL",
        code=ExitCode.JOURNAL,
        says=("which has what was written last, is there",),
        meaning="The journal is gone or empty, and its write-ahead log is still there: it holds what was acknowledged "
        "last. SQLite would delete it, so nothing was opened, by no command.",
        check="Whether the journal was moved or copied without its -wal, or emptied by a disk that was full or broken.",
        remedy="Put the journal back beside its -wal and its .head, as they were. To begin anew, move the whole state "
        "folder away, and keep it.",
    ),
    End(
        name="JOURNAL_OTHER_THAN_ITS_HEAD",
        code=ExitCode.JOURNAL,
        says=("has another record ... than its head file",),
        meaning="The record that the head file names has another hash: the file was changed, or is another journal. "
        "Nothing was started or changed.",
        check="`interlock journal verify`: a chain that is whole means another journal, a broken one a changed record. "
        "Who could write there.",
        remedy=f"{_KEEP}{_BACK}",
    ),
    End(
        name="HEAD_FILE_DAMAGED",
        code=ExitCode.JOURNAL,
        says=("is damaged in both of its slots", "cannot be held against its head file"),
        meaning="What says how far the journal reached cannot be read, so nobody can say whether the journal was cut. "
        "Nothing was started or changed.",
        check="`interlock journal verify`, and the number of its last record against the newest backup and the log.",
        remedy="When the journal is whole, move the .head file away: a new one is made. When it is not, put a backup "
        "back.",
    ),
    End(
        name="CHAIN_BROKEN",
        code=ExitCode.JOURNAL,
        says=(
            "does not match its hash, or is missing: it was changed",
            "has no hash: it was changed",
            "is missing: the journal ends at",
            "is not used as it is, and not changed",
        ),
        meaning="A record is not what was written, or is gone: a failing disk, or somebody's hand. Nothing was "
        "started, and nothing is ever repaired or cut off by itself.",
        check="`interlock journal verify` names the first such record, and what it says; the disk (`dmesg`, SMART); "
        "who could write there.",
        remedy=f"{_KEEP}{_BACK}",
    ),
    End(
        name="JOURNAL_NOT_READ",
        code=ExitCode.JOURNAL,
        says=(
            "... cannot be read: ",
            "cannot be folded: ",
            "does not begin by saying what it is a journal of",
            "the end of the journal cannot be read: ",
            "the table of snapshots cannot be read: ",
            "cannot be taken into the books (",
        ),
        meaning="SQLite or the disk could not read the file, or a record is of no form that this version knows. "
        "Nothing was changed.",
        check="The words after the colon; the disk (`dmesg`); the user; `interlock journal verify`.",
        remedy=f"A locked file: find what has it open. Anything else: {_KEEP[0].lower()}{_KEEP[1:]}{_BACK}",
    ),
    End(
        name="BACKUP_FAILED",
        code=ExitCode.JOURNAL,
        says=("no copy was made", "the copy of ... is damaged", "cannot be copied to"),
        meaning="`interlock journal backup FILE` made no copy: the disk failed, or the journal's chain is not whole. "
        "Nothing half-made stays behind, and a run that is writing goes on.",
        check="Room where the copy goes; `interlock journal verify` for the journal itself.",
        remedy="Name another disk. When verify finds something, keep the file and the older backups.",
    ),
    End(
        name="ARCHIVE_FAILED",
        code=ExitCode.JOURNAL,
        says=("cannot be archived: ", "archives: move them away", "is not the head file of ...: move it away"),
        meaning="The journal was not put aside: somebody still reads it, or the disk failed. It stays where it is.",
        check="Commands that are reading it (`interlock journal tail --follow`); the disk.",
        remedy="End them (a reader that was stopped with SIGSTOP reads still), and archive again.",
    ),
    End(
        name="KILL_SWITCH_NOT_PUT",
        code=ExitCode.JOURNAL,
        says=("could NOT be put there", "was put there and is not there"),
        meaning="`interlock halt --reason TEXT` (or `reduce`) could not put its file into the state folder in any way, "
        "and the journal could not be used either. Nothing is restricted by it: a run that is on goes on.",
        check="Whose the folder is, and whether its disk takes anything at all: `ls -ld`, `mount`, `df -i`.",
        remedy="Stop the run: SIGTERM to the process that `interlock status` names, SIGKILL where that does not help. "
        "Cancel at the venue what works there. Then run the command again as the user of the run.",
    ),
)
