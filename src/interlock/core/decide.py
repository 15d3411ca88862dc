"""What follows from what was seen. Pure: it reads the view, asks strategy and policy, and changes nothing."""

from decimal import Decimal
from typing import Final

from interlock.core.arming import Armed, DisarmAsked
from interlock.core.commands import KillSwitchSeen, OperatorCommand
from interlock.core.decision import (
    Approved,
    CancelApproved,
    CancelIntent,
    Decision,
    Finding,
    NoAction,
    OrderIntent,
    Outcome,
    Proposal,
    Verdict,
    check_tellable,
)
from interlock.core.faults import AdapterLate, Fault, QueueOverflow, WrongAnswer, fault_of_plugin
from interlock.core.market import RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, Observation, RunStarted, VenueReconciled
from interlock.core.operating import NOT_ARMED, armed, asked_for, cancels, disarmed, disarming
from interlock.core.order_book import Judgement
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelOrder,
    CancelRequested,
    Disarmed,
    Effect,
    Event,
    FaultRaised,
    OrderSubmitted,
    ReportIgnored,
    SubmitOrder,
    TradingStateChanged,
)
from interlock.core.trading_state import TradingState
from interlock.core.values import LightValue, Numbers, times
from interlock.core.view import MarketView

# A share of bad rows means little before this many rows were seen.
ROWS_BEFORE_A_SHARE: Final = Decimal(100)
# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_NO_ACTION, _APPROVED = Outcome.NO_ACTION, Outcome.APPROVED
# Faults of adapters that halt under a code of their own. A fault is recorded by the name of its error.
_ADAPTER_FAULTS: Final = {QueueOverflow.__name__: Reason.FEED_OVERFLOW, AdapterLate.__name__: Reason.ADAPTER_LATE}


class Conclusion(LightValue, frozen=True):
    """A decision, the events that happened with it, and the effects that they allow."""

    decision: Decision | None = None
    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()


NOTHING: Final = Conclusion()


def decide(strategy: Strategy, policy: RiskPolicy, view: MarketView) -> Conclusion:
    """The whole way from the newest bar to permission or denial. Total: whatever raises becomes a fault and halts."""
    try:
        proposal: object = strategy.propose(view)
        if isinstance(proposal, NoAction):  # nearly every bar
            check_tellable(proposal.code, proposal.numbers)
            return Conclusion(Decision(_NO_ACTION, proposal.code, proposal))
        if not isinstance(proposal, (OrderIntent, CancelIntent)):
            raise WrongAnswer(f"{type(strategy).__name__}.propose", f"answered with a {type(proposal).__name__}")
        check_tellable(proposal.code, proposal.numbers)
    except BaseException as error:  # noqa: BLE001 - a strategy may raise anything; it is recorded and halts trading
        return _faulted(fault_of_plugin(error, "strategy"), Reason.FAULT_IN_STRATEGY, None)
    try:
        if isinstance(proposal, CancelIntent):
            return _decide_cancel(proposal, policy, view)
        return _decide_order(proposal, policy, view)
    except BaseException as error:  # noqa: BLE001 - a policy that raises has approved nothing
        return _faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, proposal)


def _decide_order(intent: OrderIntent, policy: RiskPolicy, view: MarketView) -> Conclusion:
    review = policy.review(intent, view)
    if isinstance(review, Approved):
        decision = Decision(_APPROVED, intent.code, intent, review.findings)
        return Conclusion(decision, (OrderSubmitted(terms=review.order.terms),), (SubmitOrder(order=review.order),))
    if isinstance(review, CancelApproved):
        raise TypeError("the policy approved a cancel where an order was asked for")
    decision = Decision(outcome=Outcome.DENIED, code=review.code, proposal=intent, findings=review.findings)
    events: tuple[Event, ...] = ()
    for fault in review.faults:
        events = (*events, FaultRaised(fault=fault), _halt_for(fault, Reason.FAULT_IN_RULE))
    return Conclusion(decision, events)


def _decide_cancel(intent: CancelIntent, policy: RiskPolicy, view: MarketView) -> Conclusion:
    if not view.is_working(intent.client_order_id):
        code = Reason.ORDER_UNKNOWN_TO_US
        finding = Finding(rule="working", verdict=Verdict.DENY, code=code, observed=intent.client_order_id)
        return Conclusion(Decision(outcome=Outcome.DENIED, code=code, proposal=intent, findings=(finding,)))
    findings: tuple[Finding, ...] = ()
    events: tuple[Event, ...] = (CancelRequested(client_order_id=intent.client_order_id, code=intent.code),)
    try:
        # Asked so that its findings are on record. Whatever it answers, a cancel goes out.
        findings = policy.review(intent, view).findings
    except BaseException as error:  # noqa: BLE001 - even a policy that raises does not stand in a cancel's way
        events += _faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, None).events
    decision = Decision(outcome=Outcome.APPROVED, code=intent.code, proposal=intent, findings=findings)
    return Conclusion(decision, events, (CancelOrder(client_order_id=intent.client_order_id),))


