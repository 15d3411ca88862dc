"""What a snapshot looks like in bytes: the whole state, to the last digit, and nothing that allows anything.

A body is canonical JSON: UTF-8, keys sorted, no white space. Amounts are strings that keep their zeros, times aware UTC
in ISO 8601, lengths of time in microseconds. A dictionary is a list of pairs, for the fold forgets the oldest first and
JSON promises no order; a deque tells its length beside its items. So two states have the same body exactly when they
are the same, and whatever the fold does next it does alike to both.

A snapshot spares the fold; it is never the only place where something is kept. So one that cannot be used, for whatever
reason, is passed over, and that is no fault.
"""

import hashlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, NoReturn, get_args, get_origin

import cattrs.gen
import msgspec
from attrs import NOTHING, fields

from interlock._version import __version__
from interlock.core.faults import JournalUnavailable
from interlock.core.orders import OrderTerms
from interlock.core.state import Order, State
from interlock.core.values import LightValue

# No state is as large as this: its window, its orders and their trades are bounded.
BODY_BYTES_MAX: Final = 64 * 2**20
_TERMS_REMEMBERED: Final = 1_024
_MICROSECOND: Final = timedelta(microseconds=1)


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
    return _to_json({"version": __version__, "landmarks": landmarks, "state": _converter.unstructure(state)})


def spell_state(state: State) -> dict[str, Any]:
    """``state`` as a tree for a record's body, so spelt as in a snapshot, but without what stands as it begins.

    So a state that gains a field is spelt as before where nothing is in it, and the hash over it still comes out.
    """
    tree: dict[str, Any] = _converter.unstructure(state)
    bare = State(lookback=state.lookback, sums=(), orders_remembered=0)
    begins = _converter.unstructure(bare)
    given = {each.name for each in fields(State) if each.default is NOTHING}
    return {name: value for name, value in tree.items() if name in given or value != begins[name]}


def read_state(tree: Any, _: object = None) -> State:
    """What ``spell_state`` wrote. Raises whatever cattrs raises for a value that cannot be."""
    return _converter.structure(tree, State)


def digest_of(seq: int, record_hash: str, body: bytes) -> str:
    """What a snapshot is checked by: SHA-256 over ``seq``, the hash of the record that it follows, and its body."""
    return hashlib.sha256(seq.to_bytes(8, "big") + record_hash.encode() + b"\0" + body).hexdigest()


def _window(state: State) -> tuple[object, ...]:
    """All that is cut to measure: the strategy's and the rules' horizons."""
    lengths = tuple(rolling.length for rolling in state.sums)
    kept = state.window.maxlen, state.entry_times.maxlen, state.exit_times.maxlen, state.execution_times.maxlen
    return state.lookback, lengths, state.orders_remembered, kept, state.peak_equity is None


# -- how each kind of value is written and read --------------------------------------------------------------------
_to_json: Final = msgspec.json.Encoder(order="sorted").encode
_from_json: Final = msgspec.json.Decoder().decode


def _refused(value: object, wanted: str) -> NoReturn:
    raise ValueError(f"{value!r} is not {wanted}")


def _amount(value: Any, _: object) -> Decimal:
    if type(value) is not str or not (amount := Decimal(value)).is_finite() or str(amount) != value:
        _refused(value, "an amount")
    return amount


def _from_amount(value: Decimal) -> str:
    return str(value) if type(value) is Decimal and value.is_finite() else _refused(value, "an amount")


def _time(value: Any, _: object) -> datetime:
    if type(value) is not str or (time := datetime.fromisoformat(value)).utcoffset() != timedelta(0):
        _refused(value, "a time in UTC")
    return time


def _from_time(value: datetime) -> str:
    in_utc = value.utcoffset() == timedelta(0)
    return value.replace(tzinfo=UTC).isoformat() if in_utc else _refused(value, "a time in UTC")


def _exactly(base: type[Any]) -> Callable[[Any, type[Any]], Any]:
    """A hook for ``base`` and what derives from it: every StrEnum is a str, and True is an int, and neither may be."""
    return lambda value, kind: kind(value) if type(value) is base else _refused(value, base.__name__)


def _deque_out(converter: cattrs.Converter, kind: Any) -> Callable[[Any], Any]:
    write = converter.get_unstructure_hook(get_args(kind)[0])
    return lambda items: {"maxlen": items.maxlen, "items": [write(item) for item in items]}


def _deque_in(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    (inner,) = get_args(kind)
    read = converter.get_structure_hook(inner)

    def structure(tree: Any, _: object) -> deque[Any]:
        items, maxlen = tree["items"], tree["maxlen"]
        if len(tree) != 2 or not (maxlen is None or (type(maxlen) is int and len(items) <= maxlen)):
            _refused(tree.keys(), "a deque")
        return deque((read(item, inner) for item in items), maxlen)

    return structure


def _pairs_out(converter: cattrs.Converter, kind: Any) -> Callable[[Any], Any]:
    key, value = map(converter.get_unstructure_hook, get_args(kind))
    return lambda pairs: [[key(name), value(item)] for name, item in pairs.items()]


def _pairs_in(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    key, value = get_args(kind)
    read_key, read_value = converter.get_structure_hook(key), converter.get_structure_hook(value)

    def structure(tree: Any, _: object) -> dict[Any, Any]:
        return {read_key(name, key): read_value(item, value) for name, item in tree}

    return structure


def _remembering(write: Callable[[OrderTerms], dict[str, Any]]) -> Callable[[OrderTerms], dict[str, Any]]:
    """``write``, spared what it was asked before: terms never change, and are most of a state. Kept, so is their id."""
    written: dict[int, tuple[OrderTerms, dict[str, Any]]] = {}

    def spelled(terms: OrderTerms) -> dict[str, Any]:
        if (found := written.get(id(terms))) is None:
            if len(written) >= _TERMS_REMEMBERED:
                written.clear()
            found = written[id(terms)] = terms, write(terms)
        return found[1]

    return spelled


def _is(origin: type[Any], kind: Any) -> bool:
    return get_origin(kind) is origin


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False, forbid_extra_keys=True)
    converter.register_unstructure_hook(Decimal, _from_amount)
    converter.register_structure_hook(Decimal, _amount)
    converter.register_unstructure_hook(datetime, _from_time)
    converter.register_structure_hook(datetime, _time)
    converter.register_unstructure_hook(timedelta, lambda length: length // _MICROSECOND)
    converter.register_structure_hook(timedelta, lambda value, _: _exactly(int)(value, int) * _MICROSECOND)
    converter.register_unstructure_hook_func(lambda kind: kind is date, date.isoformat)
    converter.register_structure_hook_func(lambda kind: kind is date, lambda value, _: date.fromisoformat(value))
    converter.register_unstructure_hook(OrderTerms, _remembering(converter.gen_unstructure_attrs_fromdict(OrderTerms)))
    for base in (int, str, bool):
        converter.register_structure_hook(base, _exactly(base))
    for origin, write, read in ((deque, _deque_out, _deque_in), (dict, _pairs_out, _pairs_in)):
        converter.register_unstructure_hook_factory(partial(_is, origin), partial(write, converter))
        converter.register_structure_hook_factory(partial(_is, origin), partial(read, converter))
    asked = cattrs.override(omit_if_default=True)
    order = cattrs.gen.make_dict_unstructure_fn(Order, converter, cancel_requested=asked)
    converter.register_unstructure_hook(Order, order)
    return converter


_converter: Final = _make_converter()
