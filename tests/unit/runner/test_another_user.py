"""What another user left closed is told as that, by every command: it is nobody's defect."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.faults import ConfigurationError
from interlock.runner.config import Loaded, load
from interlock.runner.look import lies_in
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.preflight import state_look
from interlock.runner.session import RunSession
from interlock.testing.builders import bars

NOBODY = 65534


@pytest.fixture
def loaded(tmp_path: Path, configuration: Callable[..., str]) -> Loaded:
    """A configuration that was read while all was open, and run once."""
    file = tmp_path / "interlock.toml"
    file.write_text(configuration())
    loaded = load(file, {}, None)
    session(loaded).run()
    return loaded


@pytest.fixture
def closed(loaded: Loaded) -> Iterator[Loaded]:
    """The same, whose state folder this process may not look into while the test lasts."""
    state = loaded.state_folder.parent
    state.chmod(0)
    me = os.geteuid()
    if me == 0:  # to whom nothing is closed
        os.seteuid(NOBODY)
    yield loaded
    os.seteuid(me)
    state.chmod(0o700)


def session(loaded: Loaded) -> RunSession:
    """A run of it."""
    narrator = Narrator(PeopleConsole(file=io.StringIO()), verbose=False)
    bounds = Bounds(cycles=3, interval_seconds=0.001, heartbeat_seconds=60)
    return RunSession(loaded, bounds, narrator, verbose=False, feed=MemoryFeed(bars(9)))


def test_a_run_says_whose_folder_it_may_not_look_into(closed: Loaded) -> None:
    """Exit 2, and no internal error."""
    with pytest.raises(ConfigurationError, match="cannot be looked at: permission denied"):
        session(closed).run()


def test_a_check_says_it_too(closed: Loaded) -> None:
    """Of the folder, and the look at the journal is content not to know."""
    told = state_look(closed.state_folder)
    assert not told.ok
    assert "permission denied" in told.detail
    assert not lies_in(closed.state_folder, "journal*")
