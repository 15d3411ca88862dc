"""What carries an arming: each thing in which it is not meant for here refuses it, and it is gone either way."""

import json
import os
import pwd
import stat
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.arming import Armed, ArmingRefused
from interlock.core.faults import JournalUnavailable
from interlock.core.reasons import missing, sentence
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.live import binding, token_file
from interlock.runner.live.binding import FILE_BYTES_MAX, TOKEN_BYTES, Malformed, read, seal_of, written
from interlock.runner.live.token_file import (
    ARMING_NAME,
    DISARM_NAME,
    Unusable,
    ask_to_disarm,
    put,
    remove,
    take,
    who_disarmed,
)
from interlock.runner.loop import StateUntrusted

TOKEN = bytes(range(TOKEN_BYTES))
UNUSABLE = "what lies in its place cannot be used as an arming"


def refused(runs: Any) -> tuple[str, ...]:
    """Why the run that looks now does not take what lies there. It enters nothing, and nothing is left lying."""
    runs.write("BB")
    runs.run(2)
    assert runs.observed(Armed) == []
    assert runs.sent == 0
    (found,) = runs.observed(ArmingRefused)
    assert not os.path.lexists(runs.state / ARMING_NAME)
    return told_of(found)


def told_of(found: ArmingRefused) -> tuple[str, ...]:
    """Each reason in words; each has its code and every number of it."""
    assert not any(missing(each.code, each.numbers) for each in found.reasons)
    return tuple(sentence(each.code, each.numbers) for each in found.reasons)


def envelope_of(runs: Any, **changes: Any) -> Any:
    return attrs.evolve(runs.binding().envelope, **changes)


OTHER: dict[str, tuple[Callable[[Any], dict[str, Any]], str]] = {
    "configuration": (lambda _: {"config_digest": "sha256:0"}, "it was typed for another configuration"),
    "build": (lambda _: {"build": "interlock 9.9"}, "it was typed for another build"),
    "journal": (lambda _: {"journal_id": "f" * 64}, "it was typed for another journal"),
    "folder": (lambda _: {"folder": "1:2"}, "it was typed for another state folder"),
    "account": (lambda _: {"account": "acct-2"}, "it was typed for another account"),
    "host": (lambda _: {"host": "elsewhere"}, "it was typed for another host"),
    "user": (lambda _: {"uid": 123456}, "it was typed for another user"),
    "future": (
        lambda _: {"issued_at": timedelta(minutes=50), "expires_at": timedelta(minutes=60)},
        "it was typed at 2030-01-07T14:50:00Z, later than it is now (2030-01-07T14:00:00Z)",
    ),
    "lasts": (
        lambda _: {"expires_at": timedelta(days=1, seconds=36)},
        "it would last 24.01 hours, longer than the 24 hours that an arming may",
    ),
    "quantity": (
        lambda runs: {"envelope": envelope_of(runs, max_quantity=Decimal(11))},
        "its max_quantity of 11 is more than the 10 that is configured",
    ),
    "value": (
        lambda runs: {"envelope": envelope_of(runs, max_notional=Decimal(2001))},
        "its max_notional of 2001 is more than the 2000 that is configured",
    ),
    "instrument": (
        lambda runs: {"envelope": envelope_of(runs, instruments=("TEST", "OTHER"))},
        "it names TEST, OTHER, and only TEST is configured",
    ),
}


@pytest.mark.parametrize("what", OTHER)
def test_every_single_mismatch_refuses(runs: Any, what: str) -> None:
    """And is the one that is told."""
    runs.write("BB")
    changes, says = OTHER[what]
    runs.arm(**changes(runs))
    assert refused(runs) == (says,)


def test_all_mismatches_are_told_at_once(runs: Any) -> None:
    """Whoever typed it does not have to find them one by one."""
    runs.write("BB")
    runs.arm(account="acct-2", host="elsewhere", config_digest="sha256:0")
    assert len(refused(runs)) == 3


def test_none_makes_up_for_a_control_that_is_missing(runs: Any) -> None:
    """It is told here too, and not only when the first order is denied."""
    runs.write("BB", without="max_position")
    runs.arm()
    runs.run(2)
    (found,) = runs.observed(ArmingRefused)
    assert told_of(found) == ("the mandatory control max_position has no limit",)
    assert runs.sent == 0


def test_one_that_has_ended_is_refused(runs: Any) -> None:
    """It lay too long."""
    runs.write("BB")
    runs.arm(issued_at=timedelta(hours=-2), expires_at=timedelta(hours=-1))
    (reason,) = refused(runs)
    assert reason.startswith("it ended at 2030-01-07T13:00:00")


