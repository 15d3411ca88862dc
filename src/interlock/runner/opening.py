"""What the first record of a new journal says, and what each run says of where its values came from."""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.origins import Origin, OriginSource
from interlock.runner.config import origins as configured
from interlock.runner.config.load import Loaded
from interlock.runner.config.origins import OriginKind

_SOURCES: Final = {
    OriginKind.FILE: OriginSource.FILE,
    OriginKind.ENVIRONMENT: OriginSource.ENVIRONMENT,
    OriginKind.FLAG: OriginSource.COMMAND_LINE,
}


def journal_opened(loaded: Loaded, described: str) -> JournalOpened:
    """What this is a journal of. ``described`` is the data, in the feed's own words."""
    config = loaded.config
    return JournalOpened(
        journal_id=_journal_id(loaded, described),
        mode=config.run_mode,
        account=config.account,
        currency=config.currency,
        opening_cash=config.opening_cash,
        instrument=config.instrument,
        interval_seconds=int(config.market_data.interval.total_seconds()),
    )


def _journal_id(loaded: Loaded, described: str) -> str:
    """In SIM a digest of configuration and data, so that the same run has the same ids; otherwise random."""
    if loaded.config.run_mode is RunMode.SIM:
        return hashlib.sha256(f"{loaded.digest}\n{described}".encode()).hexdigest()
    return secrets.token_hex(32)


def as_recorded(origins: Mapping[str, configured.Origin]) -> tuple[Origin, ...] | None:
    """What a journal keeps of them: all but the defaults, by place. None where nobody knows any.

    Of a file only its name: the folder that it lies in is this machine's, and tells nothing to those who read a copy.
    """
    if not origins:
        return None
    found: dict[tuple[OriginSource, str], dict[str, int | None]] = {}
    for key, origin in sorted(origins.items()):
        if origin.kind is not OriginKind.DEFAULT:
            place = _SOURCES[origin.kind], PurePath(origin.detail).name
            found.setdefault(place, {})[key] = origin.line
    return tuple(Origin(source=source, name=name, keys=keys) for (source, name), keys in sorted(found.items()))
