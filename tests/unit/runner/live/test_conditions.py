"""What LIVE needs, which doors that opens, and that the lower modes touch nothing of it."""

import itertools
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from interlock.core.modes import RunMode
from interlock.core.orders import OrderClass
from interlock.core.reasons import Reason
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.runner import main
from interlock.runner.commands.check import examine
from interlock.runner.config.load import load
from interlock.runner.container import Wiring
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.live.conditions import ALL, BEGINNING, REACHING, Condition, Doors, doors, missing, refusal
from interlock.runner.loop import Bounds

SINGLY = [(each,) for each in Condition]
PAIRS = list(itertools.combinations(Condition, 2))


# ----------------------------------------------------------------------------------------- the table


def test_exactly_one_combination_opens_the_entry_door() -> None:
    """Of all 512 of them, with and without exposure: where everything holds."""
    for size in range(len(Condition) + 1):
        for held in itertools.combinations(Condition, size):
            for has_exposure in (False, True):
                assert doors(held, has_exposure=has_exposure).entry is (frozenset(held) == ALL)


@pytest.mark.parametrize("lacking", [(), *SINGLY, *PAIRS], ids=lambda lacking: "-".join(lacking) or "nothing")
def test_whoever_holds_something_is_let_at_it(lacking: tuple[Condition, ...]) -> None:
    """Wherever the venue can be reached at all, looking, canceling and reducing are open once something is held."""
    reached = not REACHING.intersection(lacking)
    assert doors(ALL - set(lacking), has_exposure=True) == Doors(
        read=reached, cancel=reached, reduce=reached, entry=not lacking
    )


@pytest.mark.parametrize("lacking", [*SINGLY, *PAIRS], ids="-".join)
def test_without_exposure_everything_that_can_hold_before_a_start_has_to(lacking: tuple[Condition, ...]) -> None:
    """What can only come once it runs shuts the entry door, and keeps nobody from watching."""
    starts = {Condition.RECONCILED, Condition.ARMED}.issuperset(lacking)
    assert {Condition.RECONCILED, Condition.ARMED} == ALL - BEGINNING
    assert doors(ALL - set(lacking), has_exposure=False) == Doors(
        read=starts, cancel=starts, reduce=starts, entry=False
    )


# ------------------------------------------------------------------------------------------ at a start

# How each condition that can be known at a start is missing, and a word of what is said of it.
LACKING: dict[Condition, tuple[dict[str, Any], str]] = {
    Condition.FLAG: ({"live": False}, "nobody said --live"),
    Condition.EXECUTION: ({"venue": "paper"}, "a live adapter: none is shipped, on purpose"),
    Condition.MARKET_DATA: ({"feed": "simulated"}, "a live feed: none is shipped, on purpose"),
    Condition.PROTECTION: ({"venue": "kit_unprotected"}, "does not say that it cancels our orders"),
    Condition.CONTROLS: ({"without": "max_position"}, "the mandatory control max_position has no limit"),
}
STARTS = [*[(each,) for each in LACKING], *itertools.combinations(LACKING, 2)]
PAPER = 'slippage_bps = "1"\nfee_bps = "1"\nfee_fixed = "0"\nparticipation = "0.1"'


def configured(runs: Any, *lacking: Condition) -> bool:
    """Write the file so that these are missing; whether ``--live`` is said."""
    changes: dict[str, Any] = {}
    for condition in lacking:
        changes |= LACKING[condition][0]
    said = bool(changes.pop("live", True))
    file = runs.write("B", **changes)
    if changes.get("venue") == "paper":
        file.write_text(file.read_text().replace('adapter = "paper"', f'adapter = "paper"\n{PAPER}'))
    return said


@pytest.mark.parametrize("lacking", STARTS, ids="-".join)
def test_every_condition_that_is_missing_is_told_at_once(runs: Any, lacking: tuple[Condition, ...]) -> None:
    """With its remedy, and nothing is made or begun."""
    if {Condition.EXECUTION, Condition.PROTECTION} <= set(lacking):
        return  # a venue that is none protects nobody: one key says both
    said = configured(runs, *lacking)
    found = missing(runs.loaded(), flag=said)
    assert {each.condition for each in found} == set(lacking)
    assert all(each.remedy for each in found)
    with pytest.raises(RefusedToStart) as refused:
        runs.run(1, live=said)
    for condition in lacking:
        assert LACKING[condition][1] in str(refused.value)
    assert not runs.kit.KitVenue.made
    assert not runs.state.exists()


