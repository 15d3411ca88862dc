"""Evidence 4: the table rule by class, written out by hand, and every cell of it tested against what happens."""

from decimal import Decimal

import pytest

from interlock.core.decision import CancelIntent, Verdict
from interlock.core.orders import OrderClass, Side
from interlock.core.reasons import Reason
from interlock.core.risk.applicability import applicability
from interlock.core.risk.registry import RULES
from interlock.core.trading_state import TradingState
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.situations import Situation

# The truth, by hand: E where the rule is asked about entries, X where it is asked about exits, C about cancels.
TABLE = {
    "allowed_instruments": "E",
    "session": "EX",
    "max_order_quantity": "E",
    "max_order_notional": "E",
    "price_collar": "EX",
    "free_cash": "E",
    "max_position": "E",
    "data_age": "EX",
    "price_jump": "E",
    "order_rate": "EX",
    "daily_loss": "E",
    "trading_state": "EX",
    "live_arming": "E",
    "clock": "EX",
    "order_in_doubt": "EX",
    "stale_feed": "E",
    "repeated_executions": "E",
    "drawdown": "E",
}
LETTERS = {OrderClass.ENTRY: "E", OrderClass.EXIT: "X", OrderClass.CANCEL: "C"}
CELLS = [(rule, kind) for rule in TABLE for kind in OrderClass]


def asked(kind: OrderClass, situation: Situation) -> dict[str, Verdict]:
    """What each rule said to an order of that class: buying 1 adds to the 5 that are held, selling 1 reduces them."""
    side = Side.BUY if kind is OrderClass.ENTRY else Side.SELL
    intent = CancelIntent(code="TEST.WISH", client_order_id="any") if kind is OrderClass.CANCEL else an_intent(side)
    review = a_policy().review(intent, situation.view())
    codes = {finding.rule: finding.code for finding in review.findings}
    verdicts = {finding.rule: finding.verdict for finding in review.findings}
    assert len(verdicts) == len(review.findings), "one finding a rule"
    for rule, verdict in verdicts.items():
        assert (verdict is Verdict.NOT_APPLICABLE) is (codes[rule] == Reason.NOT_APPLICABLE)
    return verdicts


@pytest.mark.parametrize(("rule", "kind"), CELLS, ids=str)
@pytest.mark.parametrize("trading_state", list(TradingState))
def test_every_cell_is_what_the_policy_does(rule: str, kind: OrderClass, trading_state: TradingState) -> None:
    """NOT_APPLICABLE exactly where the table leaves the letter out, a verdict everywhere else, in any state."""
    situation = Situation(position=Decimal(5), trading_state=trading_state)
    applies = asked(kind, situation)[rule] is not Verdict.NOT_APPLICABLE
    assert applies is (LETTERS[kind] in TABLE[rule])


def test_the_table_has_every_rule_and_no_other() -> None:
    """A rule that was added is added here, by hand, too."""
    assert set(TABLE) == set(RULES)


def test_the_table_that_is_drawn_says_the_same() -> None:
    """The reference page is drawn from the classes: it may not tell another story."""
    drawn = applicability()
    assert {
        rule: "".join(LETTERS[kind] for kind, applies in row.items() if applies) for rule, row in drawn.items()
    } == TABLE
    assert not any(row[OrderClass.CANCEL] for row in drawn.values())
