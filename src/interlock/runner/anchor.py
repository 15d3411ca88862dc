"""The anchor: the journal's head, given now and then to a command of the user's own, so that a third party can date it.

It never holds up a step. The command is started and looked at again later, at most one at a time, and ended when it
takes too long. Whatever it does, the run goes on: what failed is told, and tried again when the next anchor is due.
"""

import json
import logging
import math
from typing import Final

from attrs import frozen

from interlock.core.observations import JournalOpened
from interlock.core.ports import Clock, Journal
from interlock.core.ports.journal import Head
from interlock.runner.child_process import Child, ChildProcess, Start, because, how_it_failed, quoted
from interlock.runner.config.model import Config
from interlock.runner.config.problems import printable
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator

# How long a command may take while the run goes on.
TIMEOUT_SECONDS: Final = 30.0
# While a command is out it is looked at so often, where nothing else wakes the loop.
POLL_SECONDS: Final = 0.25
# At the stop somebody waits: for the command that is still out, for the last one, and for one that was killed.
STOP_EARLIER_SECONDS: Final = 2.0
STOP_LAST_SECONDS: Final = 5.0
STOP_KILLED_SECONDS: Final = 1.0

# The names of what the log tells of it; they are explained in ``log_events``.
GIVEN: Final = "AnchorGiven"
FAILED: Final = "AnchorFailed"


@frozen(kw_only=True)
class _Out:
    """A command that has not come back. ``told`` is whether its failure was, and only its end is waited for."""

    child: Child
    head: Head
    kill_at: float
    told: bool = False


class Anchor:
    """Gives the head of ``journal`` to the configured command. Without a command it does nothing at all.

    ``look`` raises ``JournalUnavailable``, as any flush does; nothing else here raises.
    """

    def __init__(
        self,
        config: Config,
        journal: Journal,
        journal_id: str,
        clock: Clock,
        log: EventLog,
        narrator: Narrator,
        *,
        start: Start = ChildProcess,
    ) -> None:
        self._config = config
        self._command = config.journal.anchor_command
        self._every = float(config.journal.anchor_every_seconds)
        self._journal = journal
        self._journal_id = journal_id
        self._clock = clock
        self._log = log
        self._narrator = narrator
        self._start = start
        self._due = clock.monotonic() + self._every
        self._out: _Out | None = None
        self._given_seq = -1
        self._chapter = _chapter_of(journal) if self._command else 1
        self._works: bool | None = None

    def look(self) -> float:
        """Start what is due and see to what is out. When to look again at the latest, on the monotonic clock.

        An endless answer means: there is nothing to do before there is another record.
        """
        if not self._command:
            return math.inf
        now = self._clock.monotonic()
        out = self._out
        if out is not None:
            self._see_to(out, now)
        if self._out is None and now >= self._due:
            head = self._journal.head()
            if head is None or head.seq == self._given_seq:
                return math.inf
            # Nobody is told of a record that could still be lost.
            self._journal.flush()
            self._due = now + self._every
            self._out = self._give(head, now)
        return self._due if self._out is None else now + POLL_SECONDS

    def finish(self, head: Head | None) -> None:
        """The run has stopped, and ``head`` is its last, durable already: give it, and wait a little."""
        out = self._out
        if out is not None:
            self._wait_for(out, STOP_EARLIER_SECONDS)
        if self._command and self._out is None and head is not None and head.seq != self._given_seq:
            last = self._out = self._give(head, self._clock.monotonic())
            if last is not None:
                self._wait_for(last, STOP_LAST_SECONDS)

    def close(self) -> None:
        """Leave no process behind, whatever ended the run. May be called twice."""
        if self._out is not None:
            self._wait_for(self._out, 0)

    def _give(self, head: Head, now: float) -> _Out | None:
        try:
            child = self._start(self._command, self._line(head))
        except (OSError, ValueError) as error:
            self._failed(head, f"it could not be started: {because(error)}")
            return None
        return _Out(child=child, head=head, kill_at=now + TIMEOUT_SECONDS)

    def _line(self, head: Head) -> bytes:
        """What the command reads: one JSON object on one line. ``time`` is this machine's word, and no more."""
        given = {
            "journal_id": self._journal_id,
            "mode": self._config.run_mode.value,
            "account": self._config.account,
            # All chapters of a journal have its id, and each counts its records from 0.
            "chapter": self._chapter,
            "seq": head.seq,
            "hash": head.hash,
            "time": self._clock.now().isoformat(),
        }
        return json.dumps(given).encode() + b"\n"

    def _see_to(self, out: _Out, now: float) -> None:
        code = out.child.poll()
        if code is not None:
            self._came_back(out, code)
        elif now >= out.kill_at:
            self._kill(out, f"it took more than {TIMEOUT_SECONDS:g} s")

    def _wait_for(self, out: _Out, seconds: float) -> None:
        code = out.child.wait(seconds)
        if code is not None:
            self._came_back(out, code)
            return
        self._kill(out, "it was not done when the run had stopped")
        if out.child.wait(STOP_KILLED_SECONDS) is not None:
            self._out = None

    def _kill(self, out: _Out, why: str) -> None:
        """It stays out until the system has let it go: there is never a second one beside it."""
        try:
            out.child.kill()
            end = "and was killed"
        except OSError as error:
            end = f"and could not be killed: {because(error)}"
        if not out.told:
            self._failed(out.head, f"{why} {end}{quoted(out.child.complaint)}")
        self._out = _Out(child=out.child, head=out.head, kill_at=math.inf, told=True)

    def _came_back(self, out: _Out, code: int) -> None:
        self._out = None
        if out.told:
            return
        if code:
            self._failed(out.head, f"{how_it_failed(code)}{quoted(out.child.complaint)}")
            return
        self._given_seq = out.head.seq
        self._tell(GIVEN, out.head, f"anchor: record {out.head.seq} was given to {self._name}", works=True)

    def _failed(self, head: Head, why: str) -> None:
        text = f"anchor: record {head.seq} was not taken by {self._name}: {why}"
        self._tell(FAILED, head, text, works=False)

    def _tell(self, event: str, head: Head, text: str, *, works: bool) -> None:
        """In the log always; on the console when it is not what it was before."""
        level = logging.INFO if works else logging.ERROR
        self._log.write(level, event, {"seq": head.seq, "why": text, "data": {"hash": head.hash}})
        if works is not self._works:
            self._works = works
            self._narrator.say(text if works else f"{text}; the run goes on", "quiet" if works else "denied")

    @property
    def _name(self) -> str:
        return printable(self._command[0], 200)


def _chapter_of(journal: Journal) -> int:
    """Which chapter ``journal`` is, by its first record: 1 where everything began here."""
    first = next(iter(journal.read()), None)
    chapter = first.observation.chapter if first and isinstance(first.observation, JournalOpened) else None
    return chapter.number if chapter is not None else 1
