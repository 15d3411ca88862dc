"""The operator's pages: every halt and every way to end has what it means, what to check and what to do."""

import importlib
import os
import pkgutil
import re
import shlex
import sqlite3
import string
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from typing_extensions import override

import interlock
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.private_files import WriterLock
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.decision import Review
from interlock.core.faults import AdapterLate, Fault, InterlockError, QueueOverflow
from interlock.core.market import RefusedRow, Silence
from interlock.core.observations import FaultObserved, NotedObservation
from interlock.core.orders import Side
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason, told
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderExpired, OrderRejected
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, RiskRule
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.runner import main
from interlock.runner.exit_codes import ExitCode, exit_code_of
from interlock.runner.reference import stops
from interlock.runner.reference.ends import ENDS, End
from interlock.runner.reference.examples import EXAMPLES
from interlock.runner.reference.pages import PAGES, drawn
from interlock.runner.reference.said import Said, everything_said, quoted
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MONDAY, a_fill, some_terms

HALTS = [code for code, text in REASONS.items() if text.category is Category.HALT]
BUY = an_intent(Side.BUY)
ONE = Decimal(1)

# Errors that never end anything: they are caught where they are raised, and become a fault that halts.
CAUGHT = {"WrongAnswer", "VenueProtocolError", "QueueOverflow"}
# Errors whose words are put together elsewhere: in their own class, or (RefusedToStart in session.py) in
# Loaded.refusal. The words themselves are explained.
WORDS_ELSEWHERE = {
    ("adapters/execution/quarantine.py", "AdapterLate"),
    ("adapters/journal/raw_rows.py", "BrokenChain"),
    ("adapters/journal/searched.py", "BrokenChain"),
    ("adapters/worker.py", "AdapterLate"),
    ("runner/config/environment.py", "ConfigurationProblems"),
    ("runner/config/load.py", "ConfigurationProblems"),
    ("runner/config/override.py", "ConfigurationProblems"),
    ("runner/config/problems.py", "ConfigurationProblems"),
    ("runner/config/source.py", "ConfigurationProblems"),
    ("runner/container.py", "ConfigurationProblems"),
    ("runner/kill_switch_files.py", "JournalUnavailable"),
    ("runner/live/attendant.py", "StateUntrusted"),
    ("runner/loop.py", "StateUntrusted"),
    ("runner/registry.py", "UnknownComponent"),
    ("runner/rehearsal/against.py", "ConfigurationProblems"),
    ("runner/session.py", "RefusedToStart"),
}


# ------------------------------------------------------------------------------------------- the halts


def rig(*script: object, **told: Any) -> Rig:
    """A core over a journal in memory, with an order that waits at the venue where ``script`` asks for one."""
    return Rig(*script, journal=MemoryJournal(), **{"venue": ScriptedVenue(fills=False)} | told)


class Raising(RiskRule):
    """A rule with a mistake in it."""

    name, applies_to, source, Limits = "raising", ENTRIES_AND_EXITS, "a test", object

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Any:
        raise KeyError


class NoPolicy(RulePolicy):
    """A policy with a mistake in it."""

    @override
    def review(self, intent: Any, view: MarketView) -> Review:
        raise TypeError


def bar_after(*script: object, **told: Any) -> Record:
    """What one bar made of it."""
    return rig(*script, **told).bar()[-1]


def reported(*reports: object) -> Record:
    """What the last of these reports made of an order that works."""
    core = rig(BUY)
    core.bar()
    core.venue.tell(*reports)
    return core.bar()[len(reports) - 1]


def refused_rows() -> Record:
    core = rig(refused_rows_max_share=Decimal(0))
    return core.step(RefusedRow(source="t", line=1, field="close", value="x", rule="a number"))[-1]


def faulty_adapter(error: Exception, where: str) -> Record:
    return rig().cycle.note(FaultObserved(fault=Fault.of(error, where=where)), MONDAY.open)


def a_whole_policy(cls: type[RulePolicy]) -> RulePolicy:
    return cls((), fees=a_policy().fees, limits_version="x")


ENDED = OrderExpired(client_order_id=some_terms().client_order_id, ts_event=MONDAY.open)


def another_position() -> Record:
    """The venue holds what our books do not."""
    core = rig()
    core.venue.position = ONE
    return core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)[-1]


def the_change(core: Rig) -> Record:
    """The first record that restricted trading."""
    return next(each for each in core.records if any(isinstance(event, TradingStateChanged) for event in each.events))


def clock_that_stepped_back() -> Record:
    """By an hour, between a bar and the silence after it."""
    core = rig()
    core.bar()
    silence = Silence(until=core.at)
    return core.step(silence, core.at - timedelta(hours=1))[-1]


