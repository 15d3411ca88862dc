"""``interlock arm`` at a terminal, and ``interlock disarm`` from anywhere."""

import os
import pty
import re
import select
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from interlock.runner import main
from interlock.runner.commands import disarm as disarm_module
from interlock.runner.exit_codes import ExitCode
from interlock.runner.live import binding
from interlock.runner.live.binding import Token
from interlock.runner.live.token_file import ARMING_NAME, DISARM_NAME, take

ARM = ["arm", "--for", "30m", "--max-orders", "2", "--max-loss", "100"]


class Terminal:
    """A pseudo terminal that this process stands at. What was typed before it is asked is waiting there."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        self._in = os.fdopen(slave, "r", closefd=True)
        self._out = os.fdopen(os.dup(slave), "w", closefd=True)

    def run(self, args: list[str], **instead: Any) -> int:
        """Run a command here; ``instead`` of one of the streams there may be another."""
        with pytest.MonkeyPatch.context() as patch:
            for name, stream in ({"stdin": self._in, "stdout": self._out} | instead).items():
                patch.setattr(sys, name, stream)
            return main.run(args)

    def type(self, text: str) -> None:
        """Keys, as they are pressed."""
        os.write(self.master, text.encode())

    @property
    def shown(self) -> str:
        """What stands there by now."""
        self._out.flush()
        seen = b""
        while select.select([self.master], [], [], 0)[0]:  # ends: with what was written
            seen += os.read(self.master, 65_536)
        return seen.decode()

    def close(self) -> None:
        self._in.close()
        self._out.close()
        os.close(self.master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Somebody sits there."""
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def here(runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """In the folder of the configuration, without variables of ours."""
    monkeypatch.chdir(runs.folder)
    for name in list(os.environ):
        if name.startswith("INTERLOCK_"):
            monkeypatch.delenv(name)
    return runs


def laid(runs: Any) -> Token:
    return take(runs.state)


def nothing_laid(runs: Any) -> bool:
    return not os.path.lexists(runs.state / ARMING_NAME)


def test_what_is_armed_is_shown_typed_and_bound(here: Any, terminal: Terminal) -> None:
    """The account and the exposure are typed as shown; every binding is of here and now; the token is not shown."""
    terminal.type("acct-1\n4000\n")
    before = datetime.now(UTC)
    assert terminal.run(ARM) == 0
    shown = terminal.shown
    for part in (
        "account       acct-1",
        "instruments   TEST",
        "at most 10 units and 2000 USD",
        "entries       at most 2",
        "loss          at most 100 USD",
        "time          0:30:00",
        "adapters      kit_venue, kit_feed",
        "live_kit 1.0",
        here.loaded().digest,
        "max_position.limit = 20",
        "most that can be exposed: 4000",
        "a gap of 20% against that costs 800",
        "armed until",
    ):
        assert part in shown, part
    token = laid(here)
    bound, right = token.binding, here.binding()
    assert token.is_whole
    assert (bound.config_digest, bound.build, bound.account) == (right.config_digest, right.build, right.account)
    assert (bound.host, bound.uid, bound.by) == (binding.host(), binding.uid(), binding.who())
    assert bound.journal_id is None
    assert before <= bound.issued_at <= datetime.now(UTC)
    assert bound.expires_at - bound.issued_at == timedelta(minutes=30)
    assert (bound.envelope.max_orders, bound.envelope.max_loss) == (2, Decimal(100))
    assert (bound.envelope.max_quantity, bound.envelope.max_notional) == (Decimal(10), Decimal(2000))
    assert token.fingerprint in shown
    assert token.token.hex() not in shown


def test_less_than_is_configured_can_be_armed(here: Any, terminal: Terminal) -> None:
    """And what is exposed at most is less then."""
    terminal.type("acct-1\n300\n")
    assert terminal.run([*ARM, "--max-quantity", "2", "--max-notional", "150"]) == 0
    assert laid(here).binding.envelope.max_quantity == 2


def test_what_is_held_counts_and_the_journal_is_bound(here: Any, terminal: Terminal) -> None:
    """The exposure is what is held already and what may come on top."""
    here.write("B..")
    here.arm()
    here.run(3)
    (opened,) = [record.observation for record in here.records() if record.kind == "JournalOpened"]
    terminal.type("acct-1\nx\n")
    assert terminal.run(ARM) == ExitCode.REFUSED
    found = re.search(r"most that can be exposed: (\S+) USD", terminal.shown)
    assert found is not None
    assert 4090 < Decimal(found[1]) < 4110
    terminal.type(f"acct-1\n{found[1]}\n")
    assert terminal.run(ARM) == 0
    assert laid(here).binding.journal_id == opened.journal_id


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("acct-2\n", "what was typed is not the account"),
        ("\n", "what was typed is not the account"),
        ("yes\n", "what was typed is not the account"),
        ("acct-1\n4001\n", "what was typed is not that amount"),
        ("acct-1\ny\n", "what was typed is not that amount"),
        ("acct-1\n4000.00\n", "what was typed is not that amount"),
        ("acct-1\n\n", "what was typed is not that amount"),
        ("\x04", "nothing was typed to the end"),
        ("acct-1\n\x04", "nothing was typed to the end"),
        ("a" * 300 + "\n", "nothing was typed to the end"),
    ],
)
def test_anything_else_that_is_typed_arms_nothing(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str], typed: str, says: str
) -> None:
    """Another account, another number, an end of input: exit 3, and nothing lies there."""
    terminal.type(typed)
    assert terminal.run(ARM) == ExitCode.REFUSED
    assert says in capsys.readouterr().err
    assert nothing_laid(here)


