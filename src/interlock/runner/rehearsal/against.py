"""The configuration that is rehearsed: read from its file, held against what the journal is of, made into parts."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.ports import ExecutionPort, RiskPolicy, Strategy
from interlock.core.rederive import Reasoning
from interlock.core.risk.policy import RulePolicy
from interlock.runner.config.canonical import tree
from interlock.runner.config.load import Loaded, load
from interlock.runner.config.problems import ConfigurationProblems, Problem, path_text, printable
from interlock.runner.container import Wiring

_REMEDY: Final = "the market is the recorded one: put that back, or begin a run of its own with `interlock run`"


@frozen(kw_only=True)
class Against:
    """The configuration, and what it comes to. ``venue`` makes its simulated venue anew; None where it names none, and
    then ``why_not_full`` says what a full rehearsal lacks."""

    loaded: Loaded
    reasoning: Reasoning
    venue: Callable[[], ExecutionPort] | None
    why_not_full: str


def against(path: Path, opened: JournalOpened) -> Against:
    """The configuration in the file at ``path``, for the journal that ``opened`` begins.

    Raises ``ConfigurationProblems`` for a file that does not stand, or that is about another market. No variable of the
    environment is heard: the same records and the same file give the same answer.
    """
    loaded = load(path, environ={}, called="--against")
    problems = list(_of_another_market(loaded, opened))
    if problems:
        raise ConfigurationProblems(problems)
    # What was armed is all that may be entered in LIVE, whatever the file says: rules are those of the recorded mode.
    wiring = Wiring(evolve(loaded, config=evolve(loaded.config, run_mode=opened.mode)))
    parts = wiring.container()
    strategy: Strategy = parts.resolve(Strategy)
    policy: RiskPolicy = parts.resolve(RiskPolicy)
    venue, why_not = _simulated(loaded, wiring.execution_class, opened)
    if venue is not None and isinstance(policy, RulePolicy):
        # Where LIVE would refuse the venue it has no fees; here it is the venue, and they are reserved for.
        policy = RulePolicy(policy.rules, fees=venue().fees, limits_version=loaded.digest)
    share = loaded.config.market_data.refused_rows_max_share
    reasoning = Reasoning(strategy=strategy, policy=policy, refused_rows_max_share=share)
    return Against(loaded=loaded, reasoning=reasoning, venue=venue, why_not_full=why_not)


def _simulated(loaded: Loaded, cls: type[Any], opened: JournalOpened) -> tuple[Callable[[], ExecutionPort] | None, str]:
    execution = loaded.config.execution
    # What does not say of itself that it is neither is taken for both.
    if getattr(cls, "is_live", True) or getattr(cls, "is_io", True):
        return None, (
            f'execution.adapter = "{printable(execution.adapter)}" reaches outside of this process, and a rehearsal '
            'sends nothing: write adapter = "paper" and its assumptions under [execution]'
        )
    # Of the recorded instrument: splits that are declared now have been observed, or have not.
    return partial(cls.from_options, execution.options, instrument=opened.instrument), ""


def _of_another_market(loaded: Loaded, opened: JournalOpened) -> Iterator[Problem]:
    config, market = loaded.config, opened.instrument
    of = config.instrument
    for key, found, recorded in (
        ("instruments[0].symbol", of.symbol, market.symbol),
        ("instruments[0].tick_size", of.tick_size, market.tick_size),
        ("instruments[0].lot_size", of.lot_size, market.lot_size),
        ("instruments[0].calendar", of.calendar, market.calendar),
        ("market_data.interval", config.market_data.interval, opened.interval),
        ("currency", config.currency, opened.currency),
    ):
        if found != recorded:
            expected = f"{_text(recorded)}, of which the journal is"
            yield _problem(loaded, key, _text(found), expected, _REMEDY)
    if config.run_mode is RunMode.LIVE and opened.mode is not RunMode.LIVE:
        yield _problem(
            loaded, "run_mode", config.run_mode.value, f"{RunMode.SIM.value} or {RunMode.PAPER.value}",
            f"the journal is of {opened.mode.value}: in it nobody armed anything, so nothing could be entered",
        )  # fmt: skip


def _text(value: object) -> str:
    return printable(str(tree(value)))


def _problem(loaded: Loaded, key: str, found: str, expected: str, remedy: str) -> Problem:
    origin = loaded.origins.get(key)
    file = path_text(loaded.path) if loaded.path is not None else "default"
    line = origin.line if origin is not None else None
    return Problem(file=file, line=line, key=key, found=found, expected=expected, remedy=remedy)
