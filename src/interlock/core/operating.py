"""What follows from a person's word, and from trading being restricted: releases, armings, orders called back."""

from collections.abc import Sequence
from typing import Final

from interlock.core.arming import FOR_WANT_OF_ARMING, Armed, DisarmAsked, prevails
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.orders import ENTRY, OrderClass
from interlock.core.ports import RiskPolicy
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelOrder,
    CancelRequested,
    Disarmed,
    Event,
    ReleaseRefused,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.state import WorkingOrder
from interlock.core.trading_state import TradingState
from interlock.core.values import Numbers
from interlock.core.view import MarketView

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_REDUCING, _HALTED = TradingState.REDUCING, TradingState.HALTED
# LIVE begins like this.
NOT_ARMED: Final = TradingStateChanged(state=TradingState.REDUCING, code=Reason.LIVE_NOT_ARMED)
_ASKED: Final = {
    Command.HALT: (TradingState.HALTED, Reason.OPERATOR_HALT),
    Command.REDUCE: (TradingState.REDUCING, Reason.OPERATOR_REDUCE),
}


def asked_for(asked: OperatorCommand | KillSwitchSeen, policy: RiskPolicy, view: MarketView) -> tuple[Event, ...]:
    """What a command or a kill switch file leads to. Restricting is never refused, releasing may be."""
    if isinstance(asked, KillSwitchSeen):
        return (TradingStateChanged(state=asked.state, code=Reason.KILL_SWITCH, numbers={"found": asked.told}),)
    numbers: Numbers = {"reason": asked.reason, "by": asked.by}
    if asked.command is not Command.RESUME:
        state, code = _ASKED[asked.command]
        return (TradingStateChanged(state=state, code=code, numbers=numbers),)
    return _released(asked, numbers, policy, view)


def _released(asked: OperatorCommand, numbers: Numbers, policy: RiskPolicy, view: MarketView) -> tuple[Event, ...]:
    if view.trading_state is TradingState.ACTIVE:
        return ()
    standing = _standing(policy, view)
    because = (*(each.code for each in asked.standing), *(f"{each.state.value} {each.code}" for each in standing))
    # A halt over a loss is released to what the loss allows: exits. As far as something stands, it goes no further.
    loosens = all(prevails(view.trading_state, view.trading_state_code, each.state, each.code) for each in standing)
    if asked.standing or not loosens:
        return (ReleaseRefused(code=Reason.RELEASE_CAUSE_STANDS, numbers={**numbers, "causes": ", ".join(because)}),)
    return (TradingStateReleased(code=Reason.OPERATOR_RESUME, numbers=numbers), *standing)


def _standing(policy: RiskPolicy, view: MarketView) -> tuple[TradingStateChanged, ...]:
    """What would restrict trading again at once. Raises what the policy raises: then nothing is released."""
    found = [breach.event for breach in policy.standing(view)]
    standing = [event for event in found if isinstance(event, TradingStateChanged)]
    if view.position_disputed:
        standing.append(TradingStateChanged(state=TradingState.HALTED, code=Reason.RECONCILIATION_MISMATCH))
    if view.mode is RunMode.LIVE and view.arming is None:
        standing.append(NOT_ARMED)
    return tuple(standing)


def armed(arming: Armed, policy: RiskPolicy, view: MarketView) -> tuple[Event, ...]:
    """An arming lifts what only the want of one had restricted, as far as nothing else stands."""
    if view.trading_state_code not in FOR_WANT_OF_ARMING:
        return ()
    numbers: Numbers = {"fingerprint": arming.fingerprint, "by": arming.by}
    return (TradingStateReleased(code=Reason.LIVE_ARMED, numbers=numbers), *_standing(policy, view))


def disarmed(asked: DisarmAsked, view: MarketView) -> tuple[Event, ...]:
    """Taken back by a person: entries end here."""
    numbers: Numbers = {"reason": asked.reason, "by": asked.by}
    return disarming(Disarmed(code=Reason.LIVE_DISARMED, numbers=numbers)) if view.arming is not None else ()


def disarming(event: Disarmed) -> tuple[Event, ...]:
    """The end of an arming, and what it means for trading."""
    return event, TradingStateChanged(state=TradingState.REDUCING, code=event.code, numbers=event.numbers)


def is_shut(view: MarketView, order_class: OrderClass) -> bool:
    """Whether the state of trading lets no order of this class out."""
    state = view.trading_state
    return state is _HALTED or (state is _REDUCING and order_class is ENTRY)


def called_back(view: MarketView) -> tuple[tuple[Event, ...], tuple[CancelOrder, ...]]:
    """The cancels that are owed: everything while HALTED, entries while REDUCING (RTS 6 article 12), and whatever was
    to be canceled before and has not been: a process may have died between its record and the venue."""
    state = view.trading_state
    code = Reason.CALLED_BACK if state is not TradingState.ACTIVE else Reason.CANCEL_NOT_ANSWERED
    owed = [
        order
        for order in view.working_orders
        if order.state is OrderState.PENDING_CANCEL or is_shut(view, order.terms.order_class)
    ]
    return cancels(owed, code)


def cancels(orders: Sequence[WorkingOrder], code: str) -> tuple[tuple[Event, ...], tuple[CancelOrder, ...]]:
    """The requests to take these orders back, and the effects that they allow."""
    requests = tuple(CancelRequested(client_order_id=each.terms.client_order_id, code=code) for each in orders)
    return requests, tuple(CancelOrder(client_order_id=each.terms.client_order_id) for each in orders)
