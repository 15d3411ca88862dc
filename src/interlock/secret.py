"""A secret, in a type that never prints.

It stands beside the three rooms and not in one of them: the runner reads it, adapters of anybody take it, and the core
has no use for it. An adapter holds the ``Secret`` and calls ``reveal`` where it signs or sends, at no other place.
"""

import hmac
from collections.abc import Callable
from typing import Any, ClassVar, Final, NoReturn, final

from typing_extensions import override

from interlock.masking import MASK, remember

# Shorter ones are guessed, and could not be masked without masking words that everybody uses.
CHARACTERS_MIN: Final = 8
CHARACTERS_MAX: Final = 4096


@final
class Secret:
    """A text that is handed over by ``reveal()`` alone.

    Whatever prints, formats, copies, pickles, compares or walks through values gets ``***``, itself or a ``TypeError``.
    While it lives, the mask takes its value out of all that is recorded or told: so an adapter that is given a token by
    its venue makes a ``Secret`` of it, too. Raises ``ValueError``, which does not repeat it, for what is no secret.
    """

    __slots__ = ("__weakref__", "_tell")

    # In a function and not in a field: whoever walks through attributes finds the function.
    _tell: Callable[[], str]
    # Equal secrets would have one hash, and a hash can be compared with those of guesses.
    __hash__: ClassVar[None] = None  # type: ignore[assignment]
    __iter__: ClassVar[None] = None
    __contains__: ClassVar[None] = None

    def __init__(self, value: str) -> None:
        problem = problem_with(value)
        if problem is not None:
            raise ValueError(f"a secret {problem}")
        object.__setattr__(self, "_tell", lambda: value)
        remember(self, value)

    def reveal(self) -> str:
        """The text itself. Do not keep it: what is not a ``Secret`` prints."""
        return self._tell()

    @override
    def __repr__(self) -> str:
        return f"Secret({MASK})"

    @override
    def __str__(self) -> str:
        return MASK

    @override
    def __format__(self, _: str) -> str:
        # Not by its length either, so whatever width is asked for.
        return MASK

    @override
    def __eq__(self, other: object) -> bool:
        """Whether both are the same secret; how long it takes to say so tells nothing. Never equal to a mere text."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError("a Secret does not change: make another one")

    @override
    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError("a Secret does not change: make another one")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> "Secret":
        return self

    @override
    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("a Secret is not written anywhere: name where it comes from, and read it again")

    @override
    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere: name where it comes from, and read it again")


def problem_with(value: object) -> str | None:
    """What keeps ``value`` from being a secret, in words that do not repeat it; None when nothing does."""
    if not isinstance(value, str):
        return f"must be text, found a {type(value).__name__}"
    if not value.strip():
        return "must not be empty"
    if not value.isprintable():
        return "must be one line of printable characters: no newline, no tab, no other control character"
    if not CHARACTERS_MIN <= len(value) <= CHARACTERS_MAX:
        return f"must have from {CHARACTERS_MIN} to {CHARACTERS_MAX} characters, found another number"
    return None
