"""What people ask of a run, in sentences. A part of ``explain``."""

from interlock.core.arming import Armed, ArmingRefused, DisarmAsked
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.explain_words import stamp
from interlock.core.observations import Observation
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason, sentence

_ASKS = {
    Command.HALT: "halts trading",
    Command.REDUCE: "lets trading only reduce",
    Command.RESUME: "asks for trading to be released",
}


def of_people(observation: Observation) -> tuple[str, ...]:
    """Where ``observation`` is the word of a person, or of their kill switch, in words; empty for any other."""
    match observation:
        case OperatorCommand(command=command, reason=reason, by=by, standing=standing):
            return (f"{by} {_ASKS[command]}: {reason}{_but(standing)}",)
        case KillSwitchSeen(told=told):
            return (sentence(Reason.KILL_SWITCH, {"found": told}),)
        case Armed() as armed:
            return (_armed(armed),)
        case ArmingRefused(reasons=reasons):
            return (f"an arming is refused and gone: {'; '.join(each.told for each in reasons)}",)
        case DisarmAsked(reason=reason, by=by):
            return (f"{by} disarms LIVE: {reason}",)
        case _:
            return ()


def _but(standing: tuple[Cause, ...]) -> str:
    return f"; in its way stands {'; '.join(each.told for each in standing)}" if standing else ""


def _armed(armed: Armed) -> str:
    most = armed.envelope
    return (
        f"{armed.by} armed LIVE until {stamp(armed.expires_at)} ({armed.fingerprint}): "
        f"{', '.join(most.instruments)}, at most {most.max_orders} entries of {most.max_quantity:f} and "
        f"{most.max_notional:f} each, and a loss of {most.max_loss:f}"
    )
