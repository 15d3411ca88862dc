"""What a check says of LIVE: it makes no live adapter, so it looks at no live data."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock.core.explain_words import listed
from interlock.core.modes import RunMode
from interlock.runner.components import Kind
from interlock.runner.live.conditions import LIVE_FLAG, Missing, adapter, is_live, missing
from interlock.runner.look import Look

if TYPE_CHECKING:
    from interlock.runner.config.load import Loaded


def live_look(loaded: "Loaded") -> Look | None:
    """What stands instead of a look at the data, where a run alone may look at it; None where it may be looked at."""
    if loaded.config.run_mode is RunMode.LIVE:
        if not is_live(adapter(loaded, Kind.MARKET_DATA)):
            # It is among what the refusal below tells.
            return _unseen(f'LIVE takes none but a live source\'s, and "{loaded.config.market_data.adapter}" is none')
        lacking = missing(loaded, flag=None)
        if not lacking:
            return _by_a_run(f"`interlock run {LIVE_FLAG}` watches and reduces; entries need `interlock arm` beside it")
        return _by_a_run(f"no entry, whatever is armed: {_told(lacking)}")
    return _unseen("this does not start") if loaded.refusal is not None else None


def _told(lacking: Sequence[Missing]) -> str:
    """What is missing; controls together, for they are one file that has to be written."""
    controls = [each.control for each in lacking if each.control]
    if len(controls) < 2:
        return "; ".join(each.what for each in lacking)
    others = [each.what for each in lacking if not each.control]
    return "; ".join([*others, f"the mandatory controls {listed(controls)} have no limit"])


def _by_a_run(so: str) -> Look:
    return _unseen(f"a live source is asked by a run alone; {so}")


def _unseen(why: str) -> Look:
    return Look(name="data", ok=True, detail=f"not looked at: {why}")
