"""The page is written whole, for us alone, and over nothing but a report."""

import stat
from pathlib import Path

import pytest

from interlock.core.faults import ConfigurationError
from interlock.runner.report.file import write

BEGINS = "ours\n"


def test_a_page_is_ours_alone_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    """0600, with no draft left beside it."""
    target = tmp_path / "report.html"
    assert write(target, BEGINS + "one", BEGINS, force=False) == 8
    assert write(target, BEGINS + "two", BEGINS, force=False) == 8
    assert target.read_text() == BEGINS + "two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_another_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    """It may be somebody's work."""
    target = tmp_path / "report.html"
    target.write_text("precious")
    with pytest.raises(ConfigurationError, match="was not written: what is there is no report of Interlock's"):
        write(target, BEGINS, BEGINS, force=False)
    assert target.read_text() == "precious"
    write(target, BEGINS, BEGINS, force=True)
    assert target.read_text() == BEGINS


def test_no_force_replaces_a_database(tmp_path: Path) -> None:
    """A journal named as the page would be gone."""
    target = tmp_path / "journal.sqlite3"
    target.write_bytes(b"SQLite format 3\0 and the rest")
    with pytest.raises(ConfigurationError, match="was not written: a database is there"):
        write(target, BEGINS, BEGINS, force=True)
    assert target.read_bytes().endswith(b"and the rest")


def test_a_link_is_not_followed_and_not_replaced(tmp_path: Path) -> None:
    """It may lead anywhere."""
    target = tmp_path / "report.html"
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="no plain file"):
        write(target, BEGINS, BEGINS, force=True)
    assert target.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["no/such/folder/report.html", "x" * 300])
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    """With the remedy, and nothing is left behind."""
    with pytest.raises(ConfigurationError, match=r"was not written: .*; name a file in a folder that can be written"):
        write(tmp_path / name, BEGINS, BEGINS, force=False)
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_no_text_is_written_as_what_it_is(tmp_path: Path) -> None:
    """A lone surrogate has no UTF-8: the page shows it escaped rather than not at all."""
    write(tmp_path / "report.html", "\ud800", BEGINS, force=False)
    assert (tmp_path / "report.html").read_text() == "\\ud800"
