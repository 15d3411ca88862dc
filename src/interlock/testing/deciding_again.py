"""Recorded moments to decide again in tests, under any of the shipped controls."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from interlock.core.again import Again, fitted
from interlock.core.fees import FeeSchedule
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.registry import RULES
from interlock.core.risk.rule import RiskRule
from interlock.core.state import State
from interlock.core.values import ONE
from interlock.testing.controls import LIMITS


def limits_of(*, without: tuple[str, ...] = (), **changed: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of every control, by its name, as a configuration holds them. ``changed`` as in ``every_control``."""
    return {
        name: cls.Limits(**{**LIMITS[name], **changed.get(name, {})})
        for name, cls in RULES.items()
        if name not in without
    }


def policy_of(limits: Mapping[str, Any], *more: RiskRule) -> RulePolicy:
    """A policy over the controls that have limits, and the rules in ``more``. No fees."""
    made: list[RiskRule] = []
    for name, each in limits.items():
        cls: Any = RULES[name]
        made.append(cls(each))
    return RulePolicy([*made, *more], fees=FeeSchedule(), limits_version="test")


def again_at(stood: State, record: Record, strategy: Strategy, limits: Mapping[str, Any]) -> Again:
    """``record``, to be decided again from ``stood``, the state before it, which stays as it is.

    Its ``before`` raises ``LookupError`` where ``stood`` has forgotten what is asked for.
    """

    def before(asked: Strategy, policy: RiskPolicy) -> State:
        state = fitted(stood, asked, policy, exactly=False)
        if state is None:
            raise LookupError("what came before is forgotten: fold it with an unforgetting state")
        return state

    return Again(
        record=record,
        strategy=strategy,
        refused_rows_max_share=Decimal(ONE),
        limits=limits,
        policy=policy_of,
        before=before,
    )