def test_without_a_terminal_nothing_is_armed(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A script cannot type."""
    assert main.run(ARM) == ExitCode.REFUSED
    assert "typed by a person at a terminal" in capsys.readouterr().err
    assert nothing_laid(here)


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_half_a_terminal_is_none(here: Any, terminal: Terminal, tmp_path: Path, stream: str) -> None:
    """What is read may not be piped, and what is shown may not go where nobody reads it."""
    with (tmp_path / "file").open("w+") as file:
        terminal.type("acct-1\n4000\n")
        assert terminal.run(ARM, **{stream: file}) == ExitCode.REFUSED
    assert nothing_laid(here)


@pytest.mark.parametrize("option", ["--yes", "--force", "-y"])
def test_there_is_no_way_round_the_typing(here: Any, terminal: Terminal, option: str) -> None:
    """No such option."""
    assert terminal.run([*ARM, option]) == ExitCode.USAGE
    assert nothing_laid(here)


@pytest.mark.parametrize(
    "options",
    [
        ["--max-loss", "0"],
        ["--max-loss", "-1"],
        ["--max-loss", "nan"],
        ["--max-loss", "1e400"],
        ["--max-orders", "0"],
        ["--max-quantity", "lots"],
        ["--for", "2d"],
        ["--for", "0m"],
        ["--for", "forever"],
    ],
)
def test_bounds_that_are_none_are_wrong_usage(here: Any, terminal: Terminal, options: list[str]) -> None:
    """Told before anything is shown."""
    assert terminal.run([*ARM, *options]) == ExitCode.USAGE
    assert nothing_laid(here)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--max-quantity", "10.5"], "max_quantity of 10.5 is more than the 10 that is configured"),
        (["--max-notional", "2000.01"], "max_notional of 2000.01 is more than the 2000 that is configured"),
    ],
)
def test_more_than_is_configured_cannot_be_armed(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    """The file is the ceiling."""
    terminal.type("acct-1\n4000\n")
    assert terminal.run([*ARM, *options]) == ExitCode.REFUSED
    assert says in capsys.readouterr().err
    assert nothing_laid(here)


def test_a_loss_beyond_the_days_cannot_be_armed(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one is configured."""
    here.file.write_text(here.file.read_text() + '[risk.daily_loss]\nlimit = "50"\n')
    assert terminal.run(ARM) == ExitCode.REFUSED
    assert "max_loss of 100 is more than the 50" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mode": "PAPER"}, "the configuration says PAPER, and only LIVE is armed"),
        ({"venue": "kit_unprotected"}, "does not say that it cancels our orders"),
        ({"without": "max_order_quantity"}, "the mandatory control max_order_quantity has no limit"),
    ],
)
def test_what_could_not_enter_is_not_armed(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str], changes: dict[str, str], says: str
) -> None:
    """With everything that is missing."""
    here.write("", **changes)
    terminal.type("acct-1\n4000\n")
    assert terminal.run(ARM) == ExitCode.REFUSED
    assert says in capsys.readouterr().err
    assert nothing_laid(here)


