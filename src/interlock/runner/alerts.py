"""Alerts: what needs a person is told on the console, in the log, and to a command of the user's own.

After RTS 6 article 16(5), within five seconds. The command is started as soon as there is something to tell, and
polled; it never holds up a step. At most one is out. What comes up meanwhile goes out together when that one is back,
or in its place when it takes too long. Whatever the command does, the run goes on: what failed is told, and given
again a few times.
"""

import logging
import math
from collections.abc import Sequence
from typing import Final

from attrs import define, frozen

from interlock.core.ports import Clock
from interlock.core.records import Record
from interlock.runner.alert_causes import Alert, Causes
from interlock.runner.alert_line import alert_line
from interlock.runner.child_process import Child, ChildProcess, Start, because, how_it_failed, quoted
from interlock.runner.config.model import Config
from interlock.runner.config.problems import printable
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator
from interlock.runner.restriction import TO_DO, Restriction

# So many wait at the most, those that are out included; what comes on top is counted and told with the next.
WAITING_MAX: Final = 16
# A command that is out makes room for a new alert that has waited for so long: it is to be out within five seconds.
ROOM_SECONDS: Final = 4.0
# What a command did not take is given so often at the most, after so long and then after twice as long.
ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 30.0
# While a command is out it is looked at so often, where nothing else wakes the loop.
POLL_SECONDS: Final = 0.25
# At the stop somebody waits: for the command that is still out, and for one that was killed. The last call of all has
# as long as any.
STOP_EARLIER_SECONDS: Final = 2.0
STOP_KILLED_SECONDS: Final = 1.0

# The names of what the log tells of it; they are explained in ``log_events``.
RAISED: Final = "AlertRaised"
GIVEN: Final = "AlertGiven"
FAILED: Final = "AlertFailed"


# mutable: it counts how often it was given
@define(kw_only=True)
class _Waiting:
    alert: Alert
    when: dict[str, str | int]
    since: float
    due: float
    attempts: int = 0


@frozen(kw_only=True)
class _Out:
    """A command that has not come back. ``left_out`` is how many it was told are missing; ``told`` is whether its
    failure was, and only its end is waited for."""

    child: Child
    given: tuple[_Waiting, ...] = ()
    left_out: int = 0
    kill_at: float
    told: bool = False


