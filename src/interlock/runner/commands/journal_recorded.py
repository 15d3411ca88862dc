"""The configuration that a run recorded, and what it comes to: whose decisions are made once more."""

import hashlib
from typing import Any

from attrs import evolve
from msgspec import Struct

from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened, RunStarted
from interlock.core.rederive import Reasoning
from interlock.runner import plugins
from interlock.runner.config import ConfigurationProblems
from interlock.runner.config.canonical import tree
from interlock.runner.config.load import Loaded, loaded_again
from interlock.runner.deciding import reasoning_of


class NotHere(Exception):
    """What the recorded configuration names cannot be had here: the message says what, and why."""


class Recorded(Struct, frozen=True, kw_only=True):
    """What a run was made with, and its parts as they are here. ``build`` is what it would be recorded as."""

    started: RunStarted
    loaded: Loaded
    reasoning: Reasoning
    build: str

    @property
    def opening(self) -> dict[str, Any]:
        """What the first record of a journal that this run began has to say."""
        config = self.loaded.config
        expected = {
            "mode": config.run_mode.value,
            "account": config.account,
            "currency": config.currency,
            "opening_cash": tree(config.opening_cash),
            "instrument": tree(config.instrument),
            "interval_seconds": int(config.market_data.interval.total_seconds()),
        }
        if config.run_mode is RunMode.SIM:
            named = f"{self.started.config_digest}\n{self.started.feed}"
            expected["journal_id"] = hashlib.sha256(named.encode()).hexdigest()
        return expected


def opening_of(opened: JournalOpened) -> dict[str, Any]:
    """What the first record says, in the same words."""
    return {name: tree(value) for name, value in tree(evolve(opened, chapter=None)).items()}


def recorded(started: RunStarted) -> Recorded:
    """What ``started`` was made with. Raises ``NotHere``: a plugin that is not installed, a key that is no more."""
    try:
        loaded = loaded_again(started.configuration)
        return Recorded(
            started=started, loaded=loaded, reasoning=reasoning_of(loaded), build=plugins.build(loaded.components)
        )
    except ConfigurationProblems as error:
        raise NotHere("; ".join(str(problem).replace("\n    ", ": ") for problem in error.problems)) from error
    except Exception as error:
        # A plugin may raise anything where it is made, and its message may hold anything.
        raise NotHere(f"the recorded configuration cannot be used here: {type(error).__name__}") from error
