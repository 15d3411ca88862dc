"""Questions to put to a risk rule, and what holds of the limits that it says would have let a denied order on."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen

from interlock.core.decision import Finding, OrderIntent
from interlock.core.orders import OrderClass, OrderType, Side
from interlock.core.risk.rule import Candidate, RiskRule
from interlock.core.values import SMALLEST, times
from interlock.testing.situations import Situation


def an_intent(side: Side = Side.BUY, quantity: str = "1", limit_price: str | None = None) -> OrderIntent:
    """A wish for a market order, or for a limit order where a price is given."""
    return OrderIntent(
        code="TEST.WISH",
        side=side,
        quantity=Decimal(quantity),
        order_type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        limit_price=None if limit_price is None else Decimal(limit_price),
    )


def a_candidate(
    *,
    side: Side = Side.BUY,
    quantity: str = "1",
    order_class: OrderClass = OrderClass.ENTRY,
    instrument: str = "TEST",
    reference: str = "100",
    worst_price: str | None = "105",
    cost: str | None = None,
    reducible: str = "0",
) -> Candidate:
    """An intent as the policy would hand it to a rule. ``cost`` is quantity times worst price where not given."""
    worst = None if worst_price is None else Decimal(worst_price)
    expected = None if worst is None else times(Decimal(quantity), worst)
    return Candidate(
        intent=an_intent(side, quantity),
        instrument=instrument,
        order_class=order_class,
        reference=Decimal(reference),
        worst_price=worst,
        cost=expected if cost is None else Decimal(cost),
        reducible=Decimal(reducible),
    )


@frozen(kw_only=True)
class Question:
    """One question put to a rule: under which limits, about what, in which situation."""

    limits: Mapping[str, Any]
    candidate: Candidate = attrs.field(factory=a_candidate)
    situation: Situation = attrs.field(factory=Situation)


def hold_the_smallest(subject: type[RiskRule], question: Question, finding: Finding, relaxed: Any) -> None:
    """Under ``relaxed`` that ``finding`` would not be; with any of it left out, or one step short, it would."""
    made: Any = subject

    def asked(limits: Any) -> Finding:
        answer: Finding = made(limits).evaluate(question.candidate, question.situation.view())
        return answer

    was = subject.Limits(**question.limits)
    assert type(relaxed) is type(was)
    now = asked(relaxed)
    assert not now.denies or now.code != finding.code
    changed = [one.name for one in attrs.fields(type(was)) if getattr(was, one.name) != getattr(relaxed, one.name)]
    assert changed, "limits that are no others let nothing on"
    for name in changed:
        less = _short(relaxed, name, getattr(was, name))
        if less is not None:
            assert asked(less).denies, f"{less} lets it on, too"
            assert asked(less).code == finding.code


def _short(relaxed: Any, name: str, was: Any) -> Any:
    """These limits with one of them a step back towards what it was; None where there can be no such limits."""
    value = getattr(relaxed, name)
    step: Any = {Decimal: SMALLEST, int: 1}.get(type(value))
    try:
        return attrs.evolve(relaxed, **{name: was if step is None else value + (step if was > value else -step)})
    except ValueError:
        return None
