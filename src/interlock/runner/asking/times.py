"""Times as people write them. Aware, or refused."""

from datetime import UTC, datetime

from interlock.core.faults import ConfigurationError
from interlock.runner.config.problems import printable


def read_time(text: str) -> datetime:
    """The moment that ``text`` names. Raises ``ConfigurationError`` for what is no time, or one without an offset."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{printable(text)} is no time: write 2025-01-02T14:30:00Z") from error
    if time.utcoffset() is None:
        raise ConfigurationError(f"{printable(text)} has no offset: write {text}Z if UTC is meant")
    return time.astimezone(UTC)
