"""What the first record of a new journal says."""

import hashlib
import secrets

from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.runner.config.load import Loaded


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