def consequences(observation: Observation, policy: RiskPolicy, view: MarketView, refused_share: Decimal) -> Conclusion:
    """What follows from anything but a bar or a report."""
    match observation:
        case Silence(until=until):
            proposal = NoAction(Reason.NO_NEW_BAR, {"until": until.isoformat(), "missed": view.bars_overdue})
            return Conclusion(Decision(outcome=Outcome.NO_ACTION, code=proposal.code, proposal=proposal))
        case Split():
            events, effects = cancels(view.working_orders, Reason.SPLIT_DECLARED)
            return Conclusion(events=events, effects=effects)
        case RefusedRow():
            return _after_refused_row(view, refused_share)
        case VenueReconciled(position=position):
            return _compared(position, view.position)
        case OperatorCommand() | KillSwitchSeen() | Armed() | DisarmAsked():
            return _commanded(observation, policy, view)
        case RunStarted() if view.mode is RunMode.LIVE:
            return Conclusion(events=(NOT_ARMED,))
        case FaultObserved(fault=fault):
            code = _ADAPTER_FAULTS.get(fault.error, Reason.FAULT_IN_ADAPTER)
            return Conclusion(events=(_halt_for(fault, code),))
        case _:
            return NOTHING


def _commanded(
    observation: OperatorCommand | KillSwitchSeen | Armed | DisarmAsked, policy: RiskPolicy, view: MarketView
) -> Conclusion:
    try:
        if isinstance(observation, Armed):
            return Conclusion(events=armed(observation, policy, view))
        if isinstance(observation, DisarmAsked):
            return Conclusion(events=disarmed(observation, view))
        return Conclusion(events=asked_for(observation, policy, view))
    except BaseException as error:  # noqa: BLE001 - a policy that raises cannot say that nothing stands: no release
        return Conclusion(events=_faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, None).events)


def judged(judgement: Judgement) -> Conclusion:
    """What follows from a report, beyond what it says itself."""
    events: tuple[Event, ...] = ()
    if judgement.ignored is not None:
        events = (ReportIgnored(code=judgement.ignored, numbers=judgement.numbers),)
    if judgement.anomaly is not None:
        # Lost trust, not loss: whatever the venue meant, our picture of it is wrong.
        events = (*events, _halt(judgement.anomaly, judgement.numbers))
    return Conclusion(events=events)


def _compared(theirs: Decimal | None, ours: Decimal) -> Conclusion:
    if theirs is None or theirs == ours:
        return NOTHING
    return Conclusion(events=(_halt(Reason.RECONCILIATION_MISMATCH, {"venue": theirs, "ours": ours}),))


def _after_refused_row(view: MarketView, share: Decimal) -> Conclusion:
    rows = Decimal(view.bars_seen + view.refused_rows)
    refused = Decimal(view.refused_rows)
    if view.trading_state is TradingState.HALTED or refused <= times(share, max(rows, ROWS_BEFORE_A_SHARE)):
        return NOTHING
    numbers: Numbers = {"observed": refused, "rows": rows, "limit": share}
    return Conclusion(events=(_halt(Reason.REFUSED_ROWS_EXCEEDED, numbers),))


def watch(policy: RiskPolicy, view: MarketView) -> tuple[Event, ...]:
    """What the rules restrict by themselves. Total; whatever raised while watching halts like while judging."""
    try:
        breaches = policy.watch(view)
        if not breaches:
            return ()
        events = tuple(
            event
            for breach in breaches
            for event in (disarming(breach.event) if isinstance(breach.event, Disarmed) else (breach.event,))
        )
    except BaseException as error:  # noqa: BLE001 - a policy that raises watches nothing: that halts
        return _faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, None).events
    halts = tuple(_halt_for(event.fault, Reason.FAULT_IN_RULE) for event in events if isinstance(event, FaultRaised))
    return (*events, *halts)


def _faulted(fault: Fault, code: Reason, proposal: Proposal | None) -> Conclusion:
    decision = Decision(outcome=Outcome.ERROR, code=code, proposal=proposal)
    return Conclusion(decision, (FaultRaised(fault=fault), _halt_for(fault, code)))


def _halt_for(fault: Fault, code: Reason) -> TradingStateChanged:
    return _halt(code, {"error": fault.error, "place": fault.place, "where": fault.where})


def _halt(code: Reason, numbers: Numbers) -> TradingStateChanged:
    return TradingStateChanged(state=TradingState.HALTED, code=code, numbers=numbers)
