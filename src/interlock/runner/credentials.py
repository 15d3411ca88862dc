"""The secrets of a run: read once, before anything else starts, from where the file says that they are.

What the mode does not allow is not read at all: not asked for, not looked at. What was read is then gone from where it
was: the variable is taken away and the descriptor closed, so that no child inherits either.
"""

import os
import select
import time
from collections.abc import Mapping, MutableMapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from interlock.core.modes import MODES, RunMode
from interlock.runner.components import Component, Kind
from interlock.runner.config.credentials import ENVIRONMENT, parts_of
from interlock.runner.config.load import Loaded
from interlock.runner.config.model import ExecutionConfig, MarketDataConfig
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.look import Look
from interlock.secret import CHARACTERS_MAX, Secret

# A secret is written before the run is started. Who has not written it by then never will.
DESCRIPTOR_SECONDS: Final = 5.0
_BYTES_MAX: Final = 4 * CHARACTERS_MAX + 2

_NONE: Final[Mapping[str, Secret]] = MappingProxyType({})


@frozen(kw_only=True)
class Credentials:
    """The secrets of each adapter, by the names that it declares. Without any where the run may have none."""

    market_data: Mapping[str, Secret] = _NONE
    execution: Mapping[str, Secret] = _NONE

    def of(self, kind: Kind) -> Mapping[str, Secret]:
        """Those of the adapter of that kind; a strategy and a rule have none."""
        return {Kind.MARKET_DATA: self.market_data, Kind.EXECUTION: self.execution}.get(kind, _NONE)

    def given(self, component: Component) -> dict[str, Mapping[str, Secret]]:
        """What ``from_options`` of that adapter gets beside its options: the secrets that it declares, and no others.

        Raises ``RefusedToStart`` where they were not read: then they are not allowed here.
        """
        if not component.credentials:
            return {}
        secrets = self.of(component.kind)
        if missing := [name for name in component.credentials if name not in secrets]:
            raise RefusedToStart(f"{component.name} needs {', '.join(missing)}: no secret was read for it here.")
        return {"credentials": MappingProxyType({name: secrets[name] for name in component.credentials})}

    def __bool__(self) -> bool:
        return bool(self.market_data or self.execution)


NO_CREDENTIALS: Final = Credentials()


# What was read is masked to the process's last word, whoever has let go of it by then.
_held: Final[list[Secret]] = []


class _Unreadable(Exception):
    """Why there is no secret where one was said to be. Never holds what was found."""


def read_credentials(
    loaded: Loaded, *, live: bool = False, environ: MutableMapping[str, str] | None = None
) -> Credentials:
    """Read every secret that this run may have, each source once. ``live`` is whether ``--live`` was given.

    Raises ``RefusedToStart`` with everything that is wrong at once: an adapter that needs what the mode does not allow,
    a variable that is not set, a descriptor that is not open, or something that is no secret.
    """
    environ = os.environ if environ is None else environ
    tables = _tables(loaded)
    _must_be_allowed(loaded, tables, live=live)
    found: dict[str, Secret] = {}
    problems: list[str] = []
    for table, config in tables.items():
        for name, source in config.credentials.items():
            if source in found:
                continue
            try:
                found[source] = _read(source, environ)
            except _Unreadable as why:
                problems.append(f"{table}.credentials.{name}: {why}")
    _held.extend(found.values())
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise RefusedToStart(f"a secret that the run needs is not where the file says: nothing is started.\n{told}")
    return Credentials(
        **{table: {name: found[at] for name, at in config.credentials.items()} for table, config in tables.items()}
    )


def credential_looks(loaded: Loaded, environ: Mapping[str, str] | None = None) -> tuple[Look, ...]:
    """For a check: whether a run would find its secrets. Asked is whether something is there, and nothing is read."""
    environ = os.environ if environ is None else environ
    allowed = MODES[loaded.config.run_mode].credentials_read
    return tuple(
        _look(f"{table}.credentials.{name}", source, environ) if table in allowed else _not_read(loaded, table, name)
        for table, config in _tables(loaded).items()
        for name, source in config.credentials.items()
    )


def _tables(loaded: Loaded) -> dict[str, MarketDataConfig | ExecutionConfig]:
    return {"market_data": loaded.config.market_data, "execution": loaded.config.execution}


def _must_be_allowed(loaded: Loaded, tables: Mapping[str, MarketDataConfig | ExecutionConfig], *, live: bool) -> None:
    mode = loaded.config.run_mode
    allowed = MODES[mode].credentials_read
    if mode is RunMode.LIVE and not live and any(config.credentials for config in tables.values()):
        raise RefusedToStart("LIVE reads secrets only with --live: nothing was read, and nothing is started.")
    refused = [
        f"  {config.adapter} in [{table}] needs {', '.join(config.credentials)}"
        for table, config in tables.items()
        if config.credentials and table not in allowed
    ]
    if refused:
        told = "\n".join(refused)
        raise RefusedToStart(
            f"{mode} reads {_allowed_told(allowed)}, so an adapter that needs others is refused: nothing was read.\n"
            f"{told}\nName an adapter that needs none, or run in a mode that reads them."
        )


def _allowed_told(allowed: frozenset[str]) -> str:
    return f"no secrets but those of [{'] and ['.join(sorted(allowed))}]" if allowed else "no secrets"


def _read(source: str, environ: MutableMapping[str, str]) -> Secret:
    kind, named = parts_of(source)
    if kind == ENVIRONMENT:
        value = environ.pop(named, None)
        if value is None:
            raise _Unreadable(f"the variable {named} is not set")
    else:
        value = _from_descriptor(int(named))
    try:
        return Secret(value)
    except ValueError as error:
        raise _Unreadable(f"what {source} holds is no secret: {error}") from None


def _from_descriptor(number: int) -> str:
    """All that comes by the end of the input, without the line's end that nearly every writer adds."""
    try:
        try:
            raw = _drained(number)
        finally:
            os.close(number)
    except OSError as error:
        how = f"open it where the run is started, as in: {number}< FILE"
        raise _Unreadable(
            f"the descriptor {number} cannot be read ({(error.strerror or 'error').lower()}): {how}"
        ) from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _Unreadable(f"what the descriptor {number} holds is no UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _drained(number: int) -> bytes:
    deadline = time.monotonic() + DESCRIPTOR_SECONDS
    ready = select.poll()
    ready.register(number, select.POLLIN)
    raw = b""
    while len(raw) <= _BYTES_MAX:
        if not ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise _Unreadable(
                f"the descriptor {number} was still open for writing after {DESCRIPTOR_SECONDS:g} s: close it behind "
                "the secret"
            )
        chunk = os.read(number, _BYTES_MAX)
        if not chunk:
            break
        raw += chunk
    return raw


def _look(key: str, source: str, environ: Mapping[str, str]) -> Look:
    kind, named = parts_of(source)
    if kind == ENVIRONMENT:
        there, missing = named in environ, f"the variable {named} is not set"
    else:
        there, missing = _is_open(int(named)), f"the descriptor {named} is not open"
    if there:
        return Look(name="secret", ok=True, detail=f"{key} is there ({source}); it was not read")
    return Look(name="secret", ok=False, detail=f"{key}: {missing}", remedy="a run would refuse to start (exit 3)")


def _not_read(loaded: Loaded, table: str, name: str) -> Look:
    mode = loaded.config.run_mode
    return Look(
        name="secret",
        ok=False,
        detail=f"{table}.credentials.{name}: {mode} does not read it, and the adapter does not work without",
        remedy="name an adapter that needs none, or run in a mode that reads it: this one would refuse (exit 3)",
    )


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
