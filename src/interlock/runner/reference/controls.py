"""The page of controls: what each looks at, whom it applies to, and where it comes from."""

import attrs

from interlock.core.orders import OrderClass
from interlock.core.risk.applicability import applicability
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.trading_state import TradingStateRule
from interlock.runner.reference.markdown import code, first_paragraph, paragraphs, table


def page() -> str:
    """The applicability table, then one section a control."""
    applies = applicability()
    overview = table(
        ["control", "mandatory", *(kind.value.lower() for kind in OrderClass), "restricts by itself", "source"],
        [
            [
                f"[{name}](#{name})",
                _mandatory(rule),
                *("asked" if applies[name][kind] else "·" for kind in OrderClass),
                "yes" if rule.watch is not RiskRule.watch else "",
                rule.source,
            ]
            for name, rule in RULES.items()
        ],
    )
    return "\n\n".join(
        [
            "# Controls",
            first_paragraph(RulePolicy),
            f"{len(MANDATORY)} controls are mandatory and have no default. While one of them has no table, every entry "
            "and every exit is denied with `NO_LIMITS_CONFIGURED`, which names it; in LIVE, where what is held is "
            "real, an exit only for a control that would be asked about it. The others are off without their "
            "table, and `interlock check` says so. An entry raises risk; an exit strictly reduces it.",
            "A dot: the control is not asked, and leaves a `NOT_APPLICABLE` finding, so that nothing is skipped "
            "unseen. No control is ever asked about a cancel.",
            overview,
            *(_section(name, rule) for name, rule in RULES.items()),
        ]
    )


def _mandatory(rule: type[RiskRule]) -> str:
    if rule is TradingStateRule:
        return "always on"
    return "**yes**" if rule.mandatory else ""


def _section(name: str, rule: type[RiskRule]) -> str:
    limits = ", ".join(code(field.name) for field in attrs.fields(rule.Limits)) or "none"
    told = [f"## {name}", *paragraphs(rule), f"Limits: {limits}. {' '.join(paragraphs(rule.Limits))}"]
    return "\n\n".join(told)
