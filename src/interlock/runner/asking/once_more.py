"""A record made once more, from the state before it and the configuration that was recorded."""

from interlock.adapters.journal.codec import encode
from interlock.core.faults import Fault
from interlock.core.moment import Rederived
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.core.state import State
from interlock.runner.commands.journal_difference import Difference, first_difference
from interlock.runner.commands.journal_recorded import NotHere, Recorded


def not_here(why: NotHere) -> Rederived:
    """It could not be made once more."""
    return Rederived(matches=None, what=str(why))


def once_more(parts: Recorded, record: Record, body: bytes, state: State) -> Rederived:
    """Whether ``record``, which was written as ``body``, follows from ``state``: that right before it, kept just as
    ``parts`` look back. It is used up, and where the record follows it is the state right after."""
    builds = {"made_by": parts.started.build, "here": parts.build}
    try:
        derived = Rederivation(parts.reasoning, encode, state=state).difference(
            record.observation, record.ts_init, body
        )
    except Exception as error:  # noqa: BLE001 - whatever the fold raises: that is what follows from the record
        fault = Fault.of(error, where="fold")
        differs = Difference(where="the fold", recorded="a record", derived=f"{fault.error} at {fault.place}")
    else:
        if derived is None:
            return Rederived(matches=True, **builds)
        differs = first_difference(body, derived)
    return Rederived(matches=False, what=differs.where, recorded=differs.recorded, derived=differs.derived, **builds)