class Alerts:
    """Tells people what needs them. Without a command the console and the log are told. Nothing here raises."""

    def __init__(
        self,
        config: Config,
        journal_id: str,
        clock: Clock,
        log: EventLog,
        narrator: Narrator,
        *,
        start: Start = ChildProcess,
    ) -> None:
        self._config = config
        self._command = config.alerts.command
        self._seconds = float(config.alerts.seconds)
        self._journal_id = journal_id
        self._clock = clock
        self._log = log
        self._narrator = narrator
        self._start = start
        self._causes = Causes()
        self._waiting: list[_Waiting] = []
        self._out: _Out | None = None
        self._left_out = 0
        self._works: bool | None = None

    def begin(self, restriction: Restriction, seq: int) -> None:
        """A run has started. A halt that it found is one that still waits for a person."""
        self._raise(self._causes.at_the_start(restriction), seq)

    def see(self, record: Record, seq: int) -> None:
        """One record, told already: whatever in it needs a person goes out at once."""
        self._raise(self._causes.of(record), seq)

    def ended(self, code: str, why: str, seq: int) -> None:
        """The run has ended as none should."""
        self._raise(self._causes.at_the_end(code, why), seq)

    def look(self) -> float:
        """See to what is out and start what is due. When to look again at the latest, on the monotonic clock."""
        now = self._clock.monotonic()
        out = self._out
        if out is not None:
            self._see_to(out, now)
        if self._out is None and any(one.due <= now for one in self._waiting):
            self._out = self._give(now)
        if self._out is not None:
            return now + POLL_SECONDS
        return min((one.due for one in self._waiting), default=math.inf)

    def finish(self) -> None:
        """The run has stopped: give what is left, and wait a little."""
        out = self._out
        if out is not None:
            self._wait_for(out, STOP_EARLIER_SECONDS)
        if self._waiting and self._out is None:
            last = self._out = self._give(self._clock.monotonic())
            if last is not None:
                self._wait_for(last, self._seconds)

    def close(self) -> None:
        """Leave no process behind, whatever ended the run. May be called twice."""
        if self._out is not None:
            self._wait_for(self._out, 0)

    def _raise(self, alerts: Sequence[Alert], seq: int) -> None:
        for alert in alerts:
            self._log.write(
                logging.ERROR,
                RAISED,
                {"seq": seq, "code": alert.code, "why": alert.sentence, "data": {"to_do": alert.to_do}},
            )
            if not alert.is_told:
                self._narrator.say(f"alert: {alert.sentence}", "halt")
                if alert.to_do:
                    self._narrator.say(f"    {TO_DO}{alert.to_do}", "halt")
            if self._command:
                self._queue(alert, seq)
        if alerts and self._command:
            # Not at the next look: a step that follows may take its time.
            self.look()

    def _queue(self, alert: Alert, seq: int) -> None:
        if len(self._waiting) + len(self._out.given if self._out is not None else ()) >= WAITING_MAX:
            self._left_out += 1
            self._failed((alert.code,), f"more than {WAITING_MAX} wait already: it is left out, and counted")
            return
        now = self._clock.monotonic()
        about = {"mode": self._config.run_mode.value, "account": self._config.account, "journal_id": self._journal_id}
        when: dict[str, str | int] = {"time": self._clock.now().isoformat(), **about, "seq": seq}
        self._waiting.append(_Waiting(alert=alert, when=when, since=now, due=now))

    def _give(self, now: float) -> _Out | None:
        given, self._waiting = tuple(self._waiting), []
        for one in given:
            one.attempts += 1
        try:
            lines = b"".join(alert_line(one.alert, one.when, self._left_out) for one in given)
            child = self._start(self._command, lines)
        except (OSError, ValueError) as error:
            self._failed(_codes(given), f"it could not be started: {because(error)}")
            self._again(given, now)
            return None
        return _Out(child=child, given=given, left_out=self._left_out, kill_at=now + self._seconds)

    def _see_to(self, out: _Out, now: float) -> None:
        code = out.child.poll()
        if code is not None:
            self._came_back(out, code, now)
        elif now >= out.kill_at:
            self._kill(out, f"it took more than {self._seconds:g} s", now)
        elif any(not one.attempts and now - one.since >= ROOM_SECONDS for one in self._waiting) and not out.told:
            self._kill(out, "another alert could not wait any longer", now)

    def _wait_for(self, out: _Out, seconds: float) -> None:
        code = out.child.wait(seconds)
        now = self._clock.monotonic()
        if code is not None:
            self._came_back(out, code, now)
            return
        self._kill(out, "it was not done when the run had stopped", now)
        if out.child.wait(STOP_KILLED_SECONDS) is not None:
            self._out = None

    def _kill(self, out: _Out, why: str, now: float) -> None:
        """It stays out until the system has let it go: there is never a second one beside it."""
        try:
            out.child.kill()
            end = "and was killed"
        except OSError as error:
            end = f"and could not be killed: {because(error)}"
        if not out.told:
            self._failed(_codes(out.given), f"{why} {end}{quoted(out.child.complaint)}")
            self._again(out.given, now)
        self._out = _Out(child=out.child, kill_at=math.inf, told=True)

    def _came_back(self, out: _Out, code: int, now: float) -> None:
        self._out = None
        if out.told:
            return
        codes = _codes(out.given)
        if code:
            self._failed(codes, f"{how_it_failed(code)}{quoted(out.child.complaint)}")
            self._again(out.given, now)
            return
        self._left_out -= out.left_out
        self._tell(GIVEN, codes, f"alert: {', '.join(codes)} given to {self._name}", works=True)

    def _again(self, given: tuple[_Waiting, ...], now: float) -> None:
        """Those that have not been given often enough wait for another time, in front of what came later."""
        again = [one for one in given if one.attempts < ATTEMPTS]
        for one in again:
            one.due = now + RETRY_SECONDS * one.attempts
        self._waiting[:0] = again

    def _failed(self, codes: Sequence[str], why: str) -> None:
        text = f"alert: {', '.join(codes)} not taken by {self._name}: {why}"
        self._tell(FAILED, codes, text, works=False)

    def _tell(self, event: str, codes: Sequence[str], text: str, *, works: bool) -> None:
        """In the log always; on the console when it is not what it was before."""
        level = logging.INFO if works else logging.ERROR
        self._log.write(level, event, {"why": text, "data": {"codes": list(codes)}})
        if works is not self._works:
            self._works = works
            self._narrator.say(text if works else f"{text}; the run goes on", "quiet" if works else "denied")

    @property
    def _name(self) -> str:
        return printable(self._command[0], 200)


def _codes(given: Sequence[_Waiting]) -> tuple[str, ...]:
    return tuple(one.alert.code for one in given)
