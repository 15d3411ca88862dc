"""An event of the log for people: when, how bad, what and why, what to do; and the same reason again folded."""

from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from interlock.runner.amounts import when
from interlock.runner.config.problems import printable
from interlock.runner.log_events import OF_RECORDS
from interlock.runner.log_filter import Event
from interlock.runner.log_reading import LINE_BYTES_MAX, Piece
from interlock.runner.repetition import Repetition
from interlock.runner.restriction import TO_DO

# A line is read, not scrolled; the whole of it is in the log.
_WORDS_MAX: Final = 10_000
_LEVEL_WIDTH: Final = 8
_BENEATH: Final = "    "
_MOMENT: Final = timedelta(minutes=1)
_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "CRITICAL": {"fg": "red", "bold": True},
    "ERROR": {"fg": "red"},
    "WARNING": {"fg": "yellow"},
    "DEBUG": {"dim": True},
}
_QUIET: Final[Mapping[str, Any]] = {"dim": True}
NO_EVENT: Final = "no event of the log: "
# It may be one of ours all the same: a plugin may name numbers without end.
TOO_LONG: Final = "too long to be read as an event: "


class InWords:
    """Tells events with ``say``, one line each and what belongs to it beneath. Styles are click's: whoever says a line
    where no colour is wanted strips them, and nothing is told by colour alone."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._repetition = Repetition()

    def tell(self, piece: Piece, event: Event | None) -> None:
        """One line of the log; ``event`` is None where it is none."""
        if event is None:
            if piece.begins:
                self._flush()
                self._tell_as_it_is(piece)
            return
        key, at = _reason_of(event), _when(event)
        if self._repetition.is_again(key, at):
            return
        self._flush()
        self._repetition.begin(key, at, "cycle" if event["event"] in ("Bar", "Silence") else "time")
        style = _STYLES.get(_text(event.get("level")), {})
        first, *beneath = _lines(event)
        self._say(click.style(first, **style))
        for line in beneath:
            self._say(_BENEATH + line)

    def rest(self) -> None:
        """Nothing more for now: what came again is said, and may come again."""
        again = self._repetition.told()
        if again:
            self._say(click.style(_BENEATH + again, **_QUIET))

    def _flush(self) -> None:
        self.rest()
        self._repetition.begin(None, "")

    def _tell_as_it_is(self, piece: Piece) -> None:
        text = printable(piece.data.decode("utf-8", "backslashreplace"), _WORDS_MAX)
        more = "" if piece.ends else f" (more than {LINE_BYTES_MAX:,} bytes without an end: --json has it whole)"
        self._say(f"{what_it_is(piece)}{text}{more}")


def what_it_is(piece: Piece) -> str:
    """What stands before a line that is told as it is."""
    return NO_EVENT if piece.ends else TOO_LONG


def _lines(event: Event) -> list[str]:
    """What is said of it, and what stands beneath."""
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    name, why = _text(event["event"]), _text(event.get("why"))
    words = why or name
    if name not in OF_RECORDS:
        words = f"{name}: {why}" if why else name
    for label, value in (("", event.get("code")), ("order ", event.get("correlation_id"))):
        if value and str(value) not in words:
            words += f" [{label}{value}]"
    ts, decided = _time(event.get("ts")), _time(data.get("ts_init"))
    seq = event.get("seq")
    parts = (
        f"{ts:%Y-%m-%d %H:%M:%S}Z" if isinstance(ts, datetime) else ts or "no time",
        f"{_text(event.get('level')):{_LEVEL_WIDTH}}",
        f"#{seq}" if isinstance(seq, int) else "",
        # By the clock that decides, where that is another: a replayed market is years old.
        "" if decided is None or _is_about(decided, ts) else _shown(decided),
        words,
    )
    beneath = [f"{TO_DO}{data[key]}" for key in ("remedy", "to_do") if data.get(key)]
    traces = data.get("trace")
    if isinstance(traces, list):
        beneath += [f"raised at: {each}" for each in traces]
    return [printable(text, _WORDS_MAX) for text in ("  ".join(part for part in parts if part), *beneath)]


def _reason_of(event: Event) -> Hashable | None:
    """What makes it the same again. What belongs to an order, or says what to do, is told each time."""
    data = event.get("data")
    if event.get("correlation_id") is not None or not isinstance(data, dict) or "remedy" in data:
        return None
    name = event["event"]
    about = event.get("run_id"), name, event.get("level"), event.get("code")
    if name == "heartbeat":
        return (*map(_text, about), _text(data.get("reason")))
    if name in ("Bar", "Silence", "FaultObserved"):
        findings = data.get("findings")
        codes = [each.get("code") for each in findings if isinstance(each, dict)] if isinstance(findings, list) else []
        return (*map(_text, about), str(codes), str(data.get("trace")))
    return None


def _when(event: Event) -> str:
    data = event.get("data")
    decided = _time(data.get("ts_init")) if isinstance(data, dict) else None
    return _shown(decided if decided is not None else _time(event.get("ts")))


def _time(value: object) -> datetime | str | None:
    """A time in UTC; the text itself where it is none."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else value
    except (ValueError, OverflowError):
        return value


def _shown(at: datetime | str | None) -> str:
    return when(at) if isinstance(at, datetime) else at or ""


def _is_about(one: datetime | str, other: datetime | str | None) -> bool:
    """Whether two clocks show the same: a line is written a moment after what it tells of."""
    return isinstance(one, datetime) and isinstance(other, datetime) and abs(one - other) < _MOMENT


def _text(value: object) -> str:
    return "" if value is None else str(value)
