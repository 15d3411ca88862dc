"""What a row of the report opens to is what `interlock explain` says."""

import json
import re
from collections.abc import Collection
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.explain import story
from interlock.core.explain_story import Story
from interlock.core.faults import JournalUnavailable
from interlock.core.state import State
from interlock.runner.asking.further import further
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.asking.stood import Folded, folded
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.main import run
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.report.reading import Reading, read
from interlock.runner.report.stories import stories
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME

from .conftest import TRADING
from .test_explain_further import EXECUTIONS, TIGHT

if TYPE_CHECKING:
    from .conftest import Home


class Rows(HTMLParser):
    """``found`` is the text that each row of a page opens to, by the number of its record."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._texts: dict[int, list[str]] = {}
        self._row = -1
        self._is_open = False
        self.feed(html)
        self.close()
        self.found = {seq: " ".join(" ".join(texts).split()) for seq, texts in self._texts.items()}

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of_row = re.fullmatch(r"r(\d+)", dict(attrs).get("id") or "")
        if tag == "tr":
            self._row = int(of_row[1]) if of_row else -1

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in ("summary", "details"):
            self._is_open = tag == "summary" and self._row >= 0

    @override
    def handle_data(self, data: str) -> None:
        if self._is_open:
            self._texts.setdefault(self._row, []).append(data)


def told_of(asked: AskedJournal, wanted: Collection[int] = (), until: int | None = None) -> dict[int, Story]:
    """The stories of the page; of every record, where nothing else is wanted."""
    runs = {run.seq: run.started for run in read(asked.rows).runs}
    last_seq = asked.last_seq if until is None else until
    return stories(asked.rows, asked.opened, last_seq, wanted or range(last_seq + 1), runs)


def assert_told_alike(journal: Path) -> dict[int, Story]:
    """Every record of ``journal`` is told on the page as the command tells it: text, data, and what was worked out."""
    with AskedJournal(journal) as asked:
        told = told_of(asked)
        assert len(told) == asked.last_seq + 1
        for seq in range(asked.last_seq + 1):
            moment = asked.moment(seq)
            assert told[seq] == story(moment, further(asked, moment)), seq
    return told


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far the journal was read once more for a page, each time that one state on the way was not enough."""
    counted: list[int] = []

    def counting(rows: SearchedJournal, until: int, like: State) -> Folded:
        counted.append(until)
        return folded(rows, until, like)

    monkeypatch.setattr("interlock.runner.report.made_with.folded", counting)
    return counted


@pytest.mark.parametrize("quantity", ["5", "9"])
def test_a_story_on_the_page_is_the_story_of_the_record(home: "Home", quantity: str) -> None:
    """Word for word, for every record of a run that buys, sells and is denied: why not, how far and made once more
    among it."""
    told = assert_told_alike(home.run(quantity=quantity))
    keys = {section.key for each in told.values() for section in each.sections}
    assert {"distance", "checked"} <= keys
    assert ("why_not" in keys) == (quantity == "9")


