"""Who decides under a configuration: its strategy and its policy, without whatever surrounds them in a run."""

from interlock.core.fees import FeeSchedule
from interlock.core.modes import RunMode
from interlock.core.ports import Strategy
from interlock.core.rederive import Reasoning
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.live_arming import LiveArming, LiveArmingLimits
from interlock.runner.components import Component, Kind
from interlock.runner.config.load import Loaded


def component_of(loaded: Loaded, kind: Kind, name: str) -> Component:
    """The component of that kind that the configuration named ``name``."""
    return next(each for each in loaded.components if each.kind is kind and each.name == name)


def strategy_of(loaded: Loaded) -> Strategy:
    """The configured strategy, made."""
    strategy: Strategy = component_of(loaded, Kind.STRATEGY, loaded.config.strategy.name).cls(
        loaded.config.strategy.parameters
    )
    return strategy


def rules_of(loaded: Loaded) -> list[RiskRule]:
    """The configured controls, made; in LIVE what was armed is one of them, whatever the file says."""
    configured = loaded.config.risk
    rules: list[RiskRule] = [component_of(loaded, Kind.RISK_RULE, name).cls(each) for name, each in configured.items()]
    if loaded.config.run_mode is RunMode.LIVE and LiveArming.name not in configured:
        rules.append(LiveArming(LiveArmingLimits()))
    return rules


def policy_of(loaded: Loaded, fees: FeeSchedule) -> RulePolicy:
    """The policy that asks those controls; ``fees`` are what a fill may cost."""
    return RulePolicy(rules_of(loaded), fees=fees, limits_version=loaded.digest)


def reasoning_of(loaded: Loaded) -> Reasoning:
    """All that decides. The venue is made, for the policy reckons with its fees, and never spoken to."""
    return Reasoning(
        strategy=strategy_of(loaded),
        policy=policy_of(loaded, _fees_of(loaded)),
        refused_rows_max_share=loaded.config.market_data.refused_rows_max_share,
    )


def _fees_of(loaded: Loaded) -> FeeSchedule:
    config = loaded.config
    venue = component_of(loaded, Kind.EXECUTION, config.execution.adapter)
    if venue.plugin is None and config.run_mode is not RunMode.LIVE:
        # Ours talks to nobody. What stands around it in a run takes longer to import than a decision to explain.
        fees: FeeSchedule = venue.cls.from_options(config.execution.options, instrument=config.instrument).fees
        return fees
    from interlock.runner.container import Wiring

    return Wiring(loaded).gated().fees
