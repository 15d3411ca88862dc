"""``[market_data.credentials]`` and ``[execution.credentials]``: where each secret comes from, and never the secret.

A value that is no source may be the secret itself, written where it should not be. So no message here repeats what was
found, whatever it was.
"""

import re
from collections.abc import Mapping
from typing import Final

from interlock.runner.components import Component
from interlock.runner.config.environment import PREFIX
from interlock.runner.config.problems import Under, Wrong, printable, suggestion

KEY: Final = "credentials"
ENVIRONMENT: Final = "env"
DESCRIPTOR: Final = "fd"
# The three below are the process's own, and a descriptor above is more than most systems give.
DESCRIPTOR_MIN: Final = 3
DESCRIPTOR_MAX: Final = 1023

EXPECTED: Final = 'where it comes from: "env:NAME" or "fd:3"'
_NOT_SHOWN: Final = "a value that is not repeated here"
_NEVER_HERE: Final = (
    "name a variable or an open descriptor, and never write the secret itself: this file is read, copied and backed "
    "up. If one stood here, have it replaced where it was issued"
)
_SOURCE: Final = re.compile(
    rf"({ENVIRONMENT}):([A-Za-z_][A-Za-z0-9_]{{0,127}})|({DESCRIPTOR}):([0-9]{{1,4}})", re.ASCII
)


def sources(written: object, component: Component | None) -> Mapping[str, str]:
    """The sources by the names that ``component`` declares; any names where nobody knows what is declared.

    Raises ``Wrong``, or an ``ExceptionGroup`` with every problem.
    """
    if not isinstance(written, dict):
        raise Wrong(_NOT_SHOWN, 'a table of sources, such as api_key = "env:NAME"', _NEVER_HERE)
    declared = component.credentials if component is not None else tuple(written)
    problems: list[Exception] = []
    for name, value in written.items():
        try:
            if component is not None and name not in declared:
                raise _unknown(name, component)
            _check(value)
        except Wrong as wrong:
            problems.append(Under(name, wrong))
    for name in declared:
        if name not in written:
            problems.append(Under(name, Wrong("nothing", EXPECTED, f"{_called(component)} does not work without it")))
    if problems:
        raise ExceptionGroup(KEY, problems)
    return dict(written)


def parts_of(source: str) -> tuple[str, str]:
    """Its kind and what it names: ``("env", "NAME")`` or ``("fd", "3")``."""
    kind, _, named = source.partition(":")
    return kind, named


def _check(value: object) -> None:
    found = _SOURCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(_NOT_SHOWN, EXPECTED, _NEVER_HERE)
    if found[2] is not None and found[2].upper().startswith(PREFIX):
        raise Wrong(
            f"a name that begins with {PREFIX}",
            "another name",
            f"{PREFIX}* is a closed list: a variable of that kind that nobody knows is an error at every start",
        )
    if found[4] is not None and not DESCRIPTOR_MIN <= int(found[4]) <= DESCRIPTOR_MAX:
        raise Wrong(
            f"the descriptor {int(found[4])}",
            f"one from {DESCRIPTOR_MIN} to {DESCRIPTOR_MAX}",
            "0, 1 and 2 are the input and the outputs of the run itself",
        )


def _unknown(name: str, component: Component) -> Wrong:
    known = component.credentials
    expected = f"one of {', '.join(known)}" if known else f"no credential: {_called(component)} takes none"
    return Wrong("an unknown credential", expected, suggestion(name, known))


def _called(component: Component | None) -> str:
    return printable(component.name) if component is not None else "the adapter"