@pytest.mark.parametrize(
    "edit",
    [
        lambda tree: tree["envelope"].update(max_orders=999),
        lambda tree: tree["envelope"].update(max_notional="2000"),
        lambda tree: tree.update(expires_at="2030-01-07T23:00:00+00:00"),
        lambda tree: tree.update(token="00" * TOKEN_BYTES),
        lambda tree: tree.update(seal="0" * 64),
        lambda tree: tree.update(by="somebody@else"),
    ],
)
def test_one_that_was_edited_is_refused(runs: Any, edit: Callable[[dict[str, Any]], None]) -> None:
    """The seal is over all of it."""
    runs.write("BB")
    tree = json.loads(written(TOKEN, runs.binding(envelope=envelope_of(runs, max_notional=Decimal(1000)))))
    edit(tree)
    runs.lay(json.dumps(tree).encode())
    assert "it was changed after it was typed" in refused(runs)


def _tree(runs: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(TOKEN, runs.binding()))
    return found


MALFORMED: list[Callable[[Any], bytes]] = [
    lambda _: b"",
    lambda _: b"\0" * 99,
    lambda _: b"[]",
    lambda _: b"{}",
    lambda _: '{"é": 1}'.encode(),
    lambda _: b"[" * 9_999,
    lambda _: b" " * (FILE_BYTES_MAX + 1),
    lambda runs: json.dumps({**_tree(runs), "more": 1}).encode(),
    lambda runs: json.dumps({key: each for key, each in _tree(runs).items() if key != "host"}).encode(),
    lambda runs: json.dumps({**_tree(runs), "format": 2}).encode(),
    lambda runs: json.dumps({**_tree(runs), "token": "00"}).encode(),
    lambda runs: json.dumps({**_tree(runs), "seal": 1}).encode(),
    lambda runs: json.dumps({**_tree(runs), "uid": True}).encode(),
    lambda runs: json.dumps({**_tree(runs), "by": ""}).encode(),
    lambda runs: json.dumps({**_tree(runs), "issued_at": "2030-01-07T14:00:00"}).encode(),
    lambda runs: json.dumps({**_tree(runs), "issued_at": "2030-01-07T14:00:00+01:00"}).encode(),
    lambda runs: json.dumps({**_tree(runs), "envelope": {}}).encode(),
    lambda runs: json.dumps({**_tree(runs), "envelope": {**_tree(runs)["envelope"], "max_orders": True}}).encode(),
    lambda runs: json.dumps({**_tree(runs), "envelope": {**_tree(runs)["envelope"], "max_orders": 0}}).encode(),
    lambda runs: json.dumps({**_tree(runs), "envelope": {**_tree(runs)["envelope"], "max_loss": "NaN"}}).encode(),
    lambda runs: json.dumps({**_tree(runs), "envelope": {**_tree(runs)["envelope"], "max_loss": "1E400"}}).encode(),
    lambda runs: written(TOKEN, runs.binding())[:-1],
]


@pytest.mark.parametrize("place", range(len(MALFORMED)))
def test_what_is_no_arming_is_refused_and_not_repeated(runs: Any, place: int) -> None:
    """Half written, huge, of other types: one sentence says so, and quotes nothing."""
    data = MALFORMED[place](runs)
    with pytest.raises(Malformed) as caught:
        read(data)
    assert TOKEN.hex() not in f"{caught.value!r} {caught.value.__cause__!r}"
    runs.lay(data)
    with pytest.raises(Unusable):
        take(runs.state)
    assert not (runs.state / ARMING_NAME).exists()


