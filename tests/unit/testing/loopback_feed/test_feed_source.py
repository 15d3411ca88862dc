"""The scripted source itself: what it takes, and the lines that it is read by."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.faults import AdapterUnavailable
from interlock.core.market import Bar, RefusedRow
from interlock.testing.builders import A_MINUTE, an_instrument, bars
from interlock.testing.loopback_feed.adapter import LoopbackFeed, LoopbackFeedOptions
from interlock.testing.loopback_feed.lines import LINE_BYTES_MAX, BoundedLines
from interlock.testing.loopback_feed.moves import FeedMove
from interlock.testing.loopback_feed.source import LISTENERS_MAX, FeedSource, row

SECONDS = 20


def asked(source: FeedSource, line: bytes) -> bytes:
    """Everything that is answered to a line, until the other side hangs up."""
    with socket.create_connection(("127.0.0.1", source.port), SECONDS) as connection:
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("line", [b"", b"half a line", b"what?\n", b'{"do": "dance"}\n', b'{"do": "history"}\n'])
def test_whoever_asks_for_nothing_that_there_is_is_sent_away(line: bytes) -> None:
    """And the next one is served."""
    past = bars(2)
    with FeedSource(past) as source:
        assert asked(source, line) == b""
        answer = asked(source, b'{"do": "history", "count": 1}\n')
        assert answer == row(past[1]) + b'{"end":true}\n'
        assert asked(source, b'{"do": "history", "count": 0}\n') == b'{"end":true}\n'


def test_no_more_listen_than_its_bound() -> None:
    """Whoever comes then is sent away; so is whoever comes while it refuses."""
    with FeedSource() as source:
        listening = [socket.create_connection(("127.0.0.1", source.port), SECONDS) for _ in range(LISTENERS_MAX)]
        for each in listening:
            each.sendall(b'{"do": "listen"}\n')
        assert source.wait_for_joins(LISTENERS_MAX)
        assert asked(source, b'{"do": "listen"}\n') == b""
        assert not source.wait_for_joins(LISTENERS_MAX + 1, 0)
        assert source.joins == LISTENERS_MAX
        source.do(FeedMove.REFUSE)
        for each in listening:
            assert each.recv(1) == b""
            each.close()
        assert asked(source, b'{"do": "history", "count": 1}\n') == b""
        source.do(FeedMove.RESUME)
        assert asked(source, b'{"do": "history", "count": 1}\n') == b'{"end":true}\n'
        source.close()


def test_it_tells_any_line_and_any_bar() -> None:
    """For what no move does."""
    first, second = bars(2)
    with FeedSource() as source:
        feed = LoopbackFeed(LoopbackFeedOptions(port=source.port), instrument=an_instrument(), interval=A_MINUTE)
        with closing(feed):
            feed.open()
            source.say(b"[]")
            source.tell(first, second)
            refused, *told = (feed.next() for _ in range(3))
    assert isinstance(refused, RefusedRow)
    assert refused.rule == "a line is not a JSON object"
    assert told == [first, second]


def test_more_history_than_was_asked_for_is_not_taken() -> None:
    """A source that tells without end would fill the memory."""

    class Generous(FeedSource):
        @override
        def _answer(self, connected: socket.socket, asked: dict[str, object]) -> bool:
            return super()._answer(connected, asked | {"count": 9})

    with Generous(bars(9)) as source:
        options = LoopbackFeedOptions(port=source.port, attempts=1)
        feed = LoopbackFeed(options, instrument=an_instrument(), interval=A_MINUTE)
        with pytest.raises(AdapterUnavailable, match="cannot be reached"):
            feed.open()


@given(
    parts=st.lists(st.binary(max_size=20) | st.sampled_from([b"\n", b"\n\n", b"x" * (LINE_BYTES_MAX + 9)]), max_size=12)
)
def test_lines_come_out_whole_however_they_arrive_and_a_long_one_once(parts: list[bytes]) -> None:
    """What is longer is cut to the bound, and the rest of it is no line."""
    lines, found = BoundedLines(), []
    for part in parts:
        lines.add(part)
        while (line := lines.next()) is not None:
            found.append(line)
    *whole, rest = b"".join(parts).split(b"\n")
    expected = [line[:LINE_BYTES_MAX] for line in whole]
    if len(rest) > LINE_BYTES_MAX:
        expected.append(rest[:LINE_BYTES_MAX])
        rest = b""
    assert found == expected
    assert lines.rest == rest


def test_where_nobody_listens_the_feed_is_told_so() -> None:
    """Nobody answers on that port any more."""
    with FeedSource() as source:
        port = source.port
    feed = LoopbackFeed(LoopbackFeedOptions(port=port, attempts=1), instrument=an_instrument(), interval=A_MINUTE)
    with pytest.raises(AdapterUnavailable, match="cannot be reached"):
        feed.open()


@pytest.mark.slow
def test_as_a_process_it_tells_a_bar_an_interval_and_takes_moves_by_name() -> None:
    """With the wall clock's own times; a name that is none is told, and its end of input ends it."""
    module = [sys.executable, "-m", "interlock.testing.loopback_feed.serve"]
    chosen = ["--interval-seconds", "1", "--history", "5", "--until-eof", "--seconds", "60"]
    with subprocess.Popen(
        [*module, *chosen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        interval = A_MINUTE / 60
        feed = LoopbackFeed(LoopbackFeedOptions(port=port), instrument=an_instrument(), interval=interval)
        feed.prepare(lookback=5)
        with closing(feed):
            feed.open()
            told = [feed.next() for _ in range(7)]
            process.stdin.write(b"dance\ngarbage\n")
            process.stdin.flush()
            items = (feed.next() for _ in range(20))
            refused = next((item for item in items if isinstance(item, RefusedRow)), None)
        _, said = process.communicate(timeout=SECONDS)
    times = [bar.ts_event for bar in told if isinstance(bar, Bar)]
    assert [after - before for before, after in pairwise(times)] == [interval] * 6
    assert abs(datetime.now(UTC) - times[-1]) < A_MINUTE
    assert refused is not None
    assert b"there is no move 'DANCE'" in said
    assert process.returncode == 0
