"""The registry of controls."""

from interlock.core.risk.registry import MANDATORY, RULES
from interlock.core.risk.rule import RiskRule


def test_every_shipped_rule_is_in_the_registry_under_its_own_name() -> None:
    """One row a rule: a file that is not in the registry is not a control."""
    shipped = {cls for cls in RiskRule.__subclasses__() if cls.__module__.startswith("interlock.core.risk.rules.")}
    assert set(RULES.values()) == shipped
    assert all(name == cls.name for name, cls in RULES.items())


def test_there_are_eighteen_and_six_of_them_are_mandatory() -> None:
    """Allowed instruments, quantity, value, position, collar and data age have to be limited before anything trades."""
    assert len(RULES) == 18
    assert set(MANDATORY) == {
        "allowed_instruments",
        "max_order_quantity",
        "max_order_notional",
        "max_position",
        "price_collar",
        "data_age",
    }
