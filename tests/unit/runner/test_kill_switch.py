"""The kill switch files: that they are there is all that counts, and not knowing counts as HALT."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.adapters.execution.gate import Refusal
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import KillSwitchSeen
from interlock.core.orders import OrderClass, Side
from interlock.core.reasons import Reason
from interlock.core.records import SubmitOrder
from interlock.core.trading_state import TradingState
from interlock.runner.kill_switch import FILES, glance_at, guard_of, look
from interlock.testing.builders import A_TIME
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.rig import Rig

HALTED = KillSwitchSeen(state=TradingState.HALTED, found="HALT")
REDUCING = KillSwitchSeen(state=TradingState.REDUCING, found="REDUCE")

MAKINGS: dict[str, Callable[[Path], object]] = {
    "an empty file": Path.touch,
    "a file full of anything": lambda place: place.write_bytes(os.urandom(10_000)),
    "a file that nobody may read": lambda place: place.touch(mode=0),
    "a link that leads nowhere": lambda place: place.symlink_to("nowhere"),
    "a link to itself": lambda place: place.symlink_to(place.name),
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("make", MAKINGS.values(), ids=MAKINGS)
@pytest.mark.parametrize("seen", [HALTED, REDUCING], ids=["HALT", "REDUCE"])
def test_whatever_it_is_it_counts(tmp_path: Path, make: Callable[[Path], object], seen: KillSwitchSeen) -> None:
    """It is looked at and never opened, so nothing in it can hold us up."""
    make(tmp_path / seen.found)
    assert look(tmp_path) == seen


def test_neither_file_restricts_nothing(tmp_path: Path) -> None:
    """Names are exact, and a folder that is not there yet holds none."""
    for name in ("halt", "HALT.txt", "HALTED", "RESUME"):
        (tmp_path / name).touch()
    assert look(tmp_path) is None
    assert look(tmp_path / "not-yet") is None


def test_of_both_the_tighter_counts(tmp_path: Path) -> None:
    """HALT is not loosened by a REDUCE beside it."""
    (tmp_path / "REDUCE").touch()
    (tmp_path / "HALT").touch()
    assert look(tmp_path) == HALTED


@pytest.mark.parametrize("name", ["HALT", "REDUCE"])
def test_not_knowing_counts_as_halt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whichever of the two cannot be looked at, whatever the error is."""
    real = os.lstat

    def failing(path: Path) -> os.stat_result:
        if path.name == name:
            raise PermissionError
        return real(path)

    monkeypatch.setattr(os, "lstat", failing)
    assert look(tmp_path) == KillSwitchSeen(state=TradingState.HALTED, found="unreadable: PermissionError")


def test_a_folder_that_is_none_counts_as_halt(tmp_path: Path) -> None:
    """Something stands where the state folder was: nobody can put a file there any more."""
    (tmp_path / "state").touch()
    seen = look(tmp_path / "state")
    assert seen == KillSwitchSeen(state=TradingState.HALTED, found="unreadable: NotADirectoryError")


def test_the_guard_looks_before_every_send(tmp_path: Path) -> None:
    """HALT stops every order, REDUCE those that raise risk; and it looks anew each time."""
    guard = guard_of(tmp_path)
    core = Rig(an_intent(Side.BUY), lambda view: an_intent(Side.SELL), journal=MemoryJournal())
    made = core.bars("100", "100")
    entry, leaving = (effect.order for record in made for effect in record.effects if isinstance(effect, SubmitOrder))
    assert (entry.terms.order_class, leaving.terms.order_class) == (OrderClass.ENTRY, OrderClass.EXIT)
    assert guard(entry, A_TIME) is guard(leaving, A_TIME) is None
    (tmp_path / "REDUCE").touch()
    assert guard(entry, A_TIME) == Refusal(code=Reason.KILL_SWITCH, numbers={"found": "REDUCE"})
    assert guard(leaving, A_TIME) is None
    (tmp_path / "HALT").touch()
    for order in (entry, leaving):
        assert guard(order, A_TIME) == Refusal(code=Reason.KILL_SWITCH, numbers={"found": "HALT"})


@pytest.mark.parametrize("name", FILES)
def test_a_glance_sees_whatever_has_the_name(name: str, tmp_path: Path) -> None:
    """A link that leads nowhere, too; and what was not there a moment ago."""
    is_seen = glance_at(tmp_path)
    assert not is_seen()
    (tmp_path / name).symlink_to("nowhere")
    assert is_seen()
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    assert is_seen()