def test_a_row_of_the_page_says_what_the_command_prints(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The whole text, of every row; what is to be pasted stands apart, and a row of several says so before."""
    home.run(cycles=45, parameters=TIGHT.format(notional="400"))
    assert run(["report"]) == 0
    rows = Rows(Path("report.html").read_text("utf-8")).found
    typed = 0
    for seq, text in rows.items():
        capsys.readouterr()
        assert run(["explain", str(seq)]) == 0
        printed = " ".join(capsys.readouterr().out.split())
        before, _, on_the_page = text.partition(f"Record {seq} of ")
        assert f"Record {seq} of {on_the_page}" == printed
        assert not before or re.fullmatch(r"It was decided alike [\d,]+ times, .* this is the first\. ", before)
        typed += printed.count("--what-if")
    assert typed == Path("report.html").read_text("utf-8").count("<li><code>--what-if ")
    assert typed > 3
    assert any("decided alike" in text for text in rows.values())


def test_each_run_is_told_by_what_it_was_configured_with(home: "Home", folds: list[int]) -> None:
    """One journal, three runs that look back over other stretches and have other limits."""
    fresh = TIGHT.replace('limit_seconds = "60"', 'limit_seconds = "999999999"')
    wider = fresh.replace("slow = 3", "slow = 12").replace("fast = 2", "fast = 7")
    for parameters in (fresh.format(notional="900"), wider.format(notional="400"), fresh.format(notional="900")):
        loaded = home.loaded(mode="PAPER", parameters=parameters)
        with (home.folder / "told").open("w") as said:
            narrator = Narrator(PeopleConsole(file=said), verbose=False)
            bounds = Bounds(cycles=24, interval_seconds=60)
            clock = SimulatedClock(A_TIME + 90 * A_MINUTE)
            RunSession(loaded, bounds, narrator, verbose=False, feed=MemoryFeed(home.feed), clock=clock).run()
    told = assert_told_alike(home.folder / "state" / "paper" / "journal.sqlite3")
    kinds = [each.kind for each in told.values()]
    assert kinds.count("RunStarted") == 3
    assert sum(each.outcome == "DENIED" for each in told.values()) > 3
    assert not folds, "one state on the way serves them all"


def test_what_needs_every_record_is_told_alike(home: "Home", folds: list[int]) -> None:
    """A limit on executions that would have had to be far wider: the journal is read from its beginning, once for all
    the rows that ask."""
    wide = TIGHT.format(notional="900").replace('"4"', '"9"').replace("entries = 1", "entries = 9")
    journal = home.run(parameters=wide.replace("exits = 1", "exits = 9") + EXECUTIONS, cycles=60)
    told = assert_told_alike(journal)
    assert len(folds) == 1
    assert sum(each.outcome == "DENIED" for each in told.values()) > 3


def test_what_cannot_be_made_once_more_here_says_so(home: "Home") -> None:
    """A plugin that is not installed any more: the rest of the story stands, and names it."""
    home.run(cycles=20)
    rows = home.rows()
    for place, (seq, kind, body) in enumerate(rows):
        if kind == "RunStarted":
            rows[place] = (seq, kind, body.replace("moving_average_cross", "gone_elsewhere"))
    home.rewrite(rows)
    told = assert_told_alike(home.journal)
    checked = told[max(told)].section("checked")
    assert checked is not None
    assert "It could not be made once more here" in checked.sentences[0].text
    assert "gone_elsewhere" in checked.sentences[0].text


def test_a_record_that_is_not_what_follows_says_so(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page does not take what was recorded for what follows: it says so at its top, and the command does too."""
    home.run(quantity="9")
    with AskedJournal(home.journal) as asked:
        denied = asked.last("denied")
    home.change(denied, '"outcome":"DENIED"', '"outcome":"ERROR"')
    told = assert_told_alike(home.journal)
    checked = told[denied].section("checked")
    assert checked is not None
    assert "it is NOT the same" in checked.sentences[0].text
    page = home.folder / "page.html"
    assert run(["report", str(home.journal), "-o", str(page)]) == ExitCode.FINDING
    assert (
        f"NOT what follows from the records before: 1 record, {denied} first; the page names" in capsys.readouterr().out
    )
    top = page.read_text("utf-8").partition("<main>")[0]
    assert ", and more" not in top
    assert f"made once more by what decided then: record\n{denied}." in top
    assert run(["report", str(home.journal), "-o", str(page), "--json"]) == ExitCode.FINDING
    assert json.loads(capsys.readouterr().out)["contradicted"] == [denied]
    monkeypatch.setattr("interlock.runner.report.page.CONTRADICTED_MAX", 0)
    assert run(["report", str(home.journal), "-o", str(page)]) == ExitCode.FINDING
    assert "record\n, and more." in page.read_text("utf-8")


def test_a_run_by_another_build_is_told_by_its_own(home: "Home") -> None:
    """Two runs of one configuration, of which one was made by another build."""
    home.run(cycles=6)
    home.run(cycles=6)
    rows = home.rows()
    seq, kind, body = next(each for each in rows if each[1] == "RunStarted")
    rows[seq] = (seq, kind, re.sub(r'"build":"[^"]*"', '"build":"interlock 0.0.1"', body))
    home.rewrite(rows)
    told = assert_told_alike(home.journal)
    sentences = [each.sentences for one in told.values() if (each := one.section("checked")) is not None]
    other = [len(each) == 2 for each in sentences]
    assert other[2]
    assert not other[-1]


def test_what_restricted_trading_leads_to_the_denials_after_it(home: "Home") -> None:
    """Trading may only reduce after a loss: each denied entry names the record that made it so, as the command does."""
    journal = home.run(parameters=TRADING.format(slow="3", quantity="5") + '[risk.daily_loss]\nlimit = "1"\n')
    with AskedJournal(journal) as asked:
        denied = asked.last("denied")
        chain = told_of(asked)[denied].section("chain")
        assert chain == story(asked.moment(denied)).section("chain")
    assert chain is not None
    assert "trading became REDUCING" in chain.sentences[0].text


def test_a_page_ends_where_it_was_read_to(home: "Home") -> None:
    """What a writer adds meanwhile is another page's: the story of an order that went out last says that more may
    follow."""
    journal = home.run()
    with AskedJournal(journal) as asked:
        order = asked.last("order")
        told = told_of(asked, {order}, until=order)
    followed = told[order].section("followed")
    assert followed is not None
    assert followed.facts["ended"] is False
    assert f"the journal ends with record {order}" in followed.sentences[-1].text


@pytest.mark.parametrize("quantity", ["5", "9"])
def test_what_is_read_in_part_comes_to_what_it_comes_to_read_whole(home: "Home", quantity: str) -> None:
    """Bars at which nothing was done are not read to the end: every chart and table is the same."""
    journal = home.run(quantity=quantity)
    with SearchedJournal(journal) as rows:
        in_part = read(rows)
        whole = Reading(head=in_part.head)
        for seq, kind, body, _ in rows.checked():
            whole.take(seq, decode(kind, body))
    assert in_part == whole
    assert in_part.rows.total > 3


def test_a_body_that_is_no_record_is_read_whole_and_told(home: "Home") -> None:
    """However well its hash fits."""
    journal = home.run()
    idle = next(seq for seq, kind, body in home.rows() if kind == "Bar" and '"outcome":"NO_ACTION"' in body)
    home.change(idle, '"outcome":"NO_ACTION"', '"outcome":["NO_ACTION"]')
    with SearchedJournal(journal) as rows, pytest.raises(JournalUnavailable, match=f"record {idle}"):
        read(rows)
