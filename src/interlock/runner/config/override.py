"""``--what-if KEY=VALUE``: a recorded configuration with single values put in, checked like any other.

What is written is one line of TOML, read by what reads the file. Only what decides may be put in: the controls, the
strategy, and what a fill costs. What came from the market, and what was held and traded, is what it was.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from interlock.runner.config import source
from interlock.runner.config.build import build
from interlock.runner.config.canonical import canonical
from interlock.runner.config.load import Loaded, loaded_again, without_none
from interlock.runner.config.model import Config
from interlock.runner.config.origins import leaves
from interlock.runner.config.problems import (
    ConfigurationProblems,
    KeyPath,
    Problem,
    describe,
    key_text,
    printable,
    suggestion,
)
from interlock.runner.config.structure import keys_of
from interlock.runner.registry import Registry

FLAG: Final = "--what-if"
_RISK: Final = "risk"
_STRATEGY: Final = "strategy"
_FEES: Final = (("execution", "fee_bps"), ("execution", "fee_fixed"))
_SHAPE: Final = "KEY=VALUE in one line, as in the file: risk.max_order_notional.limit=5000"
_EXPECTED: Final = "a key of [risk] or [strategy], execution.fee_bps or execution.fee_fixed"
_WHY_NO_OTHER: Final = "what came is what came, and what was held and traded is what it was"

# A control is turned on or off by its name. Neither word is TOML, so neither hides a value.
_SWITCH: Final = re.compile(r"\s*risk\s*\.\s*([A-Za-z0-9_-]+)\s*=\s*(on|off)\s*", re.ASCII)
_OFF: Final = object()

_Puts = dict[KeyPath, Any]


def overridden(before: Config, written: Sequence[str], *, registry: Registry | None = None) -> Loaded:
    """``before``, as a journal recorded it, with ``written`` put in.

    Raises ``ConfigurationProblems`` with every problem: what cannot be read, or put in, or does not stand then.
    """
    puts: _Puts = {}
    problems: list[Problem] = []
    for line in written:
        try:
            found = _read(line)
        except ConfigurationProblems as error:
            problems += error.problems
            continue
        problems += [problem for path, value in found.items() for problem in _refused(path, value, puts, before)]
        puts |= found
    if not problems:
        config, _, problems = build(_put(before, puts), lines={}, file=FLAG, registry=registry or Registry())
        if config is not None:
            # From the text that a journal would record of it, like every configuration.
            return loaded_again(canonical(config), registry=registry)
    raise ConfigurationProblems(problems)


def _read(line: str) -> _Puts:
    """The keys of one line, and what they are to be."""
    switched = _SWITCH.fullmatch(line)
    if switched is not None:
        return {(_RISK, switched[1]): {} if switched[2] == "on" else _OFF}
    if "=" not in line or "\n" in line or "\r" in line or line.lstrip().startswith(("#", "[")):
        raise ConfigurationProblems([_problem("", describe(line), _SHAPE)])
    key, _, value = line.partition("=")
    if not value.strip():
        raise ConfigurationProblems([_problem(printable(key.strip()), "nothing", "a value", f"write {_SHAPE}")])
    return dict(leaves(source.parse(line, FLAG)[0]))


def _refused(path: KeyPath, value: Any, puts: _Puts, before: Config) -> list[Problem]:
    key = key_text(path)
    if path in puts:
        return [_problem(key, "it twice", "each key once")]
    if value is _OFF and path[1] not in before.risk:
        on = ", ".join(before.risk) or "none"
        return [
            _problem(
                key, "a control that is not on", f"one of those that are: {on}", suggestion(str(path[1]), before.risk)
            )
        ]
    if (path[0] in (_RISK, _STRATEGY) and len(path) > 1) or path in _FEES:
        return []
    near = "" if path[0] in keys_of(Config) else suggestion(str(path[0]), (_RISK, _STRATEGY, "execution"))
    return [_problem(key, "a key that decides nothing at that moment", _EXPECTED, near or _WHY_NO_OTHER)]


def _put(before: Config, puts: _Puts) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(canonical(before))
    name = puts.get((_STRATEGY, "name"))
    if name is not None and name != before.strategy.name:
        # Another strategy has keys of its own.
        whole[_STRATEGY] = {}
    for path, value in puts.items():
        table = whole
        for part in path[:-1]:
            inner = table.get(str(part))
            if not isinstance(inner, dict):
                inner = table[str(part)] = {}
            table = inner
        if value is _OFF:
            table.pop(str(path[-1]), None)
        elif value != {} or not isinstance(table.get(str(path[-1])), dict):
            table[str(path[-1])] = value
    written: dict[str, Any] = without_none(whole)
    return written


def _problem(key: str, found: str, expected: str, remedy: str = "") -> Problem:
    return Problem(file=FLAG, line=None, key=key, found=found, expected=expected, remedy=remedy)
