"""The venue's log: on disk before anything is answered, whole lines only, one writer, bounded."""

import os
from pathlib import Path

import pytest

from interlock.core.faults import AdapterUnavailable
from interlock.testing.loopback import log as loopback_log
from interlock.testing.loopback.log import LOG_NAME, Received, VenueLog, received

SUBMIT: dict[str, object] = {"do": "submit", "order": {"client_order_id": "a-1"}, "now": "2020-01-02T15:00:00Z"}
CANCEL: dict[str, object] = {"do": "cancel", "client_order_id": "a-1", "now": "2020-01-02T15:00:00Z"}
PLAN: dict[str, object] = {"do": "plan", "move": "DELAY", "order": 0, "orders": 1}


def test_what_was_kept_is_read_again_and_counted(tmp_path: Path) -> None:
    """Duplicates too; what a test commanded is no message of a trader's."""
    entries = [PLAN, SUBMIT, SUBMIT, CANCEL]
    with VenueLog(tmp_path) as log:
        for entry in entries:
            log.append(entry)
        counted = received(tmp_path)
    with VenueLog(tmp_path) as log:
        assert list(log.read()) == entries
    submit = Received(do="submit", client_order_id="a-1")
    assert counted == received(tmp_path) == (submit, submit, Received(do="cancel", client_order_id="a-1"))


def test_an_entry_is_synchronised_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written whole, then synchronised, then the caller goes on."""
    sizes: list[int] = []
    with VenueLog(tmp_path) as log:
        monkeypatch.setattr(os, "fsync", lambda file: sizes.append(os.fstat(file).st_size))
        log.append(SUBMIT)
        assert sizes == [(tmp_path / LOG_NAME).stat().st_size]


@pytest.mark.parametrize("torn", [b"{", b'{"do":"cancel","client_order_id":"a-1"}', b"\xff\x00"])
def test_a_line_that_was_torn_was_never_answered_and_is_cut(tmp_path: Path, torn: bytes) -> None:
    """The next entry stands on a line of its own."""
    with VenueLog(tmp_path) as log:
        log.append(SUBMIT)
    with (tmp_path / LOG_NAME).open("ab") as file:
        file.write(torn)
    assert len(received(tmp_path)) == 1
    with VenueLog(tmp_path) as log:
        log.append(CANCEL)
        assert list(log.read()) == [SUBMIT, CANCEL]


def test_one_process_writes_it(tmp_path: Path) -> None:
    """Who comes second is refused, until the first lets go."""
    with VenueLog(tmp_path), pytest.raises(AdapterUnavailable, match="another venue writes"):
        VenueLog(tmp_path)
    with VenueLog(tmp_path):
        pass


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full log takes nothing, and stays as it was."""
    monkeypatch.setattr(loopback_log, "LOG_BYTES_MAX", 100)
    with VenueLog(tmp_path) as log:
        log.append(SUBMIT)
        with pytest.raises(AdapterUnavailable, match="is full"):
            log.append(SUBMIT)
        assert list(log.read()) == [SUBMIT]


def test_it_is_private(tmp_path: Path) -> None:
    """It says what somebody trades."""
    with VenueLog(tmp_path / "made"):
        pass
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "made" / LOG_NAME).stat().st_mode & 0o777 == 0o600
