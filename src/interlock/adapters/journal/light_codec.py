"""How a light value is written as a tree and read back, as strictly as cattrs does it with an attrs class."""

from collections.abc import Callable
from typing import Any

import cattrs
from msgspec.structs import fields

from interlock.core.values import LightValue


def writes_light(converter: cattrs.Converter, kind: type[LightValue]) -> Callable[[Any], dict[str, Any]]:
    """A hook that writes a ``kind``, field by field."""
    parts = {part.name: converter.get_unstructure_hook(part.type) for part in fields(kind)}
    return lambda value: {name: write(getattr(value, name)) for name, write in parts.items()}


def reads_light(converter: cattrs.Converter, kind: type[LightValue]) -> Callable[[Any, type[Any]], Any]:
    """A hook that reads a ``kind``."""
    parts = {part.name: (part.type, converter.get_structure_hook(part.type)) for part in fields(kind)}

    def structure(tree: Any, _: type[Any]) -> Any:
        # An unknown key has no part, and a missing one is missed by the class itself.
        return kind(**{name: parts[name][1](value, parts[name][0]) for name, value in tree.items()})

    return structure
