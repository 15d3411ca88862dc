"""A request for a release, as a file: whole and ours, fresh and about this journal, or it is not obeyed."""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from interlock.runner import resume_request
from interlock.runner.resume_request import (
    AHEAD_MAX,
    BYTES_MAX,
    VALID_FOR,
    Request,
    RequestRefused,
    put,
    take,
    withdraw,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
REQUEST = Request(reason="settled", by="anna@desk", at=NOW, journal_id="j", seen_code="OPERATOR_HALT", seen_seq=7)
A_MOMENT = timedelta(microseconds=1)


def written(**changes: object) -> str:
    """What a request looks like, changed."""
    whole: dict[str, object] = {
        "command": "RESUME",
        "reason": "settled",
        "by": "anna@desk",
        "at": NOW.isoformat(),
        "journal_id": "j",
        "seen_code": "OPERATOR_HALT",
        "seen_seq": 7,
    }
    return json.dumps({name: value for name, value in {**whole, **changes}.items() if value is not None})


def lay(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    """Something at the place of a request."""
    place = folder / "RESUME"
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    place.chmod(mode)
    return place


def test_a_request_is_taken_once_and_is_gone_before_it_counts(tmp_path: Path) -> None:
    """It is private, nothing else is left beside it, and a second look finds nothing."""
    put(tmp_path, REQUEST)
    (place,) = tmp_path.iterdir()
    assert (place.name, place.stat().st_mode & 0o777) == ("RESUME", 0o600)
    assert take(tmp_path, "j", NOW) == REQUEST
    assert list(tmp_path.iterdir()) == []
    assert take(tmp_path, "j", NOW) is None


def test_it_is_removed_for_good_before_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be removed durably, it is not obeyed: after a crash it would release a second time."""
    put(tmp_path, REQUEST)

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(resume_request, "sync_folder", fail)
    with pytest.raises(RequestRefused, match="cannot be removed"):
        take(tmp_path, "j", NOW)
    assert list(tmp_path.iterdir()) == []
    put(tmp_path, REQUEST)
    monkeypatch.setattr(os, "unlink", fail)
    for _ in range(2):
        with pytest.raises(RequestRefused, match="cannot be removed"):
            take(tmp_path, "j", NOW)


@pytest.mark.parametrize("age", [timedelta(0), VALID_FOR, -AHEAD_MAX])
def test_it_is_good_for_a_minute(tmp_path: Path, age: timedelta) -> None:
    """By this machine's clock, to the bound."""
    put(tmp_path, REQUEST)
    assert take(tmp_path, "j", NOW + age) == REQUEST


@pytest.mark.parametrize("age", [VALID_FOR + A_MOMENT, timedelta(days=400), -AHEAD_MAX - A_MOMENT])
def test_a_stale_one_is_not_obeyed_and_goes_away(tmp_path: Path, age: timedelta) -> None:
    """Nobody waits for it any more: what was halted since, nobody asked about. Nor one from the future."""
    put(tmp_path, REQUEST)
    with pytest.raises(RequestRefused, match="a request is good for 60 seconds"):
        take(tmp_path, "j", NOW + age)
    assert list(tmp_path.iterdir()) == []


def test_one_for_another_journal_is_not_obeyed(tmp_path: Path) -> None:
    """Another mode, another account, or a journal that was put aside since: each has another id."""
    put(tmp_path, REQUEST)
    with pytest.raises(RequestRefused, match="anna@desk asked for another journal"):
        take(tmp_path, "k", NOW)


TEXTS: dict[str, str | bytes] = {
    "empty": "",
    "no JSON": "RESUME please",
    "a list": "[]",
    "a number": "7",
    "no command": written(command=None),
    "another command": written(command="HALT"),
    "no reason": written(reason=None),
    "an empty reason": written(reason=""),
    "a reason that is no text": written(reason=7),
    "a reason on two lines": written(reason="a\nb"),
    "a reason that obeys a terminal": written(reason="\x1b[2J"),
    "half a character": written(by="\ud800"),
    "of a version that said nothing of what was seen": written(seen_code=None, seen_seq=None),
    "no code that was seen": written(seen_code=None),
    "an empty code": written(seen_code=""),
    "a code that is no text": written(seen_code=7),
    "no record that was seen": written(seen_seq=None),
    "a record before the first": written(seen_seq=-1),
    "half a record": written(seen_seq=1.5),
    "a record that is a word": written(seen_seq="7"),
    "a record that is a truth": written(seen_seq=True),
    "too many words": written(reason="x" * 501),
    "no time": written(at="soon"),
    "a time that is a number": written(at=7),
    "a time without a zone": written(at="2030-01-01T00:00:00"),
    "a key too many": written(mode="LIVE"),
    "too deep": b"[" * 5_000,
    "huge": b" " * (BYTES_MAX + 1),
    "bytes": b"\xff\xfe\x00",
    "half of one": written()[:20],
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_no_request_is_not_obeyed_and_goes_away(tmp_path: Path, text: str | bytes) -> None:
    """Half written, hostile, or of another version."""
    lay(tmp_path, text)
    with pytest.raises(RequestRefused):
        take(tmp_path, "j", NOW)
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=200) | st.text().map(lambda text: written(reason=text).encode()))
def test_whatever_lies_there_it_is_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    """It is gone then, and nothing else ever happens."""
    folder = tmp_path_factory.mktemp("state")
    lay(folder, text)
    came: Request | RequestRefused | None
    try:
        came = take(folder, "j", NOW)
    except RequestRefused as refused:
        came = refused
    assert came is not None
    assert (came.reason if isinstance(came, Request) else str(came)).isprintable()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_one_that_others_could_write_or_read_is_not_obeyed(tmp_path: Path, mode: int) -> None:
    """Nobody can say whose word it is."""
    lay(tmp_path, written(), mode)
    with pytest.raises(RequestRefused, match="open to others"):
        take(tmp_path, "j", NOW)


def test_one_of_another_user_is_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is ours alone, and still."""
    lay(tmp_path, written())
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(RequestRefused, match="belongs to user"):
        take(tmp_path, "j", NOW)


def linked(place: Path) -> None:
    """To a request that would be obeyed."""
    place.with_name("elsewhere").write_text(written())
    place.with_name("elsewhere").chmod(0o600)
    place.symlink_to("elsewhere")


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (linked, "it is a link"),
    "a link that leads nowhere": (lambda place: place.symlink_to("nowhere"), "it is a link"),
    "a pipe": (lambda place: os.mkfifo(place, 0o600), "it is no plain file"),
    "a folder": (Path.mkdir, "it is no plain file; and it cannot be removed"),
}


@pytest.mark.parametrize(("make", "says"), ODD.values(), ids=ODD)
def test_anything_but_a_file_is_not_obeyed_and_holds_nobody_up(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    """A link is not followed, and the other end of a pipe is not waited for."""
    make(tmp_path / "RESUME")
    with pytest.raises(RequestRefused, match=says):
        take(tmp_path, "j", NOW)


def test_a_place_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    """And nothing is obeyed."""
    (tmp_path / "state").touch()
    with pytest.raises(RequestRefused, match="cannot be looked at: NotADirectoryError"):
        take(tmp_path / "state", "j", NOW)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is obeyed."""
    put(tmp_path, REQUEST)

    def fail(*_: object) -> Any:
        raise PermissionError

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(RequestRefused, match="cannot be read: PermissionError"):
        take(tmp_path, "j", NOW)


def test_of_many_that_ask_at_once_one_asks(tmp_path: Path) -> None:
    """The others are told, and the one that lies there is whole."""
    came: list[str] = []

    def ask(number: int) -> None:
        # A name of its own for each process: these are threads of one.
        try:
            put(tmp_path, evolve(REQUEST, reason=f"number {number}"))
            came.append("asked")
        except FileExistsError:
            came.append("another did")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["another did"] * 7 + ["asked"]
    taken = take(tmp_path, "j", NOW)
    assert taken is not None
    assert taken.reason.startswith("number ")


def test_it_is_taken_back_by_whoever_asked(tmp_path: Path) -> None:
    """And by nobody else; one that was taken is not there to be taken back."""
    put(tmp_path, REQUEST)
    assert not withdraw(tmp_path, evolve(REQUEST, reason="another"))
    assert withdraw(tmp_path, REQUEST)
    assert not withdraw(tmp_path, REQUEST)
    lay(tmp_path, "nonsense")
    assert not withdraw(tmp_path, REQUEST)
