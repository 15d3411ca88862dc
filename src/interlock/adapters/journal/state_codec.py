"""A whole state as a tree for JSON: each kind of value that is in one, to the last digit, and back.

Amounts are strings that keep their zeros, times aware UTC in ISO 8601, lengths of time in microseconds. A dictionary is
a list of pairs, for the fold forgets the oldest first and JSON promises no order; a deque tells its length beside its
items.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import eq
from typing import Any, Final, NoReturn, get_args, get_origin

import cattrs.gen
import msgspec
from attrs import NOTHING, evolve, fields

from interlock.adapters.journal.light_codec import reads_light, writes_light
from interlock.core.orders import OrderTerms
from interlock.core.portfolio import Telling
from interlock.core.state import Order, State

# Of either kind: more than a state holds, unless its orders were filled in many parts.
_REMEMBERED: Final = 1_024
_MICROSECOND: Final = timedelta(microseconds=1)
to_json: Final = msgspec.json.Encoder(order="sorted").encode


def written_state(state: State) -> dict[str, Any]:
    """``state`` as a tree for ``to_json``, every field of everything. Raises for what no state may hold."""
    return _converter.unstructure(state)  # type: ignore[no-any-return]


def spell_state(state: State) -> dict[str, Any]:
    """``state`` as a tree for a record's body, so spelt as in a snapshot, but without what stands as it begins.

    So a state that gains a field is spelt as before where nothing is in it, and the hash over it still comes out.
    """
    tree = written_state(state)
    bare = State(lookback=state.lookback, sums=(), orders_remembered=0)
    begins = written_state(bare)
    given = {each.name for each in fields(State) if each.default is NOTHING}
    return {name: value for name, value in tree.items() if name in given or value != begins[name]}


def read_state(tree: Any, _: object = None) -> State:
    """What ``written_state`` or ``spell_state`` wrote. Raises whatever cattrs raises for a value that cannot be."""
    return _converter.structure(tree, State)


# -- how each kind of value is written and read --------------------------------------------------------------------


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
    if value.tzinfo is not UTC and value.utcoffset() != timedelta(0):
        _refused(value, "a time in UTC")
    # What isoformat() says of it, in a sixth of the time.
    return f"{msgspec.to_builtins(value)[:-1]}+00:00"


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


def _remembering(write: Callable[[Any], Any]) -> Callable[[Any], msgspec.Raw]:
    """``write``, in bytes, spared what it was asked before: for what never changes. Kept, so is its id."""
    written: dict[int, tuple[object, msgspec.Raw]] = {}

    def spelled(value: object) -> msgspec.Raw:
        if (found := written.get(id(value))) is None:
            if len(written) >= _REMEMBERED:
                written.clear()
            found = written[id(value)] = value, msgspec.Raw(to_json(write(value)))
        return found[1]

    return spelled


def _remembering_orders(write: Callable[[Order], dict[str, Any]]) -> Callable[[Order], msgspec.Raw]:
    """The same for orders, which are most of a state. A late fill changes one that ended: it is looked at, part by part
    and not by what is equal, for amounts that are may be spelt apart."""
    written: dict[int, tuple[Order, Order, msgspec.Raw]] = {}

    def spelled(order: Order) -> msgspec.Raw:
        if (found := written.get(id(order))) is not None:
            _, was, raw = found
            if (
                was.state is order.state
                and was.cum_qty is order.cum_qty
                and was.notional is order.notional
                and was.fees is order.fees
                and was.trades == order.trades
                and was.terms is order.terms
                and was.cancel_requested is order.cancel_requested
            ):
                return raw
        if len(written) >= _REMEMBERED:
            written.clear()
        raw = msgspec.Raw(to_json(write(order)))
        written[id(order)] = order, evolve(order, trades=dict(order.trades)), raw
        return raw

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
    converter.register_unstructure_hook(OrderTerms, writes_light(converter, OrderTerms))
    converter.register_structure_hook(OrderTerms, reads_light(converter, OrderTerms))
    for base in (int, str, bool):
        converter.register_structure_hook(base, _exactly(base))
    for origin, write, read in ((deque, _deque_out, _deque_in), (dict, _pairs_out, _pairs_in)):
        converter.register_unstructure_hook_factory(partial(_is, origin), partial(write, converter))
        converter.register_structure_hook_factory(partial(_is, origin), partial(read, converter))
    asked = cattrs.override(omit_if_default=True)
    order = cattrs.gen.make_dict_unstructure_fn(Order, converter, cancel_requested=asked)
    converter.register_unstructure_hook(Order, _remembering_orders(order))
    telling = converter.get_unstructure_hook(Telling)
    converter.register_unstructure_hook_func(partial(eq, Telling), _remembering(telling))
    return converter


_converter: Final = _make_converter()
