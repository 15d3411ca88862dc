"""What a record looks like in bytes, and what the hash chain is made of.

A body is canonical JSON: UTF-8, keys sorted, no white space, enums by value, times as ISO 8601 with ``Z``, amounts as
strings of plain digits (with an exponent beyond forty places only), absent ids and empty events left out. So one
record has one spelling, and two runs can be compared byte for byte. Effects and the traces of faults are never in it.

Where a number may be an amount, a whole number or text (``observed``, ``limit``, and what stands under ``numbers``), a
string that reads as an amount is one. The rare text that also would, such as the symbol 7203, is ``{"text":"7203"}``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, Final, get_args

import cattrs
import msgspec
from msgspec.structs import astuple

from interlock.adapters.journal.cause_codec import WITH_CAUSES, cause_of, with_causes
from interlock.adapters.journal.chapter_codec import reads_states, to_tree
from interlock.adapters.journal.light_codec import reads_light
from interlock.adapters.journal.number_codec import all_escaped, escaped, numbers_of, reads_as_amount, refused, scalar
from interlock.core.decision import CancelIntent, Decision, NoAction, OrderIntent, Proposal
from interlock.core.faults import JournalUnavailable
from interlock.core.observations import FaultObserved, JournalOpened, Observation, RunStarted
from interlock.core.reason_text import Cause
from interlock.core.records import Event, FaultRaised, Record
from interlock.core.values import NO_NUMBERS, LightValue, Numbers

GENESIS: Final = bytes(32)

# Amounts of more places than this keep their exponent: a page of zeros helps nobody.
_PLACES_MAX: Final = 40
has_exponent: Final = re.compile(rb"E[+-]").search


class _Body(msgspec.Struct, omit_defaults=True, gc=False):
    """A record without its effects, field by field in its order."""

    ts_init: datetime
    observation: Observation
    decision: Decision | None = None
    events: tuple[Event, ...] = ()
    correlation_id: str | None = None
    causation_id: str | None = None


_SPELLED_OUT: Final = (FaultObserved, JournalOpened, RunStarted, *WITH_CAUSES)
to_json: Final = msgspec.json.Encoder(order="sorted").encode


def encode(record: Record) -> bytes:
    """The body of ``record``. Raises ``JournalUnavailable`` for what no body can hold: a naive time, a float among
    the numbers, text that is not Unicode."""
    try:
        # What is empty is left out, so a record without effects is a body as it is.
        body = record if not record.effects else _Body(*astuple(record)[:-1])
        if record.ts_init.tzinfo is not UTC and record.ts_init.utcoffset() != timedelta(0):
            raise ValueError(f"ts_init must be aware UTC, found {record.ts_init}")
        # msgspec spells nearly everything the canonical way by itself, in a third of the time that any Python takes.
        if _is_native(record):
            encoded: bytes = to_json(body)
            if has_exponent(encoded) is None:
                return encoded
        return spell_out(body)
    except (TypeError, ValueError, OverflowError) as error:
        raise JournalUnavailable(f"a record of a {record.kind} cannot be written down: {error}") from error


def chain(previous_hash: bytes, seq: int, kind: str, body: bytes) -> bytes:
    """The hash of record ``seq``: SHA-256 over, in this order, the 32 bytes of the hash before it (zeros before the
    first), ``seq`` as 8 bytes, most significant first, the kind in ASCII, one zero byte, and the body."""
    return hashlib.sha256(previous_hash + seq.to_bytes(8, "big") + kind.encode() + b"\0" + body).digest()


def _is_native(record: Record) -> bool:
    """Whether msgspec spells this record canonically: no text that reads as an amount, no fault, no chapter, no start
    of a run, no causes of a refusal."""
    if type(record.observation) in _SPELLED_OUT:
        return False
    for event in record.events:
        if type(event) is FaultRaised or not _are_native(getattr(event, "numbers", NO_NUMBERS).values()):
            return False
    decision = record.decision
    if decision is None:
        return True
    if decision.proposal is not None and not _are_native(decision.proposal.numbers.values()):
        return False
    for finding in decision.findings:
        if not _are_native((finding.observed, finding.limit)) or not _are_native(finding.numbers.values()):
            return False
    return True


def _are_native(scalars: Iterable[Decimal | int | str | None]) -> bool:
    for each in scalars:
        kind = type(each)
        if kind is Decimal or kind is int or each is None:
            continue
        # An enum's member is text too, and msgspec writes its value.
        if not (kind is str or isinstance(each, Enum)) or reads_as_amount(str(each)):
            return False
    return True


def spell_out(body: _Body | Record) -> bytes:
    """The canonical spelling, the long way: right for every record, and needed for few."""
    tree = to_tree(body)
    events = tree.get("events", ())
    decision = tree.get("decision") or {}
    findings = decision.get("findings", ())
    for holder in (*events, *findings, decision.get("proposal") or {}, tree["observation"].get("chapter") or {}):
        if "numbers" in holder:
            holder["numbers"] = all_escaped(holder["numbers"])
    for finding in findings:
        finding["observed"] = escaped(finding["observed"])
        finding["limit"] = escaped(finding["limit"])
    for holder in (*events, tree["observation"]):
        if "fault" in holder:
            del holder["fault"]["trace"]
    for started in (tree["observation"], (tree["observation"].get("chapter") or {}).get("started") or {}):
        # Runs of before know no such word, and their hashes are over what they say. An empty list is another thing: it
        # says that all is the default.
        if started.get("origins", ()) is None:
            del started["origins"]
    tree["observation"] = with_causes(body.observation, tree["observation"])
    return to_json(_without_exponents(tree))


def _without_exponents(tree: Any) -> Any:
    if isinstance(tree, Decimal):
        places = tree.as_tuple().exponent
        return format(tree, "f") if isinstance(places, int) and abs(places) <= _PLACES_MAX else str(tree)
    if isinstance(tree, dict):
        return {name: _without_exponents(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_without_exponents(value) for value in tree]
    return tree


# -- and back ------------------------------------------------------------------------------------------------------

_OBSERVATIONS: Final[dict[str, type[Any]]] = {one.__name__: one for one in get_args(Observation)}
_EVENTS: Final[dict[str, type[Any]]] = {one.__name__: one for one in get_args(Event)}
_BODY_KEYS: Final = frozenset(_Body.__struct_fields__)

# Amounts stay text until Decimal reads them; a float is never made.
_from_json: Final = msgspec.json.Decoder().decode


def decode(kind: str, body: bytes, *, decided: bool = True) -> Record:
    """The record that ``encode`` wrote, effects aside. Strict: an unknown kind or key, a missing key or a value of
    another type is refused. Raises ``JournalUnavailable``, for a journal that cannot be read cannot be trusted.

    Where what was ``decided`` is not asked for, it is not read, and left out: the fold needs what happened alone."""
    try:
        tree = _from_json(body)
        if not isinstance(tree, dict) or not tree.keys() <= _BODY_KEYS:
            raise ValueError(f"a body has the keys {sorted(_BODY_KEYS)}")
        decision = tree.get("decision") if decided else None
        return Record(
            ts_init=_converter.structure(tree["ts_init"], datetime),
            observation=_converter.structure(tree["observation"], _OBSERVATIONS[kind]),
            decision=None if decision is None else _converter.structure(decision, Decision),
            events=tuple(_event(event) for event in tree.get("events", ())),
            correlation_id=_converter.structure(tree.get("correlation_id"), str | None),  # type: ignore[arg-type]
            causation_id=_converter.structure(tree.get("causation_id"), str | None),  # type: ignore[arg-type]
        )
    except Exception as error:
        raise JournalUnavailable(f"a record of a {kind} cannot be read: {type(error).__name__}: {error}") from error


def _event(tree: dict[str, Any]) -> Any:
    return _converter.structure({k: v for k, v in tree.items() if k != "kind"}, _EVENTS[tree["kind"]])


def _proposal(tree: dict[str, Any] | None, _: object) -> Any:
    """Only an intent to order has a side, only an intent to cancel names an order."""
    if tree is None:
        return None
    if "side" in tree:
        return _converter.structure(tree, OrderIntent)
    return _converter.structure(tree, CancelIntent if "client_order_id" in tree else NoAction)


def _amount(value: Any, _: object) -> Decimal:
    return Decimal(value) if isinstance(value, str) and reads_as_amount(value) else refused(value, "an amount")


def _time(value: Any, _: object) -> datetime:
    return datetime.fromisoformat(value) if value.endswith("Z") else refused(value, "a time in UTC")


def _from_exactly(base: type[Any]) -> Callable[[Any, type[Any]], Any]:
    """A hook for ``base`` and what derives from it: every StrEnum is a str, and has to become a member."""
    return lambda value, kind: kind(value) if type(value) is base else refused(value, base.__name__)


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False, forbid_extra_keys=True)
    converter.register_structure_hook(Decimal, _amount)
    converter.register_structure_hook(datetime, _time)
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_structure_hook(int, _from_exactly(int))
    converter.register_structure_hook(bool, _from_exactly(bool))
    converter.register_structure_hook(str, _from_exactly(str))
    converter.register_structure_hook(Decimal | int | str | None, scalar)
    converter.register_structure_hook(Cause, cause_of)
    reads_states(converter)
    converter.register_structure_hook(Proposal | None, _proposal)
    converter.register_structure_hook_func(lambda kind: kind == Numbers, numbers_of)
    return converter


_converter: Final = _make_converter()
_converter.register_structure_hook_factory(
    lambda kind: isinstance(kind, type) and issubclass(kind, LightValue), partial(reads_light, _converter)
)
