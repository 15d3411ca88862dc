"""What a snapshot looks like in bytes: the whole state, to the last digit, and nothing that allows anything.

A body is canonical JSON: UTF-8, keys sorted, no white space. Amounts are strings that keep their zeros, times aware UTC
in ISO 8601, lengths of time in microseconds. A dictionary is a list of pairs, for the fold forgets the oldest first and
JSON promises no order; a deque tells its length beside its items. So two states have the same body exactly when they
are the same, and whatever the fold does next it does alike to both.

A snapshot spares the fold; it is never the only place where something is kept. So one that cannot be used, for whatever
reason, is passed over, and that is no fault.
"""

import hashlib
from typing import Final

import msgspec

from interlock._version import __version__
from interlock.adapters.journal.state_codec import read_state, to_json, written_state
from interlock.core.faults import JournalUnavailable
from interlock.core.state import State
from interlock.core.values import LightValue

# No state is as large as this: its window, its orders and their trades are bounded.
BODY_BYTES_MAX: Final = 64 * 2**20
_from_json: Final = msgspec.json.Decoder().decode


class SnapshotUnusable(Exception):
    """This snapshot is not to be used, and why: the fold of the records is."""


class Landmarks(LightValue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The records up to a snapshot that a start asks for beyond the state, by ``seq``: None where there is none.

    The last ``RunStarted`` and ``RunStopped``, and the record that made trading what it is.
    """

    started: int | None = None
    stopped: int | None = None
    restricted: int | None = None

    @property
    def seqs(self) -> tuple[int, ...]:
        """Those that there are, in order."""
        return tuple(sorted({seq for seq in (self.started, self.stopped, self.restricted) if seq is not None}))


def encode_state(state: State, landmarks: Landmarks) -> bytes:
    """The body of a snapshot. Raises ``JournalUnavailable`` for a state that holds what no state may hold."""
    try:
        return _spelled(landmarks, state)
    except Exception as error:
        raise JournalUnavailable(f"the state cannot be written down: {type(error).__name__}: {error}") from error


def decode_state(body: bytes, like: State | None, *, respelt: bool = True) -> tuple[State, Landmarks]:
    """What ``encode_state`` wrote. Strict: an unknown, missing or other value is refused, and so is a state that keeps
    more or less than ``like`` does (it was made for another strategy or other rules); None takes whatever it keeps.
    Raises ``SnapshotUnusable``.

    Where it is not ``respelt``, that it is written the one way is not looked at: a record that is made once more from
    the state, and compared to the last byte, says more, and a question is answered sooner.
    """
    if len(body) > BODY_BYTES_MAX:
        raise SnapshotUnusable("it is larger than any state")
    try:
        tree = _from_json(body)
        # The fold of another version may add up to something else.
        if tree["version"] != __version__:
            raise SnapshotUnusable("another version made it")
        landmarks, state = msgspec.convert(tree["landmarks"], Landmarks), read_state(tree["state"])
        state.portfolio.check()
        # What was read says the same: nothing was rounded, dropped or taken for something else.
        same = not respelt or _spelled(landmarks, state) == body
    except SnapshotUnusable:
        raise
    except Exception as error:
        raise SnapshotUnusable(f"it cannot be read ({type(error).__name__})") from error
    if not same:
        raise SnapshotUnusable("it is not written the one way")
    if like is not None and _window(state) != _window(like):
        raise SnapshotUnusable("it was made for another lookback")
    return state, landmarks


def _spelled(landmarks: Landmarks, state: State) -> bytes:
    return to_json({"version": __version__, "landmarks": landmarks, "state": written_state(state)})


def digest_of(seq: int, record_hash: str, body: bytes) -> str:
    """What a snapshot is checked by: SHA-256 over ``seq``, the hash of the record that it follows, and its body."""
    return hashlib.sha256(seq.to_bytes(8, "big") + record_hash.encode() + b"\0" + body).hexdigest()


def _window(state: State) -> tuple[object, ...]:
    """All that is cut to measure: the strategy's and the rules' horizons."""
    lengths = tuple(rolling.length for rolling in state.sums)
    kept = state.window.maxlen, state.entry_times.maxlen, state.exit_times.maxlen, state.execution_times.maxlen
    return state.lookback, lengths, state.orders_remembered, kept, state.peak_equity is None
