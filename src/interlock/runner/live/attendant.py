"""Beside a run in LIVE: takes what people arm and disarm, checks it, and has it recorded. Everybody else only looks."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from interlock.core.arming import ArmingObservation, ArmingRefused, DisarmAsked
from interlock.core.cycle import Cycle
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.ports import Clock
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.risk.rule import seconds
from interlock.core.values import divided
from interlock.runner import plugins
from interlock.runner.config.load import Loaded
from interlock.runner.live import binding
from interlock.runner.live.binding import Token
from interlock.runner.live.conditions import missing
from interlock.runner.live.limits import LASTS_MAX, beyond
from interlock.runner.live.token_file import ARMING_NAME, DISARM_NAME, Unusable, is_there, remove, take, who_disarmed
from interlock.runner.loop import StateUntrusted
from interlock.runner.reporter import Reporter

if TYPE_CHECKING:
    from interlock.runner.container import Wiring

# How soon an arming, or its end, is seen by a run that waits for its next bar.
LOOK_SECONDS: Final = 1.0
_SECONDS_AN_HOUR: Final = Decimal(3600)
_STANDS: Final = "a disarm that cannot be removed"


class Attendant:
    """Looks into the state folder between two steps."""

    def __init__(self, loaded: Loaded, cycle: Cycle, clock: Clock, reporter: Reporter) -> None:
        self._loaded = loaded
        self._folder: Path = loaded.state_folder
        self._cycle = cycle
        self._clock = clock
        self._reporter = reporter
        # What could not be removed is told once, and not at every look.
        self._told: set[str] = set()

    def look(self) -> float:
        """Take what is there. When to look again, by the monotonic clock. Raises as the loop's own steps do."""
        if not self._take_back():
            self._take()
        return self._clock.monotonic() + LOOK_SECONDS

    def _take_back(self) -> bool:
        """Whether anything stands in the way of an arming: ``DISARM``, or not knowing whether it is there."""
        try:
            if not is_there(self._folder / DISARM_NAME):
                self._told.discard(DISARM_NAME)
                return False
            by, reason = who_disarmed(self._folder)
        except OSError as error:
            by, reason = "nobody can tell", f"{DISARM_NAME} could not be looked for ({type(error).__name__})"
        if DISARM_NAME not in self._told or self._cycle.view.arming is not None:
            self._told.add(DISARM_NAME)
            self._note(DisarmAsked(reason=reason, by=by))
        try:
            if remove(self._folder / ARMING_NAME):
                self._note(ArmingRefused(reasons=(Cause(code=Reason.ARMING_TAKEN_BACK),)))
            # Last, and once that is on record: until then it keeps every entry from leaving.
            remove(self._folder / DISARM_NAME)
        except OSError as error:
            if _STANDS not in self._told:
                self._told.add(_STANDS)
                self._reporter.failed("DisarmStands", f"{DISARM_NAME} could not be removed ({type(error).__name__})")
        return True

    def _take(self) -> None:
        try:
            if not is_there(self._folder / ARMING_NAME):
                self._told.discard(ARMING_NAME)
                return
            token = take(self._folder)
        except OSError as error:
            self._refuse_once(f"it could not be looked for ({type(error).__name__})")
            return
        except Unusable as error:
            self._refuse_once(str(error))
            return
        reasons = tuple(self._mismatches(token, self._clock.now()))
        self._note(ArmingRefused(reasons=reasons) if reasons else token.armed)

    def _refuse_once(self, why: str) -> None:
        if ARMING_NAME not in self._told:
            self._told.add(ARMING_NAME)
            self._note(ArmingRefused(reasons=(Cause(code=Reason.ARMING_UNUSABLE, numbers={"why": why}),)))

    def _mismatches(self, token: Token, now: datetime) -> Iterator[Cause]:
        """Everything in which it is not meant for this run, here, now."""
        bound, config, view = token.binding, self._loaded.config, self._cycle.view
        if not token.is_whole:
            yield Cause(code=Reason.ARMING_CHANGED)
        for what, theirs, ours in (
            ("configuration", bound.config_digest, self._loaded.digest),
            ("build", bound.build, plugins.build(self._loaded.components)),
            ("journal", bound.journal_id or view.journal_id, view.journal_id),
            ("state folder", bound.folder, binding.folder_here(self._folder)),
            ("account", bound.account, config.account),
            ("host", bound.host, binding.host()),
            ("user", bound.uid, binding.uid()),
        ):
            if theirs != ours:
                yield Cause(code=Reason.ARMING_FOR_ANOTHER, numbers={"what": what})
        yield from _out_of_time(bound.issued_at, bound.expires_at, view.last_arming_at, now)
        yield from beyond(bound.envelope, config)
        yield from (each.cause for each in missing(self._loaded, flag=None))

    def _note(self, observation: ArmingObservation) -> None:
        try:
            records = self._cycle.note_together([observation], self._clock.now())
        except JournalUnavailable:
            raise
        except Exception as error:
            raise StateUntrusted(Fault.of(error, where="fold")) from error
        self._reporter.records(records)


def _out_of_time(issued_at: datetime, expires_at: datetime, last: datetime | None, now: datetime) -> Iterator[Cause]:
    """What is wrong with an arming's times, after ``last``, the one that was taken before it."""
    issued = issued_at.isoformat()
    if last is not None and issued_at <= last:
        yield Cause(code=Reason.ARMING_NOT_NEWER, numbers={"issued_at": issued, "last": last.isoformat()})
    if issued_at > now:
        yield Cause(code=Reason.ARMING_FROM_LATER, numbers={"issued_at": issued, "now": now.isoformat()})
    if now >= expires_at:
        yield Cause(code=Reason.ARMING_ENDED, numbers={"expires_at": expires_at.isoformat()})
    if expires_at - issued_at > LASTS_MAX:
        numbers = {"observed": _hours(expires_at - issued_at), "limit": _hours(LASTS_MAX)}
        yield Cause(code=Reason.ARMING_TOO_LONG, numbers=numbers)


def _hours(span: timedelta) -> Decimal:
    return divided(seconds(span), _SECONDS_AN_HOUR)


def attended(
    wiring: "Wiring", loaded: Loaded, cycle: Cycle, reporter: Reporter, aside: Callable[[], float]
) -> Callable[[], float]:
    """``aside``, and in LIVE an attendant first: from here on the gate sees what the run sees."""
    if wiring.live is None:
        return aside
    wiring.live.show(cycle.view)
    for each in missing(loaded, flag=None):
        reporter.narrator.say(f"no entry, whatever is armed: {each.what}: {each.remedy}", "denied")
    attendant = Attendant(loaded, cycle, wiring.clock, reporter)
    return lambda: min(attendant.look(), aside())