def test_unreadable_credentials_are_one_of_them(runs: Any) -> None:
    """Whoever reads them says why it cannot."""
    refused = refusal(runs.loaded(), flag=True, unreadable="FOO is not set")
    assert refused is not None
    assert "FOO is not set" in refused


def test_with_everything_there_it_starts(runs: Any) -> None:
    """And nothing is left to say."""
    assert missing(runs.loaded(), flag=True) == ()
    assert refusal(runs.loaded(), flag=True) is None
    assert runs.run(1).exit_code is ExitCode.DONE


def test_a_venue_without_protection_lets_go_of_what_is_held(runs: Any) -> None:
    """Something is held there, so it starts; what is armed enters nothing, and what is held can be sold."""
    runs.write("B..")
    runs.arm()
    runs.run(3)
    assert runs.venue.submitted
    held = runs.venue
    runs.write("...BS", venue="kit_unprotected")
    runs.kit.KitVenue.made.clear()
    runs.run(3)
    assert [call.split()[0] for call in runs.calls if call.startswith("submit")] == ["submit"]
    assert held is not runs.venue


@pytest.mark.parametrize("name", MANDATORY)
def test_for_want_of_a_limit_on_new_risk_nobody_is_kept_from_reducing(runs: Any, name: str) -> None:
    """Something is held, so it starts; an entry is denied by the control's name. An exit is as well where the control
    would be asked about it: without a collar no price is too bad for it, without a limit of age none too old."""
    runs.write("B..")
    runs.arm()
    runs.run(3)
    runs.write("...BS", without=name)
    runs.run(3)
    decided = [each.decision for each in runs.records() if each.decision is not None]
    denied = [each for each in decided if each.code == Reason.NO_LIMITS_CONFIGURED]
    asked_about_exits = OrderClass.EXIT in RULES[name].applies_to
    assert runs.sent == (1 if asked_about_exits else 2)
    assert len(denied) == (2 if asked_about_exits else 1)


@pytest.mark.parametrize(
    ("flag", "environ", "told"),
    [
        ("PAPER", {}, "--live was given, and --mode asks for PAPER: leave out --live, or leave out --mode"),
        (None, {"INTERLOCK_MODE": "SIM"}, "and INTERLOCK_MODE asks for SIM: leave out --live, or unset INTERLOCK_MODE"),
    ],
)
def test_whatever_lowered_live_is_named(runs: Any, flag: str | None, environ: dict[str, str], told: str) -> None:
    """The file says LIVE: to advise to write it there would help nobody."""
    assert told in str(refusal(load(runs.write("B"), environ, flag), flag=True))


@pytest.mark.parametrize(
    ("said", "told"), [('run_mode = "SIM"\n', "the file says SIM"), ("", "nothing is said of a mode, which is SIM")]
)
def test_what_the_file_says_is_mended_there(runs: Any, said: str, told: str) -> None:
    """And what it does not say is not put into its mouth."""
    file = runs.write("B")
    file.write_text(file.read_text().replace('run_mode = "LIVE"\n', said))
    refused = str(refusal(load(file, {}), flag=True))
    assert f'{told}: leave out --live, or write run_mode = "LIVE" into the file' in refused


