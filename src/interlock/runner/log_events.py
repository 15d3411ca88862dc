"""The grammar of the log: every event that it can have, when it comes, and what its fields hold.

A record's event is its kind; the other events tell of the run, and no record is kept of them. The page of the log is
drawn from here, ``interlock logs`` filters by it, and tests hold each line that they write against it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen


class Presence(StrEnum):
    """Whether a field holds something; null otherwise."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


class Shape(StrEnum):
    """What a value of ``data`` looks like."""

    TEXT = "text"
    TIME = "time"
    COUNT = "whole number"
    TEXTS = "list of texts"
    NUMBERS = "an object: names, and each number as text"
    FINDINGS = "a list of objects: `rule`, `code`, and `observed` and `limit` as text or null"


@frozen(kw_only=True)
class Key:
    """One key of ``data``. It is left out where it has nothing to say, unless it is there ``always``."""

    name: str
    shape: Shape
    says: str
    always: bool = False


@frozen(kw_only=True)
class LogEvent:
    """One event: its levels, and which fields hold something. ``when`` is empty for a record: its class tells."""

    levels: tuple[str, ...]
    seq: Presence
    cycle: Presence
    instrument: Presence
    correlation_id: Presence
    causation_id: Presence
    code: Presence
    code_says: str = ""
    data: tuple[Key, ...] = ()
    when: str = ""

    @property
    def has_data(self) -> Presence:
        """Whether there is a ``data``."""
        if any(key.always for key in self.data):
            return Presence.ALWAYS
        return Presence.SOMETIMES if self.data else Presence.NEVER


ALWAYS, SOMETIMES, NEVER = Presence
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_TS_INIT: Final = Key(name="ts_init", shape=Shape.TIME, says="the time by the clock that decides", always=True)
_NUMBERS: Final = Key(name="numbers", shape=Shape.NUMBERS, says="what the strategy compared")
_FINDINGS: Final = Key(name="findings", shape=Shape.FINDINGS, says="what each rule saw, and its limit")
_TRACE: Final = Key(name="trace", shape=Shape.TEXTS, says="where each fault was raised: places, and no messages")
_REMEDY: Final = Key(name="remedy", shape=Shape.TEXT, says="what to do, where trading was restricted further by this")
# Of a record that may restrict trading: what raised while it was judged, and what to do.
_RESTRICTS: Final = (_TRACE, _REMEDY)

_RECORD: Final = LogEvent(
    levels=("INFO",),
    seq=ALWAYS,
    cycle=ALWAYS,
    instrument=ALWAYS,
    correlation_id=NEVER,
    causation_id=NEVER,
    code=NEVER,
    data=(_TS_INIT,),
)


def _record(*levels: str, code: Presence = NEVER, says: str = "", more: tuple[Key, ...] = ()) -> LogEvent:
    return evolve(_RECORD, levels=levels, code=code, code_says=says, data=(_TS_INIT, *more))


def _calling(*levels: str, code: Presence = SOMETIMES, says: str = "", more: tuple[Key, ...] = ()) -> LogEvent:
    """A record that may restrict trading, and so call orders back: ERROR where it may only reduce, CRITICAL where it is
    halted; the order's id, where it calls one back."""
    row = _record(*levels, "ERROR", "CRITICAL", code=code, says=says, more=(*more, *_RESTRICTS))
    return evolve(row, correlation_id=SOMETIMES)


def _report(level: str, code: Presence = SOMETIMES, says: str = "why it is ignored, or why it halts") -> LogEvent:
    return evolve(_calling(level, code=code, says=says), correlation_id=ALWAYS, causation_id=SOMETIMES)