def doubt_that_lasts() -> Record:
    """An order whose answer was lost, ten minutes ago."""
    core = rig(BUY, venue=ScriptedVenue("unknown", fills=False))
    core.bar()
    core.bar(after=timedelta(minutes=10))
    return the_change(core)


def feed_that_stopped() -> Record:
    """Ten minutes in which every minute a bar was due."""
    core = rig()
    core.bar()
    later = core.at + timedelta(minutes=10)
    return core.step(Silence(until=later), later)[-1]


def traded(**limits: Any) -> Record:
    """Ten were bought and half of them sold; then the price falls."""
    wishes = (an_intent(Side.BUY, "10"), an_intent(Side.SELL, "5"))
    core = rig(*wishes, venue=ScriptedVenue(fills=True), policy=a_policy(**limits))
    core.bars("100", "100", "100", "99")
    return the_change(core)


def noted(observation: NotedObservation) -> Record:
    """What a word made of it."""
    return rig().cycle.note(observation, MONDAY.open)


def typed(command: Command) -> Record:
    """A person's command."""
    return noted(OperatorCommand(command=command, reason="the fills look wrong", by="anna@desk"))


HAPPENING: dict[Reason, Callable[[], Record]] = {
    Reason.FAULT_IN_STRATEGY: lambda: bar_after("garbage"),
    Reason.FAULT_IN_RULE: lambda: bar_after(BUY, policy=a_policy(Raising())),
    Reason.FAULT_IN_ADAPTER: lambda: faulty_adapter(TimeoutError(), "execution"),
    Reason.FEED_OVERFLOW: lambda: faulty_adapter(QueueOverflow(), "market_data"),
    Reason.ADAPTER_LATE: lambda: faulty_adapter(
        AdapterLate("execution: submit did not return within 10 s"), "execution"
    ),
    Reason.FAULT_IN_DECIDE: lambda: bar_after(BUY, policy=a_whole_policy(NoPolicy)),
    Reason.REFUSED_ROWS_EXCEEDED: refused_rows,
    Reason.RECONCILIATION_MISMATCH: another_position,
    Reason.REPORT_CONTRADICTS: lambda: reported(
        a_fill(some_terms(), ONE, ONE),
        OrderRejected(client_order_id=some_terms().client_order_id, ts_event=MONDAY.open, code="X", detail=""),
    ),
    Reason.REPORT_UNHEARD_OF: lambda: reported(OrderExpired(client_order_id="web-000417", ts_event=MONDAY.open)),
    Reason.FILL_UNHEARD_OF: lambda: reported(a_fill(some_terms(ordinal=99), ONE, ONE)),
    Reason.FILL_AFTER_END: lambda: reported(ENDED, a_fill(some_terms(), ONE, ONE)),
    Reason.FILL_BEYOND_QUANTITY: lambda: reported(a_fill(some_terms(), Decimal(2), ONE)),
    Reason.FILL_BEYOND_PROTECTION: lambda: reported(a_fill(some_terms(), ONE, Decimal(200))),
    Reason.CLOCK_STEPPED_BACK: clock_that_stepped_back,
    Reason.ORDER_IN_DOUBT_TOO_LONG: doubt_that_lasts,
    Reason.FEED_STALE: feed_that_stopped,
    Reason.EXECUTIONS_EXCEEDED: lambda: traded(repeated_executions={"limit": 1, "window_seconds": Decimal(600)}),
    Reason.DAILY_LOSS_EXCEEDED: lambda: traded(daily_loss={"limit": ONE}),
    Reason.DRAWDOWN_EXCEEDED: lambda: traded(drawdown={"limit": ONE}),
    Reason.OPERATOR_HALT: lambda: typed(Command.HALT),
    Reason.OPERATOR_REDUCE: lambda: typed(Command.REDUCE),
    Reason.KILL_SWITCH: lambda: noted(KillSwitchSeen(state=TradingState.HALTED, found="HALT")),
}


@pytest.mark.parametrize("code", HALTS)
def test_every_halt_has_a_page_with_an_example_as_it_is_recorded(code: Reason) -> None:
    """The example has the numbers that a real one has, by name and type, and is worded as a real one is."""
    assert code in HAPPENING, f"let {code} happen in HAPPENING, write its example into runner/reference/examples.py"
    (halt,) = [event for event in HAPPENING[code]().events if isinstance(event, TradingStateChanged)]
    assert halt.code == code
    example = EXAMPLES[code]
    assert {name: type(value) for name, value in example.items()} == {
        name: type(value) for name, value in halt.numbers.items()
    }
    page = drawn(f"{stops.FOLDER}/{code}.md")
    assert f"trading is {halt.state.value}: {told(code, example)}\n" in page
    assert f"{code} (" not in page
    for part in (REASONS[code].meaning, REASONS[code].check, REASONS[code].remedy):
        assert part in page


