"""Which rule applies to which class of order: the table, put together from what each rule says of itself."""

from collections.abc import Iterable

from interlock.core.orders import OrderClass
from interlock.core.risk.registry import RULES
from interlock.core.risk.rule import RiskRule


def applicability(rules: Iterable[type[RiskRule]] = tuple(RULES.values())) -> dict[str, dict[OrderClass, bool]]:
    """Rule name to class of order to whether it applies. CANCEL is false in every row: nothing blocks a cancel."""
    return {rule.name: {kind: kind in rule.applies_to for kind in OrderClass} for rule in rules}
