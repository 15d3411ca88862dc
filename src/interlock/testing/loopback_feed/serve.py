"""The scripted source as a process: a bar at the end of every interval, and moves by name on standard input."""

import argparse
import os
import select
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.testing.builders import bars
from interlock.testing.loopback.protocol import encode
from interlock.testing.loopback_feed.lines import BoundedLines
from interlock.testing.loopback_feed.moves import FeedMove
from interlock.testing.loopback_feed.source import FeedSource

STDIN: Final = 0
SECONDS_DEFAULT: Final = 1_800
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def serve(source: FeedSource, *, ends: datetime, interval: timedelta, until_eof: bool) -> None:
    """Tell a bar whenever one has closed, and make the moves that standard input names, until the time is over."""
    lines = BoundedLines()
    listened = [STDIN]
    while (now := datetime.now(UTC)) < ends:  # ends: with the time, or with standard input
        due = source.book[-1].ts_event + interval
        if due <= now:
            source.do(FeedMove.TELL)
            continue
        ready, _, _ = select.select(listened, [], [], (min(due, ends) - now).total_seconds())
        if not ready:
            continue
        data = os.read(STDIN, 4_096)
        if not data:
            if until_eof:
                return
            listened = []
        lines.add(data)
        while (line := lines.next()) is not None:  # ends: each turn takes a line away
            _move(source, line.decode("ascii", errors="replace").strip().upper())


def _move(source: FeedSource, name: str) -> None:
    if name in list(FeedMove):
        source.do(FeedMove(name))
    else:
        sys.stderr.write(f"there is no move {name!r}: there are {', '.join(FeedMove)}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the end."""
    parser = argparse.ArgumentParser(prog="interlock.testing.loopback_feed.serve", description=__doc__)
    parser.add_argument("--symbol", default="TEST", help="the instrument of the bars")
    parser.add_argument("--interval-seconds", type=int, default=60, help="the length of a bar")
    parser.add_argument("--history", type=int, default=200, help="how many bars have closed before; at least one")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes any that is free")
    parser.add_argument("--seconds", type=int, default=SECONDS_DEFAULT, help="how long at most")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    chosen = parser.parse_args(arguments)
    now, interval = datetime.now(UTC), timedelta(seconds=chosen.interval_seconds)
    last = EPOCH + (now - EPOCH) // interval * interval
    count = max(1, chosen.history)
    past = bars(count, first=last - (count - 1) * interval, interval=interval, instrument=chosen.symbol)
    with FeedSource(past, interval=interval, port=chosen.port) as source:
        sys.stdout.write(encode({"port": source.port}).decode())
        sys.stdout.flush()
        serve(source, ends=now + timedelta(seconds=chosen.seconds), interval=interval, until_eof=chosen.until_eof)


if __name__ == "__main__":
    main()