@given(data=st.binary(max_size=300))
def test_whatever_is_read_is_an_arming_or_malformed(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        read(data)
    except Malformed:
        return


def test_what_is_written_is_read(runs: Any) -> None:
    """The same binding, whole; and nobody sees the token by printing it."""
    bound = runs.binding(journal_id="a" * 64)
    token = read(written(TOKEN, bound))
    assert (token.binding, token.token, token.is_whole) == (bound, TOKEN, True)
    assert TOKEN.hex() not in repr(token)
    assert str(TOKEN) not in repr(token)
    assert token.seal not in repr(token)
    assert token.fingerprint not in TOKEN.hex()
    assert len(token.fingerprint) == 16
    assert seal_of(b"x" * TOKEN_BYTES, bound) != token.seal


# ------------------------------------------------------------------------------------------- the files


def test_it_is_ours_alone_and_whole(runs: Any) -> None:
    """0600 in a folder 0700; a second one is not put over it, and no draft is left."""
    runs.arm()
    path = runs.state / ARMING_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(runs.state.stat().st_mode) == 0o700
    before = path.read_bytes()
    with pytest.raises(RefusedToStart, match="no run has taken it"):
        put(runs.state, b"another")
    assert path.read_bytes() == before
    assert [each.name for each in runs.state.iterdir()] == [ARMING_NAME]


STRANGE: dict[str, Callable[[Path], object]] = {
    "a link": lambda path: path.symlink_to(path.parent / "elsewhere"),
    "a link to a good one": lambda path: path.symlink_to((path.parent / "elsewhere").rename(path.parent / "else")),
    "a pipe": lambda path: os.mkfifo(path, 0o600),
    "open to others": lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)),
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_somebody_else_may_have_put_there_is_refused(runs: Any, what: str) -> None:
    """No link is followed, no pipe waited at; what lies there is gone, and what a link led to is not touched."""
    runs.write("BB")
    runs.lay(written(TOKEN, runs.binding()))
    (runs.state / ARMING_NAME).rename(runs.state / "elsewhere")
    STRANGE[what](runs.state / ARMING_NAME)
    (reason,) = refused(runs)
    assert "ARMING" in reason
    if what == "a link to a good one":
        assert (runs.state / "else").exists()