def test_data_that_is_not_live_is_not_told_as_a_live_source(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing stands in the refusal, once."""
    configured(runs, Condition.MARKET_DATA)
    monkeypatch.chdir(runs.folder)
    report = examine(runs.file, None)
    (data,) = [look for look in report.looks if look.name == "data"]
    assert data.detail == 'not looked at: LIVE takes none but a live source\'s, and "simulated" is none'
    assert "reads no real market" in str(report.refusal)


def test_the_check_says_what_live_lacks_and_makes_nothing(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no run: it asks no venue and opens no live source."""
    runs.write("B", venue="kit_forbidden")
    monkeypatch.chdir(runs.folder)
    report = examine(runs.file, None)
    assert report.exit_code is ExitCode.DONE, report
    (data,) = [look for look in report.looks if look.name == "data"]
    assert "interlock run --live" in data.detail
    runs.write("B", without="max_position")
    (data,) = [look for look in examine(runs.file, None).looks if look.name == "data"]
    assert "; no entry, whatever is armed: the mandatory control max_position has no limit" in data.detail
    text = runs.file.read_text()
    runs.file.write_text(text.replace("[risk.max_order_quantity]\n", "[risk.drawdown]\n"))
    (data,) = [look for look in examine(runs.file, None).looks if look.name == "data"]
    assert "the mandatory controls max_order_quantity and max_position have no limit" in data.detail
    configured(runs, Condition.EXECUTION)
    assert examine(runs.file, None).exit_code is ExitCode.REFUSED


# ----------------------------------------------------------------------------------- the lower modes


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
@pytest.mark.parametrize("changes", [{"venue": "kit_forbidden"}, {"feed": "kit_feed", "venue": "kit_venue"}])
def test_below_live_no_live_adapter_is_made(runs: Any, mode: str, changes: dict[str, str]) -> None:
    """The file that names one is refused, all of it told at once; nothing is made, and whoever asks is refused too."""
    runs.write("B", mode=mode, **changes)
    with pytest.raises(RefusedToStart, match=f"{mode} is refused") as refused:
        runs.run(1, live=False)
    assert f'execution.adapter = "{changes["venue"]}" is live' in str(refused.value)
    assert 'market_data.adapter = "kit_feed" is live' in str(refused.value)
    wiring = Wiring(runs.loaded())
    with pytest.raises(RefusedToStart, match="only LIVE makes live adapters"):
        wiring.venue()
    with pytest.raises(RefusedToStart, match="only LIVE makes live adapters"):
        wiring.feed(wiring.calendar())
    assert not runs.kit.KitVenue.made


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_the_word_for_live_starts_nothing_below_it(runs: Any, mode: str) -> None:
    """Whoever says --live means it; the file does not."""
    lower(runs, mode)
    with pytest.raises(RefusedToStart, match=f"--live was given, and the file says {mode}"):
        runs.run(1, live=True)


def lower(runs: Any, mode: str) -> Path:
    """A file without live adapters, that is soon through."""
    file: Path = runs.write("B", mode=mode, feed="simulated", venue="paper")
    text = file.read_text().replace('adapter = "paper"', f'adapter = "paper"\n{PAPER}')
    text = text.replace('interval = "1m"', 'interval = "1m"\nreplay_speed = "6000"')
    file.write_text(text.replace('interval_seconds = "10"', 'interval_seconds = "0.01"'))
    return file


def test_live_makes_no_other_adapter(runs: Any) -> None:
    """The paper venue looks as if it traded: in LIVE a door that refuses stands there instead."""
    configured(runs, Condition.EXECUTION, Condition.MARKET_DATA)
    wiring = Wiring(runs.loaded())
    with pytest.raises(RefusedToStart, match="it makes no others"):
        wiring.venue()
    with pytest.raises(RefusedToStart, match="it makes no others"):
        wiring.feed(wiring.calendar())


WATCHED: list[tuple[str, tuple[Any, ...]]] = []
_watching: list[bool] = []


def _hook(event: str, told: tuple[Any, ...]) -> None:
    # To ask for this machine's name opens nothing.
    if _watching and event.startswith("socket.") and event != "socket.gethostname":
        WATCHED.append((event, told))


@cache
def listen() -> None:
    """Nobody can take such a hook back: it is asked at everything that this process does from then on."""
    sys.addaudithook(_hook)


class Environment(dict[str, str]):
    """Whoever asks it for anything is noticed."""

    asked: list[str]

    @override
    def __getitem__(self, key: str) -> str:
        self.asked.append(key)
        return super().__getitem__(key)

    @override
    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        return super().get(key, default)


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_below_live_no_socket_is_opened_and_no_secret_read(
    runs: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run with a venue's keys lying around in the environment, where somebody would notice."""
    lower(runs, mode)
    monkeypatch.chdir(runs.folder)
    environment = Environment(os.environ | {"VENUE_API_KEY": "a secret"})
    environment.asked = []
    monkeypatch.setattr(os, "environ", environment)
    listen()
    WATCHED.clear()
    _watching.append(True)
    try:
        assert main.run(["run", "--cycles", "3", "--max-seconds", "20"]) == 0
    finally:
        _watching.clear()
    assert WATCHED == []
    assert "VENUE_API_KEY" not in environment.asked


# ------------------------------------------------------------------------------------ what is left in LIVE


def exposed(runs: Any, script: str, *, fills: bool = True) -> None:
    """A run in LIVE that leaves something there."""
    runs.kit.KitVenue.fills_next = fills
    runs.write(script)
    runs.arm()
    runs.run(3)
    assert runs.sent == 1


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
@pytest.mark.parametrize(("script", "fills", "left"), [("B", True, "a position of 1"), ("L", False, "1 working order")])
def test_an_account_is_not_lowered_while_it_is_exposed(
    runs: Any, mode: str, script: str, fills: bool, left: str
) -> None:
    """Nobody would watch what it has there; another account, or one that has nothing left, is."""
    exposed(runs, script, fills=fills)
    file = lower(runs, mode)
    with pytest.raises(RefusedToStart, match=f"account acct-1 has .*{left}.* in LIVE") as refused:
        # Bounded: were it not refused, as by a mutant, it would wait for bars without an end.
        runs.run(1, live=False, bounds=Bounds(cycles=1, interval_seconds=10, faults_max=2))
    assert "interlock run --live" in str(refused.value)
    assert load(file, {}).refusal is not None
    file.write_text(file.read_text().replace("acct-1", "acct-2"))
    assert load(file, {}).refusal is None


def test_the_flag_does_not_lower_it_either(runs: Any) -> None:
    """Nor does the variable."""
    exposed(runs, "B")
    runs.write("B")
    for environ, flag in (({}, "PAPER"), ({"INTERLOCK_MODE": "SIM"}, None)):
        refused = load(runs.file, environ, flag).refusal
        assert refused is not None
        assert "a position of 1" in refused
        assert "is live" in refused


def test_with_nothing_left_it_is_lowered(runs: Any) -> None:
    """Sold, and nothing works any more."""
    runs.write("BS")
    runs.arm()
    runs.run(4)
    assert runs.sent == 2
    assert load(lower(runs, "PAPER"), {}).refusal is None


def test_a_journal_of_live_that_cannot_be_read_keeps_it_from_being_lowered(runs: Any) -> None:
    """Nobody can tell what is held."""
    exposed(runs, "B")
    (runs.state / "journal.sqlite3").write_bytes(b"x" * 9_999)
    file = lower(runs, "PAPER")
    with pytest.raises(Exception, match=r"journal\.sqlite3"):
        load(file, {}).refusal  # noqa: B018 - it is asked


def test_the_door_is_asked_again_before_each_entry(runs: Any) -> None:
    """What a rule let through, the table of doors still refuses: the guard names what is missing."""
    from interlock.runner.live.guards import LiveGuards
    from interlock.testing.approvals import approve

    guards = LiveGuards(runs.state, runs.clock, frozenset({Condition.PROTECTION}))
    refused = guards.door_open(approve(), runs.clock.now())
    assert refused is not None
    assert refused.code == Reason.LIVE_DOOR_SHUT
    assert refused.numbers == {"missing": "PROTECTION, RECONCILED, ARMED"}


def test_the_modes_are_told_apart_by_the_file_alone(runs: Any) -> None:
    """The word on the command line raises nothing, and what the file does not say is one of the conditions."""
    assert Condition.FILE in {each.condition for each in missing(load(lower(runs, "SIM"), {}), flag=True)}
    assert load(lower(runs, "PAPER"), {}).config.run_mode is RunMode.PAPER
