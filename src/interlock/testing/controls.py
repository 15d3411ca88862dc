"""Every control that is shipped, switched on, with limits that a small order passes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from interlock.core.fees import FeeSchedule
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.registry import RULES
from interlock.core.risk.rule import RiskRule

LIMITS: Final[Mapping[str, Mapping[str, Any]]] = {
    "trading_state": {},
    "live_arming": {},
    "clock": {"limit_seconds": Decimal(1)},
    "order_in_doubt": {"limit_seconds": Decimal(300)},
    "allowed_instruments": {"instruments": ("TEST",)},
    "session": {},
    "data_age": {"limit_seconds": Decimal(60), "bars_missed": 0},
    "stale_feed": {"limit_seconds": Decimal(300)},
    "price_jump": {"limit": Decimal("0.20"), "bars": 3},
    "max_order_quantity": {"limit": Decimal(10)},
    "max_order_notional": {"limit": Decimal(2000)},
    "price_collar": {"limit": Decimal("0.05")},
    "free_cash": {},
    "max_position": {"limit": Decimal(20)},
    "order_rate": {"entries": 5, "exits": 5, "window_seconds": Decimal(60)},
    "repeated_executions": {"limit": 10, "window_seconds": Decimal(60)},
    "daily_loss": {"limit": Decimal(1000)},
    "drawdown": {"limit": Decimal(1000)},
}


def every_control(*, without: tuple[str, ...] = (), **changed: Mapping[str, Any]) -> list[RiskRule]:
    """One rule a control, in no particular order. ``changed`` replaces the limits of the controls it names."""
    rules: list[RiskRule] = []
    for name, cls in RULES.items():
        if name not in without:
            made: Any = cls
            rules.append(made(cls.Limits(**{**LIMITS[name], **changed.get(name, {})})))
    return rules[::-1]


def a_policy(*more: RiskRule, without: tuple[str, ...] = (), **changed: Mapping[str, Any]) -> RulePolicy:
    """A policy over every control, and the rules in ``more`` beside them. No fees."""
    rules = [*every_control(without=without, **changed), *more]
    return RulePolicy(rules, fees=FeeSchedule(), limits_version="test")
