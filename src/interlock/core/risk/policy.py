"""Do nothing unless allowed: the policy that asks every rule, and the only maker of an ``ApprovedOrder``."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from typing_extensions import override

from interlock.core.decision import (
    Approved,
    CancelApproved,
    CancelIntent,
    Denied,
    Finding,
    OrderIntent,
    Review,
    Verdict,
    check_tellable,
)
from interlock.core.faults import Fault, WrongAnswer, fault_of_plugin
from interlock.core.fees import FeeSchedule
from interlock.core.market import Session
from interlock.core.modes import RunMode
from interlock.core.orders import _PERMISSION, BUY, ENTRY, EXIT, SELL, ApprovedOrder, OrderTerms, decision_id
from interlock.core.ports.risk import Breach, RiskPolicy
from interlock.core.reasons import Reason
from interlock.core.records import FaultRaised, TradingStateChanged
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.core.risk.restricting import restricting, standing_of
from interlock.core.risk.rule import Candidate, MissingInput, RiskRule
from interlock.core.risk.rules.price_collar import PriceCollar
from interlock.core.risk.rules.trading_state import TradingStateLimits, TradingStateRule
from interlock.core.trading_state import TradingState
from interlock.core.values import NO_NUMBERS, ZERO, plus, times, up_to_the_cent
from interlock.core.view import MarketView

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_PASS, _PASSED, _NOT_APPLICABLE = Verdict.PASS, Reason.PASSED, Verdict.NOT_APPLICABLE
_NO_DENIAL: Final = (Verdict.PASS, Verdict.NOT_APPLICABLE)
# What a record keeps whatever it says: a text or a whole number may be one that it cannot.
_KEPT: Final = frozenset({Decimal, TradingState})


class RulePolicy(RiskPolicy):
    """Asks every configured rule about every intent, without short circuit, and approves only if none denies.

    ``rules`` are the configured controls; the trading state is always among them. ``fees`` is what a fill may
    cost, for the cash that has to be there. ``limits_version`` names the limits in force (their digest).
    """

    def __init__(self, rules: Sequence[RiskRule], *, fees: FeeSchedule, limits_version: str) -> None:
        own = sorted((rule for rule in rules if not isinstance(rule, TradingStateRule)), key=_place)
        self.rules: Final[tuple[RiskRule, ...]] = (TradingStateRule(TradingStateLimits()), *own)
        self.fees: Final = fees
        self.limits_version: Final = limits_version
        names = {rule.name for rule in self.rules}
        if len(names) != len(self.rules):
            raise ValueError("each rule may be configured once")
        self._missing = tuple(name for name in MANDATORY if name not in names)
        self._collar = next((rule for rule in self.rules if isinstance(rule, PriceCollar)), None)
        # The finding where a rule does not apply is the same each time, so it is made once.
        self._asked = tuple((rule, rule.evaluate, rule.name, _not_applicable(rule)) for rule in self.rules)
        # Only rules with something to watch are asked every cycle.
        self._watching = tuple((rule.name, rule.watch) for rule in self.rules if type(rule).watch is not RiskRule.watch)

    @property
    @override
    def lookback(self) -> int:
        return max(rule.horizon.bars for rule in self.rules)

    @property
    @override
    def orders_remembered(self) -> int:
        return max(rule.horizon.orders for rule in self.rules)

    @property
    @override
    def executions_remembered(self) -> int:
        return max(rule.horizon.executions for rule in self.rules)

    @property
    @override
    def peak_remembered(self) -> bool:
        return any(rule.horizon.peak for rule in self.rules)

    @override
    def watch(self, view: MarketView) -> Sequence[Breach]:
        breaches: list[Breach] | None = None
        for name, watch in self._watching:
            try:
                breach = watch(view)
                if breach is None:
                    continue
                breach = restricting(breach)
            except BaseException as error:  # noqa: BLE001 - a rule that raises restricts trading, whatever it raised
                breach = Breach(rule=name, event=FaultRaised(fault=fault_of_plugin(error, "rule")))
            breaches = [*(breaches or ()), breach]
        return breaches or ()

    @override
    def standing(self, view: MarketView) -> Sequence[Breach]:
        found = (standing_of(rule, view) for rule in self.rules)
        # A quarantine ends by itself: no person releases it.
        return tuple(each for each in found if each is not None and isinstance(each.event, TradingStateChanged))

    @override
    def review(self, intent: OrderIntent | CancelIntent, view: MarketView) -> Review:
        if isinstance(intent, CancelIntent):
            # No rule is asked, so that none can stand in the way; that each was passed over is still on record.
            passed_over = tuple(finding for *_, finding in self._asked)
            return CancelApproved(client_order_id=intent.client_order_id, findings=passed_over)
        try:
            candidate = self.candidate(intent, view)
        except LookupError as missing:
            return Denied(code=Reason.CHECK_NOT_EVALUABLE, findings=(_unclear("policy", missing),))
        faults: list[Fault] = []
        findings = (*[_no_limit(name, candidate, view) for name in self._missing], *self._ask(candidate, view, faults))
        for finding in findings:
            if finding.verdict not in _NO_DENIAL:
                return Denied(code=finding.code, findings=findings, faults=tuple(faults))
        session = view.execution_session
        if session is None or candidate.worst_price is None:
            # Only reachable while the session control is off: an order without a session cannot end, so none is made.
            unclear = _unclear("policy", MissingInput("no session to execute in"))
            return Denied(code=unclear.code, findings=(*findings, unclear))
        return Approved(order=self._mint(candidate, candidate.worst_price, session, view), findings=findings)

    def _ask(self, candidate: Candidate, view: MarketView, faults: list[Fault]) -> list[Finding]:
        findings: list[Finding] = []
        order_class = candidate.order_class
        for rule, evaluate, name, not_applicable in self._asked:
            found = not_applicable
            try:
                if order_class in rule.applies_to:
                    found = evaluate(candidate, view)
                    # Nearly all pass, with what a record keeps: seen here, for a call costs more than the look.
                    good = type(found) is Finding and found.verdict is _PASS and found.code is _PASSED
                    if not (
                        good and found.rule is name and type(found.observed) in _KEPT and type(found.limit) in _KEPT
                    ):
                        _check(found, rule)
                    elif found.numbers is not NO_NUMBERS:
                        check_tellable(found.code, found.numbers)
            except MissingInput as missing:
                found = _unclear(name, missing)
            except BaseException as error:  # noqa: BLE001 - a rule that raises denies, whatever it raised
                faults.append(fault_of_plugin(error, "rule"))
                found = _unclear(name, error)
            findings.append(found)
        return findings

    def candidate(self, intent: OrderIntent, view: MarketView) -> Candidate:
        """What the rules are asked about. Raises ``LookupError`` while there is no bar."""
        side, quantity, collar = intent.side, intent.quantity, self._collar
        instrument, reference, position = view.instrument, view.bar.close, view.position
        protection = collar.protection_price(side, reference, instrument.tick_size) if collar is not None else None
        worst = intent.limit_price if intent.limit_price is not None and protection is not None else protection
        cost = None
        if worst is not None and side is BUY:
            notional = times(quantity, worst)
            cost = plus(notional, self.fees.of(notional))
        # How much of the position it may still undo, all working orders on its side counted as filled.
        left = (position if side is SELL else -position) - view.leaves(side)
        reducible = left if left > ZERO else ZERO
        order_class = EXIT if quantity <= reducible else ENTRY
        return Candidate(intent, instrument.symbol, order_class, reference, worst, cost, reducible)

    def _mint(self, candidate: Candidate, worst: Decimal, session: Session, view: MarketView) -> ApprovedOrder:
        intent = candidate.intent
        # In cents, upwards: the product of a fine lot and a fine tick has more digits than an amount may have.
        cost = up_to_the_cent(candidate.cost) if candidate.cost is not None else ZERO
        return ApprovedOrder(
            OrderTerms(
                client_order_id=f"{view.journal_id[:12]}-{view.orders_submitted + 1}",
                decision_id=decision_id(view.journal_id, view.bars_seen),
                instrument=candidate.instrument,
                side=intent.side,
                order_type=intent.order_type,
                quantity=intent.quantity,
                limit_price=intent.limit_price,
                protection_price=worst,
                reserved=cost,
                time_in_force=intent.time_in_force,
                order_class=candidate.order_class,
                ts_init=view.now,
                session_open=session.open,
                valid_until=session.close,
                limits_version=self.limits_version,
            ),
            _PERMISSION,
        )


def _place(rule: RiskRule) -> int:
    """Findings are listed in the registry's order, whatever the order of the tables; plugins come last."""
    names = tuple(RULES)
    return names.index(rule.name) if rule.name in names else len(names)


