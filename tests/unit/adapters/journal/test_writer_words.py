"""What a writer leaves in its lock file, and what may stand there instead."""

import json
from pathlib import Path

import pytest

from interlock.adapters.journal import writer_words
from interlock.adapters.journal.private_files import WriterLock, last_words_beside
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.writer_words import SIGNATURE_BYTES
from interlock.core.ports.journal import LastWords
from interlock.runner.commands.journal_lock import holder_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal would be."""
    tmp_path.chmod(0o700)
    return tmp_path / "journal.sqlite3"


def _left(path: Path, run_id: str = "r1", ended: str = "") -> None:
    lock = WriterLock(path)
    assert lock.leave_words(run_id, ended)
    lock.release()
    assert not lock.leave_words("r9", "released")


def test_the_words_of_a_run_stay_until_another_begins(path: Path) -> None:
    """Whoever takes the lock meanwhile, to archive or to be refused, signs beside them."""
    _left(path, ended="OSError at x.py:1")
    WriterLock(path).release()
    journal = SqliteJournal(path)
    assert journal.last_words == LastWords(run_id="r1", ended="OSError at x.py:1")
    assert last_words_beside(path) == journal.last_words
    journal.leave_words("r2")
    journal.close()
    assert last_words_beside(path) == LastWords(run_id="r2")


def test_a_backslash_stays_one(path: Path) -> None:
    """What an error quotes is looked for as it was said."""
    _left(path, ended=r"can't encode '\ud800'")
    assert last_words_beside(path) == LastWords(run_id="r1", ended=r"can't encode '\ud800'")


def test_a_machine_that_was_started_anew_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what names its start; where nobody says it, nothing is claimed."""
    for then, now, restarted in (("a", "b", True), ("a", "a", False), ("", "b", False), ("a", "", False)):
        monkeypatch.setattr(writer_words, "boot_id", lambda then=then: then)
        _left(path)
        monkeypatch.setattr(writer_words, "boot_id", lambda now=now: now)
        assert last_words_beside(path) == LastWords(run_id="r1", machine_restarted=restarted)


def test_a_machine_that_does_not_name_its_start_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every system has that file."""
    monkeypatch.setattr(writer_words, "_BOOT_ID", Path("/nowhere/boot_id"))
    assert writer_words.boot_id() == ""


def test_the_file_has_one_size_whatever_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that word can be left on a full disk, and that whoever reads it reads all of it."""
    for ended in ("", "x" * 5_000, '"' * 5_000, "\\" * 5_000, "\U0001f4a5" * 5_000, "\x00\n"):
        monkeypatch.setattr(writer_words, "boot_id", lambda: "b" * 64)
        monkeypatch.setattr(writer_words, "_here", lambda: "h" * 64)
        _left(path, run_id="r" * 5_000, ended=ended)
        text = path.with_name("journal.sqlite3.lock").read_bytes()
        assert len(text) == SIGNATURE_BYTES
        assert json.loads(text)["run"]["id"] == "r" * 64


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[" * 1_000,
        b"[]",
        b"null",
        b'{"run":1}',
        b'{"run":{"id":1,"ended":"","boot":"","host":""}}',
        b'{"run":{"id":"r1"}}',
        b'{"pid":Infinity,"host":"h","since":"s"}',
        b'{"pid":1e999}',
        b"\xff" * 5_000_000,
        b'{"pid":' + b"9" * 900 + b',"host":"h","since":"s"}',
    ],
)
def test_whatever_stands_there_only_words_depend_on_it(path: Path, text: bytes) -> None:
    """Empty, half a line, hostile or huge: the lock is taken, and nothing is known."""
    lock = path.with_name("journal.sqlite3.lock")
    lock.write_bytes(text)
    lock.chmod(0o600)
    assert last_words_beside(path) is None
    assert holder_of(path) is None
    taken = WriterLock(path)
    assert taken.last_words is None
    taken.release()
    assert len(lock.read_bytes()) == SIGNATURE_BYTES


def test_what_is_no_file_of_ours_tells_nothing(path: Path) -> None:
    """A link, or a file that others may read."""
    assert last_words_beside(path) is None
    lock = path.with_name("journal.sqlite3.lock")
    lock.write_bytes(b"{}")
    lock.chmod(0o644)
    assert last_words_beside(path) is None
    lock.unlink()
    lock.symlink_to("elsewhere")
    assert last_words_beside(path) is None


def test_a_disk_that_refuses_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told twice that it is broken."""
    lock = WriterLock(path)
    lock.leave_words("r1", "")

    def refuses(*_: object) -> int:
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr("os.pwrite", refuses)
        assert not lock.leave_words("r2", "lost")
    assert lock.last_words == LastWords(run_id="r1")
    lock.release()


@pytest.mark.parametrize(
    ("ended", "kept"),
    [
        ("word " * 39 + "words", "word " * 39 + "words"),
        ("word " * 80, "word " * 38 + "word..."),
        ("x" * 300, "x" * 197 + "..."),
        ("word " * 37 + "then `interlock run` again", "word " * 37 + "then..."),
    ],
)
def test_words_that_are_too_many_end_at_a_word(path: Path, ended: str, kept: str) -> None:
    """And never within a quotation: a person reads them."""
    _left(path, ended=ended)
    words = last_words_beside(path)
    assert words is not None
    assert words.ended == kept
