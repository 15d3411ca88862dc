"""Ends with exit code 3: understood, and not allowed."""

from typing import Final

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.ends.end import End

ENDS: Final = (
    End(
        name="JOURNAL_IN_USE",
        code=ExitCode.REFUSED,
        says=("is being written by ...",),
        meaning="Another process writes this journal: a journal has one writer. That one goes on undisturbed. A "
        "process that was stopped (SIGSTOP) still has it; one that has ended never does.",
        check="The process, host and time that are named: `ps -fp` with that number, on that host; `interlock status`.",
        remedy="Let that run go on, or stop it with SIGTERM and start again. Never remove the lock file: two writers "
        "would each lock a file of their own.",
    ),
    End(
        name="JOURNAL_OF_ANOTHER_ACCOUNT",
        code=ExitCode.REFUSED,
        says=("is a journal of ... for account",),
        meaning="The journal is stamped with another mode or account than the configuration asks for. Its position is "
        "not this account's. Nothing was changed.",
        check="`account`, `run_mode` and `state_dir` in the file; `--mode` and INTERLOCK_MODE; `interlock journal "
        "info`.",
        remedy="Name a `state_dir` of its own for each account. A journal that only lies in the wrong folder: move "
        "the whole folder there. To begin anew: `interlock journal archive --anew`, which keeps it.",
    ),
    End(
        name="JOURNAL_OF_ANOTHER_CONFIGURATION",
        code=ExitCode.REFUSED,
        says=("was written under another configuration",),
        meaning="The books of this PAPER journal rest on what the file has changed: currency, cash, instrument, "
        "interval, or a split that is past. Limits, strategy and anything else may change: that is told and recorded.",
        check="`interlock check` prints the values in effect and their digest, `interlock journal info` the digest of "
        "each run; `interlock journal export --format jsonl` has the configuration in full, in each RunStarted.",
        remedy="Put the named keys back; or, with nothing held and no order working, begin anew: `interlock journal "
        "archive --anew`, then `interlock run`.",
    ),
    End(
        name="DATA_DIFFERS",
        code=ExitCode.REFUSED,
        says=("the data is not what the journal was made from",),
        meaning="File, seed or source are other ones than those from which the journal's decisions were made. Going on "
        "would join two pasts. Nothing was changed.",
        check="The two descriptions in the message: name, size and digest of the data.",
        remedy="Put the data back; or begin anew from the other data: `interlock journal archive "
        "--anew`, then `interlock run`.",
    ),
    End(
        name="CHAPTER_NOT_FROM_HERE",
        code=ExitCode.REFUSED,
        says=("cannot be gone on from here: ",),
        meaning="`interlock journal archive` carries over what the strategy and the rules of the last run look back "
        "over, and one of these is not installed here. Nothing was put aside.",
        check="Which part it names; `interlock journal info` for the configuration of the last run.",
        remedy="Install it, and archive again. To begin without a position: `interlock journal archive --anew`.",
    ),
    End(
        name="LOG_NOT_OPENED",
        code=ExitCode.REFUSED,
        says=("the log ... cannot be opened (",),
        meaning="Where the log belongs there is a link, a pipe or a folder, or it may not be written. A run that "
        "nobody could read about is not begun.",
        check="`ls -l` of what is named; the rights of its folder.",
        remedy="Move away what is there, or name another `state_dir`.",
    ),
    End(
        name="MODE_ABOVE_THE_FILE",
        code=ExitCode.REFUSED,
        says=("may lower the mode, never raise it",),
        meaning="`--mode` or INTERLOCK_MODE asks for more than the file allows: the file's mode is a ceiling.",
        check="`run_mode` in the file; the environment of the service.",
        remedy="Ask for what the file allows. If more is meant, write it into the file.",
    ),
    End(
        name="LIVE_REFUSED",
        code=ExitCode.REFUSED,
        says=("was understood (...) and is refused",),
        meaning="LIVE was asked for, and something is missing without which nothing there can be watched: the word on "
        "the command line, a live adapter and a live feed that you installed (none is shipped, on purpose), a venue "
        "that protects us, or credentials. Nothing was made that could send an order.",
        check="Each line of the message: it names one thing that is missing, and what to do. `interlock check` tells "
        "the same without a run.",
        remedy="If LIVE is meant, settle every line and say `interlock run --live`. If not, write PAPER or SIM, or "
        "lower it with `--mode PAPER`.",
    ),
    End(
        name="BELOW_LIVE_REFUSED",
        code=ExitCode.REFUSED,
        says=(
            "is live, and ... makes no live adapter",
            "in LIVE, which nobody would watch",
            "was given, and ...",
            "is not made in",
        ),
        meaning="This would run in SIM or PAPER, and something of it belongs to LIVE: a live adapter is named, "
        "`--live` was said, or the account still holds a position or working orders in LIVE, which nobody would watch "
        "then. The other way round, LIVE makes no adapter that is not live.",
        check="Who wrote the mode and the adapters; `interlock status` with the file as it was for LIVE tells what is "
        "held.",
        remedy="Name adapters that are not live. What is held in LIVE: reduce it there with `interlock run --live`, "
        "which needs no arming for that; or name another account or `state_dir` for this run.",
    ),
    End(
        name="NOT_ARMED",
        code=ExitCode.REFUSED,
        says=("not armed: ", "arming is typed by a person", "and no run has taken it: "),
        meaning="Nothing was laid down for a run: no person typed what was asked for, an entry would need something "
        "that is missing here, more was asked for than is configured, or something stands in its way. Nothing changed.",
        check="What the message names. Whoever types has to be the one who read it: account and amount are those that "
        "were shown.",
        remedy="Settle it, and type it again. An arming or a disarming that no run has taken yet: let a run take it, "
        "or `interlock disarm`.",
    ),
    End(
        name="SECRET_NOT_THERE",
        code=ExitCode.REFUSED,
        says=("is not where the file says",),
        meaning="A table of credentials names a variable that is not set or a descriptor that is not open, or what is "
        "there is no secret: empty, several lines, too short or too long. What was found is not repeated.",
        check="How the run is started: the unit, the script. `interlock check` says what is there, and reads nothing.",
        remedy="Set the variable, or open the descriptor where the run is started (`3< FILE` in a shell).",
    ),
    End(
        name="SECRET_NOT_ALLOWED",
        code=ExitCode.REFUSED,
        says=("LIVE reads secrets only with", "so an adapter that needs others is refused", "no secret was read for"),
        meaning="The configuration names an adapter that needs secrets which this mode does not read: SIM reads none, "
        "PAPER those of the market data, LIVE both, and only with `--live`. None was read.",
        check="`run_mode` and the adapters in the file; `--mode` and INTERLOCK_MODE.",
        remedy="Name an adapter that needs none, or run in a mode that reads them.",
    ),
    End(
        name="VERIFIED_IN_PART",
        code=ExitCode.REFUSED,
        says=("only the chain was checked: ",),
        meaning="`interlock journal verify` found every record as it was written, and could not make the decisions "
        "once more: what their configuration names is not installed here.",
        check="What it says is missing; the build of that run: `interlock journal info`.",
        remedy="Install it, and verify again.",
    ),
    End(
        name="REHEARSED_IN_PART",
        code=ExitCode.REFUSED,
        says=("not given: ...", "reaches outside of this process, and a rehearsal sends nothing"),
        meaning="`interlock replay --against NEW.toml` asked the new configuration about each recorded decision, and "
        "could not go through the whole run: the file names no simulated venue, and a rehearsal sends nothing.",
        check="`execution.adapter` in the file that is rehearsed.",
        remedy='Write `adapter = "paper"` and its assumptions under `[execution]` of that file, and rehearse again.',
    ),
    End(
        name="RELEASE_NOT_JUDGED",
        code=ExitCode.REFUSED,
        says=("nobody can say here whether the cause still stands",),
        meaning="`interlock resume --reason TEXT` asks the rules of the last run whether what restricted trading still "
        "stands, and one of its parts is not installed here. Nothing was released.",
        check="Which part it names; `interlock journal info` for the configuration of the last run.",
        remedy="Install it, and ask again; or start the run where it is installed, and ask beside it.",
    ),
)
