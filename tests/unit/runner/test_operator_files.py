"""What a run hears by the files in its state folder: the kill switch first, then a request for a release."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.explain import explain
from interlock.core.faults import Fault
from interlock.core.observations import FaultObserved
from interlock.core.orders import Side
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.trading_state import TradingState
from interlock.runner.operator_files import OperatorFiles
from interlock.runner.restriction import Restriction
from interlock.runner.resume_request import Request, put
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.rig import Rig

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Heard:
    """A core, and what it hears by the files in ``folder``."""

    def __init__(self, folder: Path, *script: object) -> None:
        self.folder = folder
        self.core = Rig(*script, journal=MemoryJournal(), venue=ScriptedVenue(fills=False))
        self.told: list[str] = []
        self.now = NOW
        self.files = OperatorFiles(folder, self.core.view, self.restricted_at, lambda: self.now, self.told.append)

    def hear(self) -> list[str]:
        """A look, as the loop takes it: the events that followed."""
        asked = self.files.look()
        made = self.core.cycle.note_together(asked, self.core.at) if asked else []
        return [type(event).__name__ for record in made for event in record.events]

    def restricted_at(self) -> int:
        """The record that made trading what it is, by the journal."""
        restriction, at = Restriction(), -1
        for seq, record in enumerate(self.core.journal.read()):
            at = seq if restriction.changed_by(record) else at
        return at

    def ask(self) -> None:
        """A request for a release, by somebody who looks now."""
        view = self.core.view
        put(
            self.folder,
            Request(
                reason="settled",
                by="anna@desk",
                at=self.now,
                journal_id=view.journal_id,
                seen_code=view.trading_state_code or "NONE",
                seen_seq=sum(1 for _ in self.core.journal.read()) - 1,
            ),
        )

    @property
    def trading(self) -> tuple[TradingState, str]:
        """What trading is, and why."""
        return self.core.view.trading_state, self.core.view.trading_state_code


@pytest.fixture
def heard(tmp_path: Path) -> Heard:
    """An order works."""
    heard = Heard(tmp_path, an_intent(Side.BUY))
    heard.core.bar()
    assert len(heard.core.view.working_orders) == 1
    return heard


def test_a_kill_switch_is_news_once(heard: Heard) -> None:
    """It latches and calls back what works; as long as it lies there nothing more is noted."""
    assert not heard.files.is_switched()
    (heard.folder / "HALT").touch()
    assert heard.files.is_switched()
    assert heard.hear() == ["TradingStateChanged", "CancelRequested"]
    assert heard.trading == (TradingState.HALTED, Reason.KILL_SWITCH)
    assert [call.split()[0] for call in heard.core.calls[-3:]] == ["keep", "cancel", "note"]
    assert heard.hear() == []
    assert not heard.files.is_switched()


def test_a_tighter_one_is_news_and_a_looser_one_is_not(heard: Heard) -> None:
    """From REDUCE to HALT, and never back by a file."""
    (heard.folder / "REDUCE").touch()
    assert heard.hear() == ["TradingStateChanged", "CancelRequested"]
    (heard.folder / "HALT").touch()
    heard.hear()
    assert heard.trading[0] is TradingState.HALTED
    (heard.folder / "HALT").unlink()
    assert heard.hear() == []
    assert heard.trading[0] is TradingState.HALTED


def test_taking_the_file_away_releases_nothing(heard: Heard) -> None:
    """The latch holds until a person asks for a release."""
    (heard.folder / "HALT").touch()
    heard.hear()
    (heard.folder / "HALT").unlink()
    assert heard.hear() == []
    assert heard.trading[0] is TradingState.HALTED
    heard.ask()
    assert heard.hear() == ["TradingStateReleased"]
    assert heard.trading == (TradingState.ACTIVE, "")
    assert heard.told == []


@pytest.mark.parametrize("name", ["HALT", "REDUCE"])
def test_a_release_while_a_file_lies_there_is_refused(heard: Heard, name: str) -> None:
    """Also where it came between the person's look and ours: latch and refusal are noted together."""
    heard.ask()
    (heard.folder / name).touch()
    assert heard.hear() == ["TradingStateChanged", "CancelRequested", "ReleaseRefused"]
    assert heard.trading[1] == Reason.KILL_SWITCH
    assert heard.hear() == []


def test_a_release_names_what_stands(heard: Heard) -> None:
    """The file that is there, in the words of the refusal."""
    (heard.folder / "HALT").touch()
    heard.hear()
    heard.ask()
    (asked,) = heard.files.look()
    assert asked == OperatorCommand(
        command=Command.RESUME,
        reason="settled",
        by="anna@desk",
        standing=(Cause(code=Reason.KILL_SWITCH, numbers={"found": "HALT"}),),
    )


def test_a_latch_of_another_cause_is_released_the_same_way(heard: Heard) -> None:
    """Without any file."""
    heard.core.cycle.note(FaultObserved(fault=Fault.of(TimeoutError(), where="execution")), heard.core.at)
    heard.ask()
    assert heard.hear() == ["TradingStateReleased"]


