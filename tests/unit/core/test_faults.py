"""Errors named by what the caller must do, and faults as values."""

import linecache
import os
from pathlib import Path

import pytest

from interlock.adapters.market_data.csv_source import SourceFile
from interlock.core import faults
from interlock.core.faults import AdapterUnavailable, Fault, InterlockError, WrongAnswer
from interlock.testing.situations import Situation


def caught(error: Exception) -> Exception:
    """``error`` after it was raised, a frame down."""
    try:
        raise error
    except Exception as raised:  # noqa: BLE001 - that is what is tested
        return raised


def test_a_fault_says_what_was_raised_and_where() -> None:
    """Type, place, and which part of ours it was."""
    fault = Fault.of(caught(ZeroDivisionError("a secret")), where="strategy")
    assert (fault.where, fault.error) == ("strategy", "ZeroDivisionError")
    assert fault.place.startswith("core/test_faults.py:")
    assert fault.place.endswith(" caught")
    assert fault.trace == fault.place


def test_no_message_and_no_path_of_a_machine_is_kept() -> None:
    """A message may hold anything, a password included; a path names somebody's home."""
    fault = Fault.of(caught(RuntimeError("hunter2")), where="rule")
    told = f"{fault.where} {fault.error} {fault.place} {fault.trace}"
    assert "hunter2" not in told
    assert str(Path(__file__).parents[2]) not in told


def test_the_place_is_the_plugins_own_line() -> None:
    """A strategy that calls us wrongly has made the mistake where it calls, not where we notice."""
    with pytest.raises(LookupError) as raised:
        Situation(bars=()).view().bar  # noqa: B018 - asked for what is not there yet
    fault = Fault.of(raised.value, where="strategy")
    assert fault.place.startswith("core/test_faults.py:")
    assert " > core/view.py:" in fault.trace


def test_a_wrong_answer_is_told_in_words() -> None:
    """Nothing was raised where the mistake is: a line of ours would be the wrong place to look at."""
    fault = Fault.of(caught(WrongAnswer("Mine.propose", "answered with a NoneType")), where="strategy")
    assert (fault.error, fault.place) == ("WrongAnswer", "Mine.propose answered with a NoneType")


def test_an_adapter_of_ours_is_told_in_its_words(tmp_path: Path) -> None:
    """They say what a person has to do, and repeat nothing that somebody else has said."""
    path = tmp_path / "bars.csv"
    path.write_text("1\n")
    source = SourceFile.opened(path, on_retry=lambda _: None)
    os.utime(path, (1, 1))
    with pytest.raises(AdapterUnavailable) as changed:
        source.read()
    fault = Fault.of(changed.value, where="market_data")
    assert fault.place == (
        "bars.csv changed while it was read: its size is the same, its time is not. Leave it alone, and start again"
    )


def test_an_error_of_ours_that_a_plugin_raised_keeps_its_message_to_itself() -> None:
    """The words are the plugin's then, whatever the class is: a driver's message may stand in them."""
    fault = Fault.of(caught(AdapterUnavailable("hunter2")), where="market_data")
    assert fault.place.startswith("core/test_faults.py:")
    assert "hunter2" not in f"{fault}"


def test_an_error_that_was_never_raised_has_no_place() -> None:
    """Nothing is made up."""
    assert Fault.of(RuntimeError(), where="rule") == Fault(where="rule", error="RuntimeError", place="")


def test_the_trace_goes_to_the_log_alone() -> None:
    """It is neither compared nor shown: two faults at one place are one fault."""
    first, second = (Fault(where="rule", error="E", place="p", trace=trace) for trace in ("a", "b"))
    assert first == second
    assert "trace" not in repr(first)


def test_the_source_files_are_not_read() -> None:
    """The core reads no file, not even to say where something went wrong."""
    linecache.clearcache()
    Fault.of(caught(RuntimeError()), where="rule")
    # One entry says where lines could be had; four hold what was read.
    assert len(linecache.cache.get(__file__, ())) <= 1


@pytest.mark.parametrize(("filename", "shown"), [("a/b/c.py", "b/c.py"), (r"C:\x\y\z.py", "y/z.py"), ("c.py", "c.py")])
def test_of_a_files_name_the_last_two_parts_are_shown(filename: str, shown: str) -> None:
    """On any system."""
    assert faults._module(filename) == shown


def test_every_error_of_ours_has_one_root_and_says_what_to_do() -> None:
    """Whoever catches the root catches all that is raised on purpose."""
    ours = [each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(ours) == 10
    assert all(issubclass(each, InterlockError) and each.__doc__ for each in ours)