def test_one_of_another_owner_is_refused(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says."""
    runs.arm()
    monkeypatch.setattr(os, "geteuid", lambda: 424242)
    with pytest.raises(Unusable, match="belongs to user"):
        take(runs.state)


def test_a_folder_of_that_name_is_told_once(runs: Any) -> None:
    """It cannot be used up, so it counts for nothing; and it is not told at every look."""
    runs.write("BB")
    runs.lay(b"x").unlink()
    (runs.state / ARMING_NAME).mkdir()
    runs.run(2)
    (found,) = runs.observed(ArmingRefused)
    assert told_of(found) == (f"{UNUSABLE} (it could not be used up (IsADirectoryError))",)
    assert runs.sent == 0


def test_one_that_is_not_gone_for_good_does_not_count(runs: Any) -> None:
    """It might be there again after the power failed: so its removal is synced before it counts."""
    runs.arm()

    def fails(_: Path) -> None:
        raise OSError("the disk")

    with pytest.raises(Unusable, match=r"it could not be used up \(OSError\)"):
        take(runs.state, sync=fails)


def test_it_is_gone_before_it_is_read_out(runs: Any) -> None:
    """Whoever holds a token holds the only one."""
    runs.arm()
    seen: list[bool] = []
    take(runs.state, sync=lambda folder: seen.append((folder / ARMING_NAME).exists()))
    assert seen == [False]


# ------------------------------------------------------------------------------------------- disarming


def test_disarming_takes_back_what_no_run_has_taken(runs: Any) -> None:
    """And tells by whom and why, as far as that can be read."""
    runs.arm()
    assert ask_to_disarm(runs.state, b"trader@desk\nthe news\nat noon\n")
    assert not (runs.state / ARMING_NAME).exists()
    assert who_disarmed(runs.state) == ("trader@desk", "the news at noon")
    assert not ask_to_disarm(runs.state, b"somebody@else\n\n"), "nothing was armed any more"
    assert who_disarmed(runs.state)[0] == "trader@desk"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", ("somebody", "no reason was given")),
        (b"\xff\0", ("\ufffd?", "no reason was given")),
        (b"a" * 5_000, ("a" * 200, "no reason was given")),
    ],
)
def test_whatever_a_disarm_says_it_disarms(runs: Any, text: bytes, says: tuple[str, str]) -> None:
    """Its existence counts; its words are for people."""
    runs.lay(b"x").unlink()
    (runs.state / DISARM_NAME).write_bytes(text)
    (runs.state / DISARM_NAME).chmod(0o600)
    assert who_disarmed(runs.state) == says


def test_an_arming_beside_a_disarm_is_not_used(runs: Any) -> None:
    """Whichever was first: what is refused can be typed again."""
    runs.write("BB")
    ask_to_disarm(runs.state, b"")
    runs.arm()
    assert refused(runs) == ("it was taken back before it was used",)
    assert not (runs.state / DISARM_NAME).exists()


def test_a_disarm_that_cannot_be_removed_stands(runs: Any) -> None:
    """It is told once, and no arming is taken beside it."""
    from interlock.core.arming import DisarmAsked

    runs.write("BBB")
    runs.lay(b"x").unlink()
    (runs.state / DISARM_NAME).mkdir()
    runs.run(3, before={2: runs.arm})
    assert len(runs.observed(DisarmAsked)) == 1
    assert runs.observed(Armed) == []
    assert runs.sent == 0
    assert (runs.state / "interlock.log").read_text().count("DisarmStands") == 1


def test_not_knowing_counts_as_disarmed(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while looking ends the arming that is in force, once, and lets none in."""
    from interlock.core.arming import DisarmAsked
    from interlock.runner.live import attendant

    def blind(path: Path) -> bool:
        if path.name == DISARM_NAME:
            raise PermissionError
        return os.path.lexists(path)

    runs.write("..BB")
    runs.arm()
    runs.run(4, before={2: lambda: monkeypatch.setattr(attendant, "is_there", blind)})
    assert len(runs.observed(Armed)) == 1
    (asked,) = runs.observed(DisarmAsked)
    assert "PermissionError" in asked.reason
    assert runs.sent == 0


def test_an_arming_that_cannot_be_looked_for_is_told_once(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is armed by it."""
    from interlock.runner.live import attendant

    def blind(path: Path) -> bool:
        if path.name == ARMING_NAME:
            raise PermissionError
        return os.path.lexists(path)

    monkeypatch.setattr(attendant, "is_there", blind)
    runs.write("BB")
    runs.run(2)
    (found,) = runs.observed(ArmingRefused)
    assert told_of(found) == (f"{UNUSABLE} (it could not be looked for (PermissionError))",)


def test_a_full_disk_still_disarms(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file is enough; where not even that can be, it is raised."""
    runs.arm()
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        ask_to_disarm(runs.state, b"x")  # the folder cannot be synced either, and that is told
    assert (runs.state / DISARM_NAME).exists()
    assert not (runs.state / ARMING_NAME).exists()
    monkeypatch.setattr(os, "fsync", real)
    remove(runs.state / DISARM_NAME)

    def never(*_: Any, **__: Any) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(token_file, "_write", never)
    with pytest.raises(OSError, match="no space"):
        ask_to_disarm(runs.state, b"x")


def test_what_an_arm_left_that_was_killed_is_no_arming(runs: Any) -> None:
    """A draft is in nobody's way, and disarming takes it away: it carries a token."""
    runs.lay(b"x").rename(runs.state / f".{ARMING_NAME}.{os.getpid()}")
    (runs.state / f".{ARMING_NAME}.1").write_bytes(b"x")
    runs.arm()
    assert ask_to_disarm(runs.state, b"")
    assert [each.name for each in runs.state.iterdir()] == [DISARM_NAME]


def test_disarming_does_not_mind_a_folder_that_is_open(runs: Any) -> None:
    """That is for another day."""
    runs.arm()
    runs.state.chmod(0o755)
    assert ask_to_disarm(runs.state, b"")


def test_who_it_is_without_an_entry_for_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number will do."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert binding.who().startswith(f"{os.getuid()}@")


# -------------------------------------------------------------------------------------- what cannot be kept


def a_look(runs: Any, spoil: Callable[[Any], None]) -> None:
    """A look at an arming by a run whose core is spoiled."""
    from interlock.adapters.journal.memory import MemoryJournal
    from interlock.core.modes import RunMode
    from interlock.runner.live.attendant import Attendant
    from interlock.testing.rig import Rig

    rig = Rig(journal=MemoryJournal(), mode=RunMode.LIVE)
    told: Any = None
    runs.arm()
    spoil(rig)
    Attendant(runs.loaded(), rig.cycle, runs.clock, told).look()


def test_an_arming_that_cannot_be_recorded_does_not_count(runs: Any) -> None:
    """No write, no entry: the journal's fault rises, and ends the run like any other."""
    with pytest.raises(JournalUnavailable):
        a_look(runs, lambda rig: setattr(rig.journal, "fails", True))
    assert not (runs.state / ARMING_NAME).exists()


def test_an_arming_that_cannot_be_folded_ends_the_run(runs: Any) -> None:
    """The state is not to be trusted any more, whatever it was that raised."""
    with pytest.raises(StateUntrusted):
        a_look(runs, lambda rig: setattr(rig.cycle._state, "portfolio", None))


def test_what_was_changed_while_it_was_looked_at_is_refused(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the opening somebody put another file there: what was opened is looked at, too."""
    runs.lay(b"x", mode=0o644)
    monkeypatch.setattr(token_file, "check_private_file", lambda _: True)
    with pytest.raises(Unusable, match="was changed while it was looked at"):
        take(runs.state)
