"""How often, and at which distance, a lost source is tried again. Time, waiting and chance come from outside."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import Final

import tenacity
from attrs import field, frozen

from interlock.adapters.market_data.live_source import LiveOptions
from interlock.core.faults import AdapterUnavailable

# What a lost connection looks like. Anything else that is raised is a fault of the adapter, and not tried again.
LOST: Final = (AdapterUnavailable, OSError, EOFError)


def _pause(stop: Event, seconds: float) -> bool:
    return stop.wait(seconds)


def _now() -> datetime:
    return datetime.now(UTC)


@frozen(kw_only=True)
class Surroundings:
    """Time, waiting and chance, handed in.

    ``pause`` waits so many seconds, or until ``stop`` is set, and says whether it is. ``chance`` is drawn evenly from 0
    to 1: it spreads the attempts of many who lost one source.
    """

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = monotonic
    pause: Callable[[Event, float], bool] = _pause
    chance: Callable[[], float] = field(factory=lambda: random.SystemRandom().random)


def in_a_row(
    options: LiveOptions, around: Surroundings, stop: Event, note: Callable[[str], object]
) -> tenacity.Retrying:
    """A row of attempts. It ends with one that succeeds, with a stop, or with the last one; then its error rises."""
    longer = tenacity.wait_exponential(
        multiplier=float(options.backoff_seconds), max=float(options.backoff_seconds_max)
    )

    def rest(seconds: float) -> None:
        around.pause(stop, seconds)

    def tell(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        note(f"attempt {state.attempt_number} of {options.attempts} to keep a connection: {type(error).__name__}")

    return tenacity.Retrying(
        sleep=rest,
        stop=tenacity.stop_any(tenacity.stop_after_attempt(options.attempts), tenacity.stop_when_event_set(stop)),
        # Between half of it and the whole: never at once, and not all at one moment.
        wait=lambda state: longer(state) * (1 + around.chance()) / 2,
        retry=tenacity.retry_if_exception_type(LOST),
        before_sleep=tell,
        reraise=True,
    )