def test_no_page_is_left_of_a_halt_that_is_gone() -> None:
    """Pages, examples and what is let happen here are of the halts that there are."""
    assert EXAMPLES.keys() == HAPPENING.keys() == set(HALTS)
    capitals = {Path(name).stem for name in PAGES if name.startswith(f"{stops.FOLDER}/") and Path(name).stem.isupper()}
    assert capitals - {"README"} == set(HALTS)


def test_a_halt_without_an_example_has_no_page() -> None:
    """It is told by name what is missing, and where."""
    with pytest.raises(LookupError, match=r"DATA_STALE halts: write an example into examples\.py"):
        stops.halt_page(Reason.DATA_STALE)


# -------------------------------------------------------------------------------------------- the ends


def code_of_error(name: str) -> ExitCode:
    """The exit code that an error of this name stands for."""
    for module in pkgutil.walk_packages(interlock.__path__, "interlock."):
        if not module.name.startswith("interlock.testing") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    kinds = [InterlockError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    (kind,) = {kind for kind in kinds if kind.__name__ == name}
    return exit_code_of(kind.__new__(kind))


def explained_by(said: Said) -> list[End]:
    """The sections that quote it."""
    return [end for end in ENDS if any(piece in said.text for piece in end.says)]


def test_every_message_of_an_error_is_explained_once() -> None:
    """Under the exit code that the error stands for."""
    for said in everything_said():
        if not said.error or said.error in CAUGHT or not said.has_words:
            continue
        ends = explained_by(said)
        assert len(ends) == 1, (
            f"src/interlock/{said.place} says {said.text!r} ({said.error}), which {len(ends)} sections explain, "
            f"{[end.name for end in ends]}: write one End for it in runner/reference/ends/, then `make docs`"
        )
        assert ends[0].code is code_of_error(said.error), (said, ends[0].name)


def test_errors_without_words_are_known() -> None:
    """Where the words of an error are put together elsewhere, somebody has looked that they are explained there."""
    found = {
        (said.place.rpartition(":")[0], said.error)
        for said in everything_said()
        if said.error and said.error not in CAUGHT and not said.has_words
    }
    assert found == WORDS_ELSEWHERE, "explain their words in runner/reference/ends/, and name the place here"


def test_every_end_is_whole_and_has_a_name_of_its_own() -> None:
    """Names stay, and each part is a sentence."""
    assert len({end.name for end in ENDS}) == len(ENDS)
    for end in ENDS:
        assert set(end.name) <= set(string.ascii_uppercase + "_")
        assert end.code is not ExitCode.DONE
        assert end.says
        for part in (end.meaning, end.check, end.remedy):
            assert part.endswith("."), (end.name, part)
        page = drawn(f"{stops.FOLDER}/exit-{int(end.code)}.md")
        assert f"\n## {end.name}\n" in page
        for text in (*quoted(end.says), end.meaning, end.check, end.remedy):
            assert text.strip() in page


def test_what_nobody_says_any_more_is_noticed() -> None:
    """A section cannot quote words that are gone."""
    with pytest.raises(LookupError, match="nothing in the code says 'the moon is full'"):
        quoted(("the moon " + "is full",))


def test_a_text_that_is_put_together_is_read_whole() -> None:
    """Parts of a sentence are no sentences; docstrings say nothing to an operator."""
    texts = [said.text for said in everything_said()]
    assert "... is being written by ...: a journal has one writer; stop it, or use another state_dir" in texts
    assert not [text for text in texts if text.startswith("An exclusive lock on")]


def commands_of(page: str) -> list[str]:
    """Every command that a page tells somebody to type."""
    listed = [re.split(r"  +", line)[0] for line in page.splitlines() if line.startswith("interlock ")]
    return [*re.findall(r"`(interlock [^`]+)`", page), *listed]


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith(f"{stops.FOLDER}/")])
def test_every_command_on_a_page_can_be_typed(name: str) -> None:
    """It exists, and takes what it is given."""
    found = commands_of(drawn(name))
    assert found or "exit-2" in name
    for typed in found:
        _, *words = shlex.split(typed)
        command: click.Command = main.cli
        context = click.Context(command, info_name="interlock", **command.context_settings)
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):  # ends: words get fewer
            inner = command.get_command(context, words.pop(0))
            assert inner is not None, f"{name}: there is no `{typed}`"
            command = inner
        if words not in (["--help"], ["--version"]):
            # Under its parent: click keeps the help option that it makes here, with the names that the parent says.
            command.make_context(typed, words, parent=context)


