"""What a row of the report opens to is what `interlock explain` says."""

from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.explain import story
from interlock.core.faults import JournalUnavailable
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.report.reading import Reading, read
from interlock.runner.report.stories import stories

from .conftest import TRADING

if TYPE_CHECKING:
    from .conftest import Home


@pytest.mark.parametrize("quantity", ["5", "9"])
def test_a_story_on_the_page_is_the_story_of_the_record(home: "Home", quantity: str) -> None:
    """Word for word, for every record of a run that buys, sells and is denied: but for making it once more."""
    journal = home.run(quantity=quantity)
    with AskedJournal(journal) as asked:
        told = stories(asked.rows, asked.opened, asked.last_seq, range(asked.last_seq + 1))
        assert len(told) == asked.last_seq + 1
        for seq, on_the_page in told.items():
            by_the_command = story(asked.moment(seq))
            assert on_the_page.headline == by_the_command.headline
            for section in by_the_command.sections:
                if section.key != "checked":
                    assert on_the_page.section(section.key) == section, (seq, section.key)


def test_what_restricted_trading_leads_to_the_denials_after_it(home: "Home") -> None:
    """Trading may only reduce after a loss: each denied entry names the record that made it so, as the command does."""
    journal = home.run(parameters=TRADING.format(slow="3", quantity="5") + '[risk.daily_loss]\nlimit = "1"\n')
    with AskedJournal(journal) as asked:
        denied = asked.last("denied")
        told = stories(asked.rows, asked.opened, asked.last_seq, range(asked.last_seq + 1))
        chain = told[denied].section("chain")
        assert chain == story(asked.moment(denied)).section("chain")
    assert chain is not None
    assert "trading became REDUCING" in chain.sentences[0].text


def test_a_page_ends_where_it_was_read_to(home: "Home") -> None:
    """What a writer adds meanwhile is another page's: the story of an order that went out last says that more may
    follow."""
    journal = home.run()
    with AskedJournal(journal) as asked:
        order = asked.last("order")
        told = stories(asked.rows, asked.opened, order, {order})
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
