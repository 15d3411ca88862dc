"""A mask over every place where a secret might be said all the same: in a report, an error, a line of the log.

An adapter means no harm and tells of one anyway: the address that it called, the answer that it got, the words of a
library. So whatever an adapter hands over goes through here before it can be recorded, and whatever is written for
people or for the log goes through here once more. Found are the value itself and the spellings in which it travels.
Not found is a part of it, or what was made of it by a rule that nobody told us of: a digest, a cipher, a signature.
"""

import itertools
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

MASK: Final = "***"

_T = TypeVar("_T")

# The spellings of every secret that is alive in this process. Kept here and not handed around, because whoever tells
# of an error, the last handler of the process included, knows nothing of who holds which secret.
_SPELLINGS: Final[dict[int, tuple[str, ...]]] = {}
_numbers: Final = itertools.count()


def remember(owner: object, value: str) -> None:
    """Mask ``value`` from now on, for as long as ``owner`` lives."""
    number = next(_numbers)
    _SPELLINGS[number] = tuple(dict.fromkeys(_spelled(value)))
    weakref.finalize(owner, _SPELLINGS.pop, number, None).atexit = False


def masked(text: str) -> str:
    """``text`` without any secret that is alive; the very same text where there is none in it."""
    # Nearly every process holds none at all, and then this costs nothing.
    if not _SPELLINGS:
        return text
    # Of two that are in one another the longer goes first, or its rest would stay.
    for spelling in sorted(itertools.chain.from_iterable(tuple(_SPELLINGS.values())), key=len, reverse=True):
        if spelling in text:
            text = text.replace(spelling, MASK)
    return text


def masked_value(value: _T) -> _T:
    """A value of ours with every text in it masked; the very same value where nothing had to be."""
    found: Any = _masked_part(value) if _SPELLINGS else value
    return found  # type: ignore[no-any-return]


def mask_error(error: BaseException) -> None:
    """Mask the words of ``error`` and of whatever led to it, in place: its class and its places are for the record."""
    waiting, seen = [error], set[int]()
    while waiting and _SPELLINGS:  # ends: each is looked at once
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        _mask_words(one)
        led = (one.__cause__, one.__context__, *(one.exceptions if isinstance(one, BaseExceptionGroup) else ()))
        waiting.extend(each for each in led if each is not None)


def _mask_words(error: BaseException) -> None:
    # Past a __setattr__ that may refuse: nobody is asked whether a secret may be told.
    for name, value in vars(error).items():
        vars(error)[name] = _masked_part(value)
    slots = itertools.chain.from_iterable(getattr(cls, "__slots__", ()) for cls in type(error).__mro__)
    for name in ("args", "strerror", "filename", "filename2", *slots):
        value = getattr(error, name, None)
        if (clean := _masked_part(value)) is not value:
            BaseException.__setattr__(error, name, clean)
    try:
        told = str(error)
    except Exception as broken:  # noqa: BLE001 - an error that cannot be worded tells nothing either
        told = type(broken).__name__
    if masked(told) is not told:
        # An argument that is no text, and tells one when it is asked.
        BaseException.__setattr__(error, "args", (masked(told),))


def _masked_part(value: Any) -> Any:
    match value:
        case str():
            return masked(value)
        case Mapping():
            parts = [(_masked_part(key), _masked_part(item)) for key, item in value.items()]
            is_clean = all(new is key and item is value[key] for key, (new, item) in zip(value, parts, strict=True))
            return value if is_clean else dict(parts)
        case tuple() | list():
            parts = [_masked_part(item) for item in value]
            if all(new is old for new, old in zip(parts, value, strict=True)):
                return value
            return parts if isinstance(value, list) else tuple(parts)
        case _ if hasattr(type(value), "__attrs_attrs__"):
            # Here, because a command that answers out of itself should wait for neither library.
            import attrs

            fields = [one.name for one in attrs.fields(type(value)) if one.init]
            changes = _masked_fields(value, fields)
            return attrs.evolve(value, **changes) if changes else value
        case _ if hasattr(type(value), "__struct_fields__"):
            from msgspec.structs import replace

            changes = _masked_fields(value, type(value).__struct_fields__)
            return replace(value, **changes) if changes else value
        case _:
            return value


def _masked_fields(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those that had to be masked."""
    return {name: new for name in names if (new := _masked_part(old := getattr(value, name))) is not old}


def _spelled(value: str) -> Iterator[str]:
    """``value``, and how it looks inside of JSON, an address, a page, a header, a literal or a dump of bytes."""
    # Here, because only whoever has a secret should wait for these.
    import base64
    import html
    import json
    import urllib.parse

    raw = value.encode()
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield repr(raw)[2:-1]
    yield html.escape(value)
    yield urllib.parse.quote(value)
    yield urllib.parse.quote(value, safe="")
    yield urllib.parse.quote_plus(value)
    yield raw.hex()
    yield raw.hex().upper()
    # `user:secret` in a header: what stands before it moves its letters, in one of three ways.
    for shift in range(3):
        whole = (shift + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(shift) + raw).decode()[-(-shift * 8 // 6) : whole]
