"""Evidence 10, end to end on real data: summer time, half days, the closed week of September 2001, no wrong verdict.

The oracle is the market's own hours in New York's local time, which the run was never told: it has exchange_calendars.
"""

import io
import shutil
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.decision import Outcome
from interlock.core.market import Bar
from interlock.core.observations import SessionRolled
from interlock.core.reasons import Reason
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderExpired, OrderFilled
from interlock.runner.config.load import load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NEW_YORK = ZoneInfo("America/New_York")
OPENS, CLOSES, CLOSES_EARLY = time(9, 30), time(16), time(13)
# The eves and morrows that New York kept short in these years; a few of them, well known.
HALF_DAYS = {date(2000, 7, 3), date(2001, 12, 24), date(2002, 7, 5), date(2007, 11, 23), date(2012, 12, 24)}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """The journal of the example: thirteen years of AAPL."""
    folder = shutil.copytree(
        ROOT / "examples", tmp_path_factory.mktemp("evidence") / "examples", ignore=shutil.ignore_patterns("state")
    )
    narrator = Narrator(Console(file=io.StringIO()), verbose=False)
    RunSession(load(folder / "aapl.toml", environ={}), Bounds(), narrator, verbose=False).run()
    with JournalReader(folder / "state" / "aapl" / "sim" / "journal.sqlite3") as reader:
        return list(reader.read())


def _local(at: datetime) -> datetime:
    return at.astimezone(NEW_YORK)


def test_every_session_opens_and_closes_by_new_yorks_own_clock(records: list[Record]) -> None:
    """On both sides of every change to summer time, and early on the half days."""
    sessions = [record.observation.session for record in records if isinstance(record.observation, SessionRolled)]
    assert len(sessions) == 3270
    assert all(_local(session.open).time() == OPENS for session in sessions)
    early = {_local(session.close).date() for session in sessions if _local(session.close).time() != CLOSES}
    assert all(_local(each.close).time() == CLOSES_EARLY for each in sessions if _local(each.close).date() in early)
    assert early >= HALF_DAYS
    assert len(early) < 45
    assert {session.close.hour for session in sessions} == {17, 18, 20, 21}


def test_no_session_is_missed_and_none_is_made_up(records: list[Record]) -> None:
    """The week that the market was closed skips no session: there was none."""
    rolled = [record.observation for record in records if isinstance(record.observation, SessionRolled)]
    assert all(each.sessions_skipped == 0 for each in rolled)
    days = [_local(each.session.close).date() for each in rolled]
    assert days[days.index(date(2001, 9, 10)) + 1] == date(2001, 9, 17)
    assert not any(record.kind == "Silence" for record in records)


def test_no_verdict_was_about_session_or_age(records: list[Record]) -> None:
    """Data that is whole and in time is never called late."""
    denied = {
        record.decision.code
        for record in records
        if record.decision is not None and record.decision.outcome is Outcome.DENIED
    }
    assert not denied & {Reason.SESSION_CLOSED, Reason.DATA_STALE, Reason.BARS_MISSED}


def test_every_day_order_lives_exactly_through_the_next_session(records: list[Record]) -> None:
    """Decided at one close, open for the next session, filled in it and never after it."""
    closes = [record.observation.ts_event for record in records if isinstance(record.observation, Bar)]
    following = dict(pairwise(closes))
    terms = {
        event.terms.client_order_id: event.terms
        for record in records
        for event in record.events
        if isinstance(event, OrderSubmitted)
    }
    assert len(terms) > 50
    assert all(each.valid_until == following[each.ts_init] for each in terms.values())
    fills = [record.observation for record in records if isinstance(record.observation, OrderFilled)]
    assert all(
        terms[fill.client_order_id].session_open <= fill.ts_event <= terms[fill.client_order_id].valid_until
        for fill in fills
    )
    # One did not fill: the next session opened beyond the worst price that was allowed, and with it the order ended.
    expired = [record.observation for record in records if isinstance(record.observation, OrderExpired)]
    assert len(fills) + len(expired) == len(terms)
    assert all(each.ts_event == terms[each.client_order_id].valid_until for each in expired)