def fault(heard: Heard) -> None:
    """It halts."""
    heard.core.cycle.note(FaultObserved(fault=Fault.of(TimeoutError(), where="execution")), heard.core.at)


def word(heard: Heard, command: Command) -> None:
    """Of another person."""
    heard.core.cycle.note(OperatorCommand(command=command, reason="x", by="bert@desk"), heard.core.at)


@pytest.mark.parametrize("looser", [True, False])
def test_a_restriction_that_came_after_the_look_is_not_released(heard: Heard, looser: bool) -> None:
    """Where trading was free, or less restricted; the next one, by somebody who has seen it, releases."""
    if looser:
        word(heard, Command.REDUCE)
    heard.ask()
    fault(heard)
    (asked,) = heard.files.look()
    assert isinstance(asked, OperatorCommand)
    assert asked.standing == (Cause(code=Reason.RESTRICTED_ANEW, numbers={"observed": Reason.FAULT_IN_ADAPTER}),)
    heard.core.cycle.note(asked, heard.core.at)
    assert heard.trading == (TradingState.HALTED, Reason.FAULT_IN_ADAPTER)
    heard.ask()
    assert heard.hear() == ["TradingStateReleased"]


def test_the_same_code_again_is_another_restriction(heard: Heard) -> None:
    """Released by another person, and halted once more: the look was at the first."""
    word(heard, Command.HALT)
    heard.ask()
    word(heard, Command.RESUME)
    word(heard, Command.HALT)
    assert heard.hear() == ["ReleaseRefused"]
    assert heard.trading == (TradingState.HALTED, Reason.OPERATOR_HALT)


def test_a_request_about_another_cause_is_refused(heard: Heard) -> None:
    """Whatever number it names."""
    word(heard, Command.HALT)
    view = heard.core.view
    about = Request(
        reason="x", by="anna@desk", at=NOW, journal_id=view.journal_id, seen_code="KILL_SWITCH", seen_seq=10**6
    )
    put(heard.folder, about)
    assert heard.hear() == ["ReleaseRefused"]


def test_what_another_has_released_is_nothing_to_refuse(heard: Heard) -> None:
    """Both got what they asked for."""
    word(heard, Command.HALT)
    heard.ask()
    word(heard, Command.RESUME)
    assert heard.hear() == []
    assert heard.trading == (TradingState.ACTIVE, "")


def test_what_is_not_obeyed_is_told_once(heard: Heard) -> None:
    """However often it is looked at; the next one is told again."""
    (heard.folder / "RESUME").mkdir()
    for _ in range(3):
        assert heard.hear() == []
    (told,) = heard.told
    assert told.startswith("the file RESUME is not obeyed: it is no plain file")
    (heard.folder / "RESUME").rmdir()
    assert heard.hear() == []
    heard.ask()
    heard.now += timedelta(hours=1)
    assert heard.hear() == []
    assert len(heard.told) == 2


def test_not_knowing_is_news(tmp_path: Path) -> None:
    """The folder is gone, and something else lies there."""
    heard = Heard(tmp_path / "state")
    (tmp_path / "state").touch()
    assert heard.files.look() == [KillSwitchSeen(state=TradingState.HALTED, found="unreadable: NotADirectoryError")]


def test_what_the_kill_switch_says_goes_on_record(heard: Heard) -> None:
    """Whoever halts beside a run says why, and that is not lost with the file: it is in the record and in its words."""
    (heard.folder / "HALT").write_text("2030-01-01 anna@desk: the news\x1b[31m\n")
    assert heard.hear()[0] == "TradingStateChanged"
    (record,) = [each for each in heard.core.journal.read() if isinstance(each.observation, KillSwitchSeen)]
    assert record.observation == KillSwitchSeen(
        state=TradingState.HALTED, found="HALT", says="2030-01-01 anna@desk: the news\\x1b[31m"
    )
    assert "the kill switch is on (HALT: 2030-01-01 anna@desk: the news" in explain(record)[0]
    assert "anna@desk: the news" in explain(record)[1]
    assert heard.hear() == []


def test_words_that_come_a_moment_after_the_file_are_on_record_as_well(heard: Heard) -> None:
    """The file is there before anything is written into it. Noted are both, and then nothing more."""
    switch = heard.folder / "HALT"
    switch.touch()
    heard.hear()
    assert heard.hear() == []
    switch.write_text("anna@desk: the news")
    assert heard.hear()[0] == "TradingStateChanged"
    switch.write_text("somebody: else")
    assert heard.hear() == []
    said = [each.observation.says for each in heard.core.journal.read() if isinstance(each.observation, KillSwitchSeen)]
    assert said == ["", "anna@desk: the news"]


def test_a_switch_that_went_before_it_said_anything_is_not_waited_for(heard: Heard) -> None:
    """Trading stays halted; what comes there later with the same name is obeyed already."""
    switch = heard.folder / "HALT"
    switch.touch()
    heard.hear()
    switch.unlink()
    assert heard.hear() == []
    switch.write_text("anna@desk: late")
    assert heard.hear() == []