def test_a_disarm_that_nobody_has_taken_stands_in_its_way(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever put it there has to be heard first."""
    here.state.mkdir(parents=True, mode=0o700)
    (here.state / DISARM_NAME).touch(0o600)
    assert terminal.run(ARM) == ExitCode.REFUSED
    assert "somebody disarmed, and no run has taken that yet" in capsys.readouterr().err


def test_a_file_that_changed_while_it_was_typed_arms_nothing(
    here: Any, terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read out is what is armed."""
    from interlock.runner.commands import arm

    terminal.type("acct-1\n4000\n")
    typed = arm._typed

    def then_somebody_edits(asks: str) -> str:
        answer = typed(asks)
        here.file.write_text(here.file.read_text().replace('limit = "20"', 'limit = "30"'))
        return answer

    monkeypatch.setattr(arm, "_typed", then_somebody_edits)
    assert terminal.run(ARM) == ExitCode.REFUSED
    assert "the configuration was changed while this was typed" in capsys.readouterr().err
    assert nothing_laid(here)


# --------------------------------------------------------------------------------------------- disarm


def test_disarming_works_without_a_run(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What was armed is gone, and whoever starts next hears of it."""
    here.arm()
    assert main.run(["disarm", "--reason", "the news"]) == 0
    assert "the arming that no run had taken is gone" in capsys.readouterr().out
    assert nothing_laid(here)
    assert (here.state / DISARM_NAME).read_text() == f"{binding.who()}\nthe news\n"
    assert main.run(["disarm"]) == 0, "twice is fine"


def test_disarming_needs_no_configuration_that_stands(here: Any) -> None:
    """A folder will do; and the mode that a variable asks for by now changes nothing."""
    here.arm()
    here.file.write_text("garbage")
    assert main.run(["disarm"]) == ExitCode.USAGE
    assert main.run(["disarm", "--state-dir", "state"]) == 0
    assert nothing_laid(here)


def test_where_the_folder_is_gone_it_is_made(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A run may be on whose folder was taken from under it. That it was not there is said: it may be misspelt."""
    assert not here.state.exists()
    assert main.run(["disarm", "--reason", "the news"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("disarmed: ")
    assert "live was not there, and was made for this: if LIVE runs elsewhere, it is NOT disarmed; name its" in said
    assert (here.state / DISARM_NAME).read_text() == f"{binding.who()}\nthe news\n"
    assert here.state.stat().st_mode & 0o777 == 0o700
    assert main.run(["disarm"]) == 0
    assert "was not there" not in capsys.readouterr().out


def test_what_is_no_folder_is_loud(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was put there, so nobody is disarmed."""
    here.state.parent.mkdir(parents=True, exist_ok=True)
    here.state.symlink_to("gone")
    assert main.run(["disarm"]) == ExitCode.JOURNAL
    said = capsys.readouterr().err
    assert "NOT disarmed: nothing could be put into" in said
    assert "is not a folder (links are not followed)" in said


@pytest.mark.parametrize("command", ["arm", "disarm"])
def test_the_help_says_who_takes_a_disarm(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Without a run it stands in the way of the next arming."""
    assert main.run([command, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "`interlock run --live`" in said
    assert "refused (exit 3)" in said


@pytest.mark.parametrize("there", [True, False])
def test_a_disarm_that_fails_is_loud(
    here: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """Nobody may think that it worked; and where it works until the power fails, that is said."""
    here.arm()
    if there:
        (here.state / DISARM_NAME).touch()

    def fails(*_: object) -> bool:
        raise OSError("the disk")

    monkeypatch.setattr("interlock.runner.live.token_file.ask_to_disarm", fails)
    assert main.run(["disarm"]) == ExitCode.JOURNAL
    said = capsys.readouterr().err
    assert ("the disk does not promise to keep that" in said) is there
    assert ("NOT disarmed" in said) is not there
    assert disarm_module.disarm.name == "disarm"
