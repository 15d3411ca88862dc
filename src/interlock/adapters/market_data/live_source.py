"""What a live source has to be able to say, and how patient the base is with it. Everything else is the base's."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import Attribute, field, frozen

from interlock.core.market import Bar
from interlock.core.values import at_least_one, positive

# More waiting rows than this are no delay any more; and a list of so many attempts would be no bound.
QUEUE_ITEMS_MAX: Final = 1_000_000
ATTEMPTS_MAX: Final = 100
SECONDS_MAX: Final = Decimal(86_400)


@frozen(kw_only=True)
class Unreadable:
    """Something was said that is no row at all: ``value`` is what it looked like, ``rule`` why it is none."""

    value: str
    rule: str


@frozen(kw_only=True)
class Ended:
    """The source said that nothing will ever follow. Few do: the run then ends."""


# What a source says, as it says it. A mapping has the keys of a row: ``time`` (the bar's close, ISO 8601 with its zone,
# or an aware ``datetime``), ``open``, ``high``, ``low``, ``close`` and ``volume`` (text, whole numbers or ``Decimal``),
# and perhaps ``instrument``; what else it has is passed over.
Raw = Mapping[str, object] | Bar | Unreadable | Ended


class Connection(ABC):
    """One subscription. One thread reads it. What it raises: ``AdapterUnavailable`` or ``OSError`` when it is lost."""

    @abstractmethod
    def read(self, timeout: float) -> Raw | None:
        """What was said next; None when nothing came within ``timeout`` seconds. It waits, and never longer."""

    @abstractmethod
    def close(self) -> None:
        """Let go. Called by the thread that reads. May be called twice."""

    def interrupt(self) -> None:  # noqa: B027 - who cannot is waited for
        """Called by another thread: have a ``read`` that waits return soon. Unless you can, it is waited for."""


def _at_most(limit: Any) -> Any:
    def check(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if value > limit:
            raise ValueError(f"{attribute.name} must be at most {limit}, found {value}")

    return check


@frozen(kw_only=True)
class LiveOptions:
    """The keys that every live feed has; derive yours from it.

    ``queue_items`` rows may wait to be taken. A connection that is lost is tried ``attempts`` times in a row, after
    ``backoff_seconds``, then twice that, up to ``backoff_seconds_max``; then trading halts, and every ``retry_seconds``
    it is tried so again. One that says nothing for ``quiet_seconds`` counts as lost: a dead line looks just like that.
    """

    queue_items: int = field(default=1_000, validator=[at_least_one, _at_most(QUEUE_ITEMS_MAX)])
    attempts: int = field(default=5, validator=[at_least_one, _at_most(ATTEMPTS_MAX)])
    backoff_seconds: Decimal = field(default=Decimal(1), validator=[positive, _at_most(SECONDS_MAX)])
    backoff_seconds_max: Decimal = field(default=Decimal(60), validator=[positive, _at_most(SECONDS_MAX)])
    retry_seconds: Decimal = field(default=Decimal(300), validator=[positive, _at_most(SECONDS_MAX)])
    quiet_seconds: Decimal = field(default=Decimal(300), validator=[positive, _at_most(SECONDS_MAX)])
