"""What can be configured: frozen classes whose fields are the keys of the file.

A field without a default has to be written. Nothing of risk has one: a plausible number would be somebody else's.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from attrs import Attribute, field, frozen

from interlock.adapters.clock.replay import SPEED_MAX
from interlock.core.market import Instrument
from interlock.core.modes import RunMode
from interlock.core.values import ONE, ZERO, at_least_one, positive

# A floor and a ceiling under and over every wait, so that no run spins and none seems dead.
SECONDS_MIN: Final = Decimal("0.001")
SECONDS_MAX: Final = Decimal(86_400)
# The floor under what is done beside the decisions, so that a venue is not asked without end.
APART_SECONDS_MIN: Final = ONE
# The floors under how long an adapter is waited for, and a cycle: a busy machine must not be taken for a dead one.
ADAPTER_SECONDS_MIN: Final = Decimal("0.1")
WATCHDOG_SECONDS_MIN: Final = ONE
# What file systems take for one name, and for a path with the current folder before it.
NAME_BYTES_MAX: Final = 255
FOLDER_BYTES_MAX: Final = 1_024

# An alert has to be out within so many seconds of what it tells of (RTS 6 article 16(5)).
ALERT_SECONDS: Final = 5
ALERT_COMMAND_SECONDS_MAX: Final = Decimal(60)

# No table of credentials. It is left out of the canonical text, so that most configurations say nothing of secrets.
NO_SOURCES: Final[Mapping[str, str]] = MappingProxyType({})

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


def _account(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not _ACCOUNT.fullmatch(value):
        raise ValueError(f"{attribute.name} must be 1 to 64 letters, digits, points, dashes or underscores")


def _currency(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not _CURRENCY.fullmatch(value):
        raise ValueError(f"{attribute.name} must be three capital letters, such as USD")


def _not_empty(_: object, attribute: "Attribute[Any]", value: str) -> None:
    if not value.strip():
        raise ValueError(f"{attribute.name} must not be empty")


def _folder(_: object, attribute: "Attribute[Any]", value: str) -> None:
    # What no disk takes is a mistake in the file, and not an error of the moment.
    if any(len(name.encode()) > NAME_BYTES_MAX for name in value.split("/")):
        raise ValueError(f"{attribute.name} must be a path whose names have at most {NAME_BYTES_MAX} bytes each")
    if len(value.encode()) > FOLDER_BYTES_MAX:
        raise ValueError(f"{attribute.name} must be a path of at most {FOLDER_BYTES_MAX} bytes")


def _share(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not ZERO <= value <= ONE:
        raise ValueError(f"{attribute.name} must be from 0 to 1 (0.01 is 1 %)")


def _wait(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not SECONDS_MIN <= value <= SECONDS_MAX:
        raise ValueError(f"{attribute.name} must be from {SECONDS_MIN} to {SECONDS_MAX} seconds")


def _speed(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not ZERO < value <= SPEED_MAX:
        raise ValueError(f"{attribute.name} must be above 0 and at most {SPEED_MAX}")


def _apart(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not APART_SECONDS_MIN <= value <= SECONDS_MAX:
        raise ValueError(f"{attribute.name} must be from {APART_SECONDS_MIN} to {SECONDS_MAX} seconds")


def _alert_seconds(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not ONE <= value <= ALERT_COMMAND_SECONDS_MAX:
        raise ValueError(f"{attribute.name} must be from 1 to {ALERT_COMMAND_SECONDS_MAX} seconds")


def _adapter(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not ADAPTER_SECONDS_MIN <= value <= SECONDS_MAX:
        raise ValueError(f"{attribute.name} must be from {ADAPTER_SECONDS_MIN} to {SECONDS_MAX} seconds")


def _watchdog(_: object, attribute: "Attribute[Any]", value: Decimal) -> None:
    if not WATCHDOG_SECONDS_MIN <= value <= SECONDS_MAX:
        raise ValueError(f"{attribute.name} must be from {WATCHDOG_SECONDS_MIN} to {SECONDS_MAX} seconds")


def _interval(_: object, attribute: "Attribute[Any]", value: timedelta) -> None:
    if value <= timedelta(0):
        raise ValueError(f"{attribute.name} must be above zero")


def _command(_: object, attribute: "Attribute[Any]", value: tuple[str, ...]) -> None:
    # No shell reads it, so it is refused what only a shell would make sense of, and what no system takes as a word.
    if any(not word or "\0" in word for word in value) or (value and not value[0].strip()):
        raise ValueError(f"{attribute.name} must be words that are not empty and hold no NUL")
    if value and "/" in value[0] and not value[0].startswith("/"):
        raise ValueError(f"{attribute.name} must begin with an absolute path, or with a bare name that is on PATH")


def _one_instrument(_: object, attribute: "Attribute[Any]", value: tuple[Instrument, ...]) -> None:
    if len(value) != 1:
        raise ValueError(f"{attribute.name} must be exactly one table for now, [[instruments]] once")


@frozen(kw_only=True)
class MarketDataConfig:
    """``[market_data]``. ``adapter``: who reads; ``interval``: the length of a bar; ``refused_rows_max_share``:
    the share of refused rows above which trading halts, of all rows so far, which count as 100 at least (with 0.01 the
    second refused row halts among the first 100, not the first); ``replay_speed``: in PAPER, how many seconds of data
    pass in one; ``credentials``: where each secret that the adapter declares comes from, ``env:NAME`` or ``fd:3``, in a
    table of its own. ``options`` holds what the adapter itself takes, in the same table."""

    adapter: str = field(validator=_not_empty)
    interval: timedelta = field(validator=_interval)
    refused_rows_max_share: Decimal = field(default=Decimal("0.01"), validator=_share)
    replay_speed: Decimal = field(default=ONE, validator=_speed)
    credentials: Mapping[str, str] = NO_SOURCES
    options: Any


@frozen(kw_only=True)
class StrategyConfig:
    """``[strategy]``. ``name``: who proposes; ``parameters`` holds its own keys, in the same table."""

    name: str = field(default="observer", validator=_not_empty)
    parameters: Any


@frozen(kw_only=True)
class ExecutionConfig:
    """``[execution]``. ``adapter``: the venue; ``credentials``: where each secret that it declares comes from,
    ``env:NAME`` or ``fd:3``, in a table of its own. ``options`` holds its own keys, in the same table."""

    adapter: str = field(default="paper", validator=_not_empty)
    credentials: Mapping[str, str] = NO_SOURCES
    options: Any


@frozen(kw_only=True)
class LoopConfig:
    """``[loop]``. ``interval_seconds``: the pace in PAPER and of endless sources; ``heartbeat_seconds``: how often a
    quiet run says that it lives; ``reconcile_seconds``: how often a run outside SIM asks its venue to confirm orders
    and position; ``faults_max``: how many faults in a row end the run; ``adapter_seconds``: how long one call of an
    adapter that talks to the world is waited for outside SIM, and 30 times that where a feed is opened;
    ``watchdog_seconds``: after how long a cycle in which nothing moves ends the process, more than twice
    ``adapter_seconds``."""

    interval_seconds: Decimal = field(default=ONE, validator=_wait)
    heartbeat_seconds: Decimal = field(default=Decimal(60), validator=_wait)
    reconcile_seconds: Decimal = field(default=Decimal(300), validator=_apart)
    faults_max: int = field(default=5, validator=at_least_one)
    adapter_seconds: Decimal = field(default=Decimal(10), validator=_adapter)
    watchdog_seconds: Decimal = field(default=Decimal(60), validator=_watchdog)

    def __attrs_post_init__(self) -> None:
        """Raises ``ValueError`` where a call that is only slow would be taken for a cycle that hangs."""
        if self.watchdog_seconds <= 2 * self.adapter_seconds:
            raise ValueError(
                f"watchdog_seconds must be more than twice adapter_seconds, found {self.watchdog_seconds} and "
                f"{self.adapter_seconds}"
            )


@frozen(kw_only=True)
class JournalConfig:
    """``[journal]``. ``anchor_command``: a command of your own that is given the journal's head on stdin now and then,
    so that somebody else can date it: the program, by its absolute path or by a bare name that is on PATH, and its
    arguments, without a shell (none where the list is empty); ``anchor_every_seconds``: how often, where the head has
    changed; at the stop of a run it is given once more."""

    anchor_command: tuple[str, ...] = field(default=(), validator=_command)
    anchor_every_seconds: Decimal = field(default=Decimal(3600), validator=_apart)


@frozen(kw_only=True)
class AlertsConfig:
    """``[alerts]``. ``command``: a command of your own that is given whatever needs a person on stdin, one JSON object
    a line: the program, by its absolute path or by a bare name that is on PATH, and its arguments, without a shell
    (none where the list is empty); ``seconds``: how long one call of it may take before it is killed."""

    command: tuple[str, ...] = field(default=(), validator=_command)
    seconds: Decimal = field(default=Decimal(ALERT_SECONDS), validator=_alert_seconds)


@frozen(kw_only=True)
class Config:
    """The whole configuration of a run. ``risk`` holds the limits of every control that is on, by its name."""

    run_mode: RunMode = RunMode.SIM
    account: str = field(validator=_account)
    currency: str = field(default="USD", validator=_currency)
    opening_cash: Decimal = field(validator=positive)
    state_dir: str = field(default="state/demo", validator=[_not_empty, _folder])
    instruments: tuple[Instrument, ...] = field(validator=_one_instrument)
    market_data: MarketDataConfig
    strategy: StrategyConfig
    risk: Mapping[str, Any]
    execution: ExecutionConfig
    loop: LoopConfig
    journal: JournalConfig
    alerts: AlertsConfig

    @property
    def instrument(self) -> Instrument:
        """The one instrument."""
        return self.instruments[0]


# Which tables hold a second class beside the first: the key that names it, and the field that takes the rest.
FLATTENED: Final[Mapping[type[Any], tuple[str, str]]] = MappingProxyType(
    {
        MarketDataConfig: ("adapter", "options"),
        StrategyConfig: ("name", "parameters"),
        ExecutionConfig: ("adapter", "options"),
    }
)

# What runs where there is no file: a simulated market that is only watched.
WITHOUT_A_FILE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "account": "demo",
        "opening_cash": "100000",
        "instruments": [{"symbol": "DEMO", "tick_size": "0.01", "lot_size": "1", "calendar": "24/7"}],
        "market_data": {"adapter": "simulated", "interval": "1m"},
        "execution": {
            "adapter": "paper",
            "slippage_bps": "1",
            "fee_bps": "1",
            "fee_fixed": "0",
            "participation": "0.1",
        },
    }
)
