"""What people ask of the run that is on, by files in its state folder. It looks, and never waits."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import evolve
from msgspec.structs import replace

from interlock.core.arming import prevails
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.observations import NotedObservation
from interlock.core.ports import Clock
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.kill_switch import glance_at, look, words_in
from interlock.runner.loop_parts import Watcher
from interlock.runner.reporter import Reporter
from interlock.runner.resume_request import REQUEST_NAME, Request, RequestRefused, take

# While the loop waits, it looks so often. What a person asks in haste should not wait for the next bar.
LOOK_SECONDS: Final = 1.0
# The name of what the log tells of a request that is not obeyed; it is explained in ``log_events``.
REFUSED: Final = "RequestRefused"


class OperatorFiles:
    """The kill switch and the request for a release in ``folder``, for the run that ``view`` shows.

    ``restricted_at`` is the number of the record that made trading what it is. ``now`` is this machine's clock.
    ``tell`` is told, in words, of a request that is not obeyed: once, however long it lies there.
    """

    def __init__(
        self,
        folder: Path,
        view: MarketView,
        restricted_at: Callable[[], int],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._view = view
        self._restricted_at = restricted_at
        self._now = now
        self._tell = tell
        self._refused = ""
        # A kill switch that said nothing yet when it was noted: its words may have come a moment after it.
        self._mute = False
        self._glance = glance_at(folder)

    def look(self) -> Sequence[NotedObservation]:
        """What has to be noted now, in this order. A kill switch that trading obeys already is no news."""
        seen = look(self._folder)
        asked: list[NotedObservation] = []
        if seen is not None and (self._is_news(seen) or self._mute):
            says = words_in(self._folder / seen.found)
            if says or self._is_news(seen):
                asked.append(replace(seen, says=says))
                self._mute = not says
        self._mute = self._mute and seen is not None
        resume = self._resume(seen)
        if resume is not None:
            asked.append(resume)
        return asked

    def is_switched(self) -> bool:
        """Whether the kill switch asks for more than trading obeys: nearly always two questions to the disk."""
        if not self._glance():
            return False
        seen = look(self._folder)
        return seen is not None and self._is_news(seen)

    def _is_news(self, seen: KillSwitchSeen) -> bool:
        view = self._view
        return prevails(seen.state, Reason.KILL_SWITCH, view.trading_state, view.trading_state_code)

    def _resume(self, seen: KillSwitchSeen | None) -> OperatorCommand | None:
        try:
            request = take(self._folder, self._view.journal_id, self._now())
        except RequestRefused as refused:
            if str(refused) != self._refused:
                self._refused = str(refused)
                self._tell(f"the file {REQUEST_NAME} is not obeyed: {refused}")
            return None
        self._refused = ""
        if request is None:
            return None
        # Whoever put it there after the person had looked wants trading to stay as it is.
        switched = (Cause(code=Reason.KILL_SWITCH, numbers={"found": seen.found}),) if seen is not None else ()
        standing = (*switched, *self._anew(request))
        return OperatorCommand(command=Command.RESUME, reason=request.reason, by=request.by, standing=standing)

    def _anew(self, request: Request) -> tuple[Cause, ...]:
        """A restriction that the person never saw is not theirs to release."""
        code = self._view.trading_state_code
        was_seen = code == request.seen_code and self._restricted_at() <= request.seen_seq
        if was_seen or self._view.trading_state is TradingState.ACTIVE:
            return ()
        return (restricted_anew(code),)


def restricted_anew(code: str) -> Cause:
    """Why a release is refused whose person had looked before ``code`` restricted trading."""
    return Cause(code=Reason.RESTRICTED_ANEW, numbers={"observed": code})


def hearing(watcher: Watcher, folder: Path, clock: Clock, reporter: Reporter) -> Watcher:
    """``watcher``, that also hears what people ask by the files in ``folder``, and looks at least so often."""

    def tell(text: str) -> None:
        reporter.narrator.say(text, "denied")
        reporter.log.write(logging.WARNING, REFUSED, {"seq": reporter.seq, "why": text})

    files = OperatorFiles(folder, reporter.view, lambda: reporter.restricted_at, clock.now, tell)
    return evolve(
        watcher,
        switched=files.is_switched,
        asked=files.look,
        aside=lambda: min(watcher.aside(), clock.monotonic() + LOOK_SECONDS),
    )
