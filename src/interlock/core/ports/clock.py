"""The port through which time comes in."""

from abc import ABC, abstractmethod
from datetime import datetime


class Clock(ABC):
    """Wall time, a monotonic counter, and a sleep that a stop can interrupt.

    ``now()`` is aware UTC and may step; ``monotonic()`` is in seconds and never goes back. Nothing is ordered by
    either: ``seq`` does that.
    """

    @abstractmethod
    def now(self) -> datetime:
        """The current time, aware UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never decreases."""

    @abstractmethod
    def sleep_until(self, deadline: float) -> bool:
        """Wait until ``monotonic()`` reaches ``deadline``; True if it did, False if ``wake`` cut it short.

        A deadline in the past returns at once. After ``wake`` every later sleep returns False at once."""

    @abstractmethod
    def wake(self) -> None:
        """End the current sleep and every later one. Safe to call from a signal handler, any number of times."""