def _check(finding: Any, rule: RiskRule) -> None:
    # A rule written by somebody else may answer anything; only a finding of its own counts, and a rule that was asked
    # cannot say that it does not apply. By type: the string "DENY" equals a verdict and is none.
    verdict = finding.verdict if type(finding) is Finding else None
    if type(verdict) is not Verdict or verdict is _NOT_APPLICABLE or finding.rule != rule.name:
        raise WrongAnswer(f"{type(rule).__name__}.evaluate", "answered with what is no finding of its own")
    check_tellable(finding.code, finding.numbers, finding.observed, finding.limit)


def _not_applicable(rule: RiskRule) -> Finding:
    return Finding(rule=rule.name, verdict=Verdict.NOT_APPLICABLE, code=Reason.NOT_APPLICABLE)


def _no_limit(name: str, candidate: Candidate, view: MarketView) -> Finding:
    # What is held in LIVE is real: for want of a limit on new risk nobody is kept from reducing it.
    if view.mode is RunMode.LIVE and candidate.order_class not in RULES[name].applies_to:
        return Finding(rule=name, verdict=_NOT_APPLICABLE, code=Reason.NOT_APPLICABLE)
    return Finding(rule=name, verdict=Verdict.DENY, code=Reason.NO_LIMITS_CONFIGURED, numbers={"rule": name})


def _unclear(rule: str, error: BaseException) -> Finding:
    # The message of a foreign exception may hold anything; our own MissingInput says what is missing.
    why = str(error) if isinstance(error, MissingInput) else type(error).__name__
    return Finding(rule, Verdict.CANNOT_EVALUATE, Reason.CHECK_NOT_EVALUABLE, numbers={"rule": rule, "why": why})
