"""What LIVE needs, which doors each of it opens, and what to say of what is missing.

Four doors, not one switch: whoever holds a position has to be able to look, to cancel and to reduce, armed or not.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from interlock.core.modes import MODES, RunMode
from interlock.core.ports.execution import VenueProtection
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.risk.registry import MANDATORY
from interlock.runner.components import Kind
from interlock.runner.config.origins import DEFAULT, OriginKind
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.live.exposure import exposure_in_live

if TYPE_CHECKING:
    from interlock.runner.config.load import Loaded

LIVE_FLAG: Final = "--live"


class Condition(StrEnum):
    """What has to hold for an entry in LIVE."""

    FILE = "FILE"
    FLAG = "FLAG"
    EXECUTION = "EXECUTION"
    MARKET_DATA = "MARKET_DATA"
    CREDENTIALS = "CREDENTIALS"
    PROTECTION = "PROTECTION"
    CONTROLS = "CONTROLS"
    RECONCILED = "RECONCILED"
    ARMED = "ARMED"


ALL: Final = frozenset(Condition)
# Without each of these the venue cannot even be asked.
REACHING: Final = frozenset(
    {Condition.FILE, Condition.FLAG, Condition.EXECUTION, Condition.MARKET_DATA, Condition.CREDENTIALS}
)
# Without these nothing is begun with: they stand in the file, so whoever wrote it can mend it before anything is held.
BEGINNING: Final = REACHING | {Condition.PROTECTION, Condition.CONTROLS}


@frozen(kw_only=True)
class Doors:
    """Which of the four are open."""

    read: bool
    cancel: bool
    reduce: bool
    entry: bool


def doors(held: Collection[Condition], *, has_exposure: bool) -> Doors:
    """The table: what may be done while ``held`` holds. Pure; ``has_exposure``: orders or a position exist.

    Entries need everything. Where a mandatory control has no limit, or the venue does not protect us, nothing is begun;
    but whoever holds something already has to be let at it. The venue's word and an arming can only come once it runs:
    until then it watches.
    """
    starts = (REACHING if has_exposure else BEGINNING).issubset(held)
    return Doors(read=starts, cancel=starts, reduce=starts, entry=starts and ALL.issubset(held))


@frozen(kw_only=True)
class Missing:
    """One condition that does not hold, in words, and what to do about it."""

    condition: Condition
    what: str
    remedy: str
    # Of CONTROLS: which control it is.
    control: str = ""

    @property
    def cause(self) -> Cause:
        """The same as a record keeps it."""
        if self.condition is Condition.CONTROLS:
            return Cause(code=Reason.NO_LIMITS_CONFIGURED, numbers={"rule": self.control})
        return Cause(code=Reason.LIVE_DOOR_SHUT, numbers={"missing": self.condition.value})


def missing(loaded: "Loaded", *, flag: bool | None, unreadable: str = "") -> tuple[Missing, ...]:
    """Every condition that does not hold before a run, of those that can be known then.

    ``flag``: whether ``--live`` was given; None where nobody runs yet. ``unreadable`` says why credentials cannot be
    read; empty where they can.
    """
    return tuple(_missing(loaded, flag, unreadable))


def _missing(loaded: "Loaded", flag: bool | None, unreadable: str) -> Iterator[Missing]:
    config = loaded.config
    if config.run_mode is not RunMode.LIVE:
        what, remedy = _why_not_live(loaded)
        yield Missing(condition=Condition.FILE, what=what, remedy=f"{remedy}, if LIVE is meant")
    if flag is False:
        yield Missing(
            condition=Condition.FLAG, what=f"nobody said {LIVE_FLAG}", remedy="`interlock run --live`, if LIVE is meant"
        )
    venue, feed = adapter(loaded, Kind.EXECUTION), adapter(loaded, Kind.MARKET_DATA)
    if not is_live(venue):
        yield Missing(
            condition=Condition.EXECUTION,
            what=f'execution.adapter = "{config.execution.adapter}" reaches no real venue; a live adapter: none is '
            "shipped, on purpose",
            remedy="install a live adapter that you trust, and name it in [execution]",
        )
    elif not isinstance(getattr(venue, "protection", None), VenueProtection):
        yield Missing(
            condition=Condition.PROTECTION,
            what=f'the venue of execution.adapter = "{config.execution.adapter}" does not say that it cancels our '
            "orders when we are gone",
            remedy=f"use one that says {' or '.join(VenueProtection)}",
        )
    if not is_live(feed):
        yield Missing(
            condition=Condition.MARKET_DATA,
            what=f'market_data.adapter = "{config.market_data.adapter}" reads no real market; a live feed: none is '
            "shipped, on purpose",
            remedy="install a live feed, and name it in [market_data]",
        )
    if unreadable:
        yield Missing(condition=Condition.CREDENTIALS, what=unreadable, remedy="see the credentials tables")
    for name in MANDATORY:
        if name not in config.risk:
            yield Missing(
                condition=Condition.CONTROLS,
                what=f"the mandatory control {name} has no limit",
                remedy=f"write [risk.{name}]",
                control=name,
            )


def _why_not_live(loaded: "Loaded") -> tuple[str, str]:
    """Who made the mode what it is, and what to do about it: what lowered a mode is mended there, not in the file."""
    mode, origin = loaded.config.run_mode, loaded.origins.get("run_mode", DEFAULT)
    if origin.kind is OriginKind.FLAG:
        return f"{origin} asks for {mode}", f"leave out {origin}"
    if origin.kind is OriginKind.ENVIRONMENT:
        return f"{origin} asks for {mode}", f"unset {origin}"
    said = f"the file says {mode}" if origin.kind is OriginKind.FILE else f"nothing is said of a mode, which is {mode}"
    return said, f'write run_mode = "{RunMode.LIVE}" into the file'


def adapter(loaded: "Loaded", kind: Kind) -> type[Any]:
    """The class behind the name in the file. It is not made."""
    config = loaded.config
    name = config.execution.adapter if kind is Kind.EXECUTION else config.market_data.adapter
    return next(each.cls for each in loaded.components if each.kind is kind and each.name == name)


def is_live(cls: type[Any]) -> bool:
    """Whether a class says of itself that it is real. LIVE takes nothing else."""
    return getattr(cls, "is_live", None) is True


def may_be_live(cls: type[Any]) -> bool:
    """Whether a class does not plainly say that it is not: the lower modes take none of these."""
    return getattr(cls, "is_live", None) is not False


def must_be_of_mode(cls: type[Any], mode: RunMode, who: str) -> None:
    """The second wall: whoever asks for an adapter, SIM and PAPER make none that may be live, LIVE no other.

    Raises ``RefusedToStart``.
    """
    if may_be_live(cls) if not MODES[mode].live_adapters else not is_live(cls):
        raise RefusedToStart(f"{who} is not made in {mode}: only LIVE makes live adapters, and it makes no others")


def refusal(loaded: "Loaded", *, flag: bool | None = None, unreadable: str = "") -> str | None:
    """Why a run is not started, with every reason at once; None where it may. Nothing is made by asking.

    Raises ``JournalUnavailable`` where the journal of LIVE has to be asked and cannot be read.
    """
    if loaded.config.run_mode is not RunMode.LIVE:
        return _refused_below(loaded, flag)
    lacking = missing(loaded, flag=flag, unreadable=unreadable)
    held = ALL - {each.condition for each in lacking}
    if doors(held, has_exposure=False).read:
        return None
    # Asked only where it counts: a journal takes its time to be read.
    if doors(held, has_exposure=True).read and exposure_in_live(loaded) is not None:
        return None
    return (
        f"{RunMode.LIVE} was understood ({loaded.origins.get('run_mode', 'journal')}) and is refused: nothing is "
        "started. What is missing:\n"
        + "".join(f"  - {each.what}: {each.remedy}\n" for each in lacking)
        + 'Or write run_mode = "PAPER" or "SIM", or lower it with --mode PAPER.'
    )


def _refused_below(loaded: "Loaded", flag: bool | None) -> str | None:
    """What keeps SIM or PAPER from starting: a live adapter, ``--live``, or what is left in LIVE."""
    mode, config = loaded.config.run_mode, loaded.config
    reasons: list[str] = []
    if flag:
        what, remedy = _why_not_live(loaded)
        reasons.append(f"{LIVE_FLAG} was given, and {what}: leave out {LIVE_FLAG}, or {remedy}")
    for key, name, kind in (
        ("execution.adapter", config.execution.adapter, Kind.EXECUTION),
        ("market_data.adapter", config.market_data.adapter, Kind.MARKET_DATA),
    ):
        if may_be_live(adapter(loaded, kind)) and not MODES[mode].live_adapters:
            reasons.append(f'{key} = "{name}" is live, and {mode} makes no live adapter: name another one')
    left = exposure_in_live(loaded)
    if left is not None:
        reasons.append(
            f"account {config.account} has {left.told} in LIVE, which nobody would watch: reduce it there with "
            "`interlock run --live` (exits and cancels need no arming), or name another account or state_dir"
        )
    if not reasons:
        return None
    return f"{mode} is refused: nothing is started.\n" + "\n".join(f"  - {each}" for each in reasons)
