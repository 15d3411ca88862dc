"""What a rule may restrict by itself, held against what it answers."""

from interlock.core.decision import check_tellable
from interlock.core.faults import WrongAnswer, fault_of_plugin
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed, EntriesQuarantined, TradingStateChanged
from interlock.core.risk.rule import RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView


def restricting(breach: object) -> Breach:
    """A rule that watches may restrict trading, and nothing else: it cannot make an order up."""
    if not isinstance(breach, Breach) or not isinstance(
        breach.event, TradingStateChanged | EntriesQuarantined | Disarmed
    ):
        raise WrongAnswer("watch", "answered with what is no breach")
    # By type: the string "HALTED" equals a state and is none, and the fold would break on it.
    state, bars = getattr(breach.event, "state", TradingState.HALTED), getattr(breach.event, "bars", 1)
    if type(state) is not TradingState or state is TradingState.ACTIVE or type(bars) is not int or bars < 1:
        raise WrongAnswer("watch", "answered with what restricts nothing")
    check_tellable(breach.event.code, breach.event.numbers)
    return breach


def standing_of(rule: RiskRule, view: MarketView) -> Breach | None:
    """What of ``rule`` stands in the way of a release. Total: a rule that cannot tell stands in the way itself."""
    try:
        breach = rule.standing(view)
        return None if breach is None else restricting(breach)
    except BaseException as error:  # noqa: BLE001 - whatever it raised, nobody knows what it would restrict
        fault = fault_of_plugin(error, "rule")
        numbers = {"error": fault.error, "place": fault.place, "where": fault.where}
        event = TradingStateChanged(state=TradingState.HALTED, code=Reason.FAULT_IN_RULE, numbers=numbers)
        return Breach(rule=rule.name, event=event)