def test_every_help_that_lists_exit_codes_tells_of_an_answer_that_is_lost() -> None:
    """All commands answer on stdout, and any disk behind it may be full: a person must not take 74 for an end that is
    not told. A halt then stands."""
    told = re.findall(r"```text\n(?:(?!```).)*?(Exit codes:.*?)```", drawn("command-line.md"), re.DOTALL)
    assert len(told) > 20
    assert [text for text in told if not re.search(rf"\b{ExitCode.ANSWER_LOST:d} ", text)] == []
    assert sum("74 it stands, and that could not be said" in text for text in told) == 2


# ------------------------------------------------------------------------------------- as they are told


def a_run(folder: Path, text: str = "") -> Path:
    """A folder with a configuration in it, and the journal of a run that ended."""
    (folder / "interlock.toml").write_text(text)
    assert main.run(["run", "--cycles", "3"]) == 0
    return folder / "state" / "sim" / "journal.sqlite3"


def instead(*, file: str, put: Callable[[Path], object]) -> Callable[[Path], None]:
    """``put`` makes something where ``file`` was; the head file does not tell of what was there."""

    def do(journal: Path) -> None:
        journal.with_name("journal.sqlite3.head").unlink()
        place = journal.with_name(file)
        place.unlink()
        put(place)

    return do


def a_letter(place: Path) -> None:
    """Private, and no journal."""
    place.write_text("Dear journal,\n" * 99)
    place.chmod(0o600)


def written(old: str, new: str) -> Callable[[Path], None]:
    """Another configuration."""

    def do(journal: Path) -> None:
        file = journal.parents[2] / "interlock.toml"
        file.write_text(file.read_text().replace(old, new))

    return do


def spoiled(*statements: str) -> Callable[[Path], None]:
    """Somebody's hand."""

    def do(journal: Path) -> None:
        with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return do


TOLD: list[tuple[str, Callable[[Path], object]]] = [
    ("CONFIGURATION_INVALID", written('"0.01"', '"a tick"')),
    ("JOURNAL_OF_ANOTHER_ACCOUNT", written('"demo"', '"other"')),
    ("LIVE_REFUSED", written('"SIM"', '"LIVE"')),
    ("LOG_NOT_OPENED", instead(file="interlock.log", put=os.mkfifo)),
    ("FILE_NOT_PRIVATE", lambda journal: journal.chmod(0o644)),
    ("FILE_IS_A_LINK", instead(file="journal.sqlite3", put=lambda place: place.symlink_to("x"))),
    ("NOT_A_JOURNAL", instead(file="journal.sqlite3", put=a_letter)),
    ("JOURNAL_OF_ANOTHER_SCHEMA", spoiled("UPDATE meta SET schema_version = 9")),
    ("JOURNAL_BEHIND_ITS_HEAD", spoiled("DELETE FROM records WHERE seq > 3")),
    ("JOURNAL_OTHER_THAN_ITS_HEAD", spoiled("UPDATE records SET hash = 'ab' WHERE seq = 7")),
    ("HEAD_FILE_DAMAGED", lambda journal: journal.with_name("journal.sqlite3.head").write_bytes(b"x" * 1024)),
    ("CHAIN_BROKEN", spoiled("UPDATE records SET hash = 'ab' WHERE seq = 4", "DELETE FROM snapshots")),
]


@pytest.mark.parametrize(("name", "done"), TOLD, ids=[name for name, _ in TOLD])
def test_what_a_person_is_told_stands_on_the_page(
    tmp_path: Path,
    configuration: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    done: Callable[[Path], object],
) -> None:
    """With the exit code of that page."""
    monkeypatch.chdir(tmp_path)
    journal = a_run(tmp_path, configuration())
    done(journal)
    capsys.readouterr()
    code = main.run(["run", "--cycles", "3"])
    (end,) = [end for end in ENDS if end.name == name]
    said = capsys.readouterr().err
    assert code == end.code, said
    patterns = [re.escape(text).replace(re.escape("..."), "(?s:.*)") for text in quoted(end.says)]
    assert any(re.search(pattern, said) for pattern in patterns), said


def test_a_second_writer_is_told_what_its_page_says(
    tmp_path: Path,
    configuration: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who has it, and exit 3."""
    monkeypatch.chdir(tmp_path)
    lock = WriterLock(a_run(tmp_path, configuration()))
    assert main.run(["run"]) == ExitCode.REFUSED
    lock.release()
    assert "is being written by process" in capsys.readouterr().err
