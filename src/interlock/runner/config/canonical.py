"""One text for one configuration, whatever its comments, its order, its file and the way its numbers were written.

The journal records this text and its digest. It has the shape of the file, so it can be read back.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs

from interlock.runner.config.credentials import KEY
from interlock.runner.config.model import FLATTENED, Config
from interlock.runner.config.parsers import interval_text


def canonical(config: Config) -> str:
    """The effective configuration as canonical JSON: sorted keys, amounts as the shortest exact strings."""
    return json.dumps(tree(config), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(config: Config) -> str:
    """What names a configuration: SHA-256 over its canonical text."""
    return digest_of(canonical(config))


def digest_of(text: str) -> str:
    """What names the configuration of which ``text`` is the canonical text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def tree(value: Any) -> Any:
    """The value in the shape of the file, with plain JSON types only."""
    match value:
        case None | bool() | int():
            return value
        case Decimal():
            return format(value.normalize(), "f") if value else "0"
        case Enum():
            return tree(value.value)
        case str():
            return value
        case timedelta():
            return interval_text(value)
        case datetime() | date():
            return value.isoformat()
        case tuple() | list():
            return [tree(item) for item in value]
        case Mapping():
            return {str(key): tree(item) for key, item in value.items()}
        case _:
            return _fields(value)


def _fields(value: Any) -> dict[str, Any]:
    _, inner = FLATTENED.get(type(value), ("", ""))
    plain: dict[str, Any] = {one.name: tree(getattr(value, one.name)) for one in attrs.fields(type(value)) if one.init}
    if type(value) in FLATTENED and plain.get(KEY) == {}:
        del plain[KEY]
    # What an adapter takes stands beside what every adapter takes, as in the file.
    rest: dict[str, Any] = plain.pop(inner, {})
    return {**plain, **rest}
