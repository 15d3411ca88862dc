"""Records are checked some at a time; what is found is what one after the other would find: the first that is wrong."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.codec import encode
from interlock.core.faults import InvariantViolated, JournalUnavailable
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.runner.commands import journal_check
from interlock.runner.commands.journal_check import Part, check_part
from interlock.runner.commands.journal_checked import Checked

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

# The record of a bar that is changed first, and that of a later one.
FIRST, LATER = 9, 18


def _checked(home: "Home") -> Checked:
    return check_part(home.journal, Part(first=0, until=len(home.rows()) - 1, snapshots=()))


def _breaks_at(monkeypatch: pytest.MonkeyPatch, seq: int) -> None:
    derive = Rederivation.derive
    taken = iter(range(1_000))

    def breaking(self: Rederivation, *observed: Any) -> Any:
        if next(taken) == seq:
            raise InvariantViolated("the books")
        return derive(self, *observed)

    monkeypatch.setattr(Rederivation, "derive", breaking)


def _unreadable(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    home.change(LATER, '"close":"', '"close":"x')


def _different(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    home.change(LATER, '"outcome":"', '"outcome":"NOT_')


def _unchained(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    home.change(LATER, '"outcome":"', '"outcome":"NOT_', chained=False)


def _unfoldable(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    _breaks_at(monkeypatch, LATER)


def _of_another_build(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    (_, second) = (seq for seq, kind, _ in home.rows() if kind == "RunStarted")
    home.change(second, '"build":"', '"build":"another ')


@pytest.mark.parametrize("later", [_unreadable, _different, _unchained, _unfoldable, _of_another_build])
def test_of_two_that_are_wrong_the_first_is_found(
    home: "Home", monkeypatch: pytest.MonkeyPatch, later: Callable[["Home", pytest.MonkeyPatch], None]
) -> None:
    """Whatever the later one is; and nothing behind the first is counted, or told of."""
    home.run(cycles=12)
    home.run(cycles=3)
    home.change(FIRST, '"outcome":"', '"outcome":"NOT_')
    later(home, monkeypatch)
    checked = _checked(home)
    assert checked.finding is not None
    assert (checked.finding.seq, checked.finding.what) == (FIRST, "decision.outcome is not what follows")
    assert (checked.records, checked.rederived, checked.builds) == (FIRST, FIRST, [])


def test_what_cannot_be_spelt_is_found(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    """What a strategy of somebody's says may be such that no record can hold it: that is no way for a check to end."""

    def spelling(record: Record) -> bytes:
        if record.kind == "OrderFilled":
            raise JournalUnavailable("not Unicode")
        return encode(record)

    home.run(cycles=12)
    monkeypatch.setattr(journal_check, "encode", spelling)
    finding = _checked(home).finding
    assert finding is not None
    assert finding.seq == 8
    assert finding.what.startswith("it cannot be folded: JournalUnavailable at ")


@pytest.mark.parametrize("together", [1, 4, 7, 200])
def test_it_is_all_the_same_how_many_go_together(home: "Home", monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    """What holds, holds, and what was read is looked at as it was read."""
    home.run(cycles=12)
    home.run(cycles=3)
    monkeypatch.setattr(journal_check, "_TOGETHER", together)
    records = len(home.rows())
    checked = _checked(home)
    assert (checked.finding, checked.records, checked.rederived) == (None, records, records)
    _unreadable(home, monkeypatch)
    checked = _checked(home)
    assert checked.finding is not None
    assert (checked.finding.seq, checked.records, checked.rederived) == (LATER, LATER, LATER)