_HALTS: Final = "why trading is restricted"
OF_RECORDS: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {
        # The market.
        "Bar": evolve(
            _calling(
                "DEBUG",
                "INFO",
                "WARNING",
                code=ALWAYS,
                says="the decision's: why nothing was done, why an order was asked for, or the first denial",
                more=(_NUMBERS, _FINDINGS),
            ),
            causation_id=SOMETIMES,
        ),
        "RefusedRow": _calling("WARNING", says=_HALTS),
        "Silence": _calling("DEBUG", "INFO", code=ALWAYS, says="why nothing was done", more=(_NUMBERS,)),
        "Split": evolve(_record("INFO", code=SOMETIMES, says="why orders are canceled"), correlation_id=SOMETIMES),
        "EndOfData": _record("INFO"),
        "SessionRolled": _record("INFO"),
        # The venue.
        "OrderAccepted": _report("INFO"),
        "OrderRejected": _report("WARNING", ALWAYS, "why the order was not taken, or not sent"),
        "OrderFilled": _report("INFO"),
        "OrderCanceled": _report("INFO"),
        "CancelRejected": _report("INFO", ALWAYS, "why the order works on, why this is ignored, or why it halts"),
        "OrderExpired": _report("INFO", SOMETIMES, "why it had not filled, why this is ignored, or why it halts"),
        "OrderUnknown": _report("WARNING"),
        # The run.
        "JournalOpened": _record("INFO", more=(_REMEDY,)),
        "JournalResumed": _record("INFO", "WARNING", code=ALWAYS, says="how the earlier run ended"),
        "ConfigurationChanged": _record("WARNING"),
        "RunStarted": _calling(
            "INFO",
            says=_HALTS,
            more=(
                Key(name="build", shape=Shape.TEXT, says="which Interlock, with which plugins", always=True),
                Key(name="config_digest", shape=Shape.TEXT, says="the digest of the configuration", always=True),
                Key(name="feed", shape=Shape.TEXT, says="which data", always=True),
            ),
        ),
        "RunStopped": _record("INFO", code=ALWAYS, says="why the run ended"),
        "CycleOverran": _record("WARNING"),
        "VenueReconciled": _calling("INFO", says="why trading is restricted, or why a cancel is asked for again"),
        "ReconciliationFailed": _record("INFO"),
        "FaultObserved": _calling("ERROR", code=ALWAYS, says=_HALTS),
        # People, and their kill switch.
        "OperatorCommand": _calling("WARNING", says="what follows: why trading is restricted, released, or not"),
        "KillSwitchSeen": _calling("WARNING", code=ALWAYS, says=_HALTS),
        "Armed": _calling("WARNING", says="why trading is released"),
        "ArmingRefused": _record("WARNING"),
        "DisarmAsked": _calling("WARNING", says="why LIVE is disarmed"),
    }
)


def _of_the_run(when: str, level: str, *data: Key, seq: Presence = ALWAYS, cycle: Presence = NEVER) -> LogEvent:
    return evolve(
        _RECORD, levels=(level,), when=when, data=data, seq=seq, cycle=cycle, instrument=NEVER,
    )  # fmt: skip


def _failed(when: str, *data: Key) -> LogEvent:
    return _of_the_run(when, "CRITICAL", *data, cycle=ALWAYS)


_HASH: Final = Key(name="hash", shape=Shape.TEXT, says="the hash of record `seq`", always=True)
_CODES: Final = Key(name="codes", shape=Shape.TEXTS, says="the codes of what was given", always=True)
_TO_DO: Final = Key(name="to_do", shape=Shape.TEXT, says="what to do; empty where nobody can say", always=True)

OF_THE_RUN: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {
        "heartbeat": evolve(
            _of_the_run(
                "The run is alive, and why it is idle: every `[loop] heartbeat_seconds`.",
                "INFO",
                Key(name="reason", shape=Shape.TEXT, says="the code of the newest decision"),
                Key(name="cycles", shape=Shape.COUNT, says="how many decisions in a row had it"),
                Key(name="since", shape=Shape.TIME, says="when the first of them was, by the clock that decides"),
                cycle=ALWAYS,
            ),
            code=ALWAYS,
            code_says="what trading is: ACTIVE, REDUCING or HALTED",
        ),
        "DataNoted": _of_the_run("The source would have people know something, once a run.", "WARNING", seq=NEVER),
        "AnchorGiven": _of_the_run("The anchor command took the journal's head.", "INFO", _HASH),
        "AnchorFailed": _of_the_run(
            "The anchor command did not take the journal's head, and why; it is tried again later.", "ERROR", _HASH
        ),
        "AlertRaised": evolve(
            _of_the_run("Something needs a person; a command is given it, too.", "ERROR", _TO_DO),
            code=ALWAYS,
            code_says="what needs a person",
        ),
        "AlertGiven": _of_the_run("The alert command took what it was given.", "INFO", _CODES, seq=NEVER),
        "AlertFailed": _of_the_run(
            "The alert command did not take what it was given, and why; the run goes on.", "ERROR", _CODES, seq=NEVER
        ),
        "ConsoleLost": _failed("Nobody reads the console any more; the run goes on."),
        "RequestRefused": _of_the_run("A request of a person was found and is not obeyed, and why.", "WARNING"),
        "DisarmStands": _failed("The file of a disarming could not be removed: until it is, nothing can be armed."),
        "FeedStands": _of_the_run(
            "So many items of the market data in a row brought no bar; where the data set the pace, each is waited for "
            "until a bar comes.",
            "WARNING",
            cycle=ALWAYS,
        ),
        "Hung": _of_the_run(
            "Nothing moved in a cycle, or in the stop; the watchdog ends the process with exit code 6.",
            "CRITICAL",
            seq=NEVER,
        ),
        "JournalUnavailable": _failed("The journal could not be written; the run ends with exit code 5."),
        "StateUntrusted": _failed("The fold raised, or a cycle was cut short; the run ends with exit code 4.", _TRACE),
    }
)

EVENTS: Final[Mapping[str, LogEvent]] = MappingProxyType({**OF_RECORDS, **OF_THE_RUN})
