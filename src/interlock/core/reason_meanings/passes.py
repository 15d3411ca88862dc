"""What each control says when it has no objection: the sentence behind PASSED, in the control's own words and units."""

from typing import Final

PASSES: Final = {
    "trading_state": "trading is {observed}",
    "live_arming": "nothing that was armed stands against it ({observed} of {limit})",
    "clock": "the clock has stepped back by {observed} seconds, and {limit} are allowed",
    "order_in_doubt": "the longest that an order has been in doubt is {observed} seconds, and {limit} are allowed",
    "allowed_instruments": "{observed} is among the allowed instruments ({limit})",
    "session": "decided at {observed}, it can execute in the session {limit}",
    "data_age": "the newest bar is {observed} seconds old, and {limit} are allowed; expected bars that did not come: "
    "{bars_missed}",
    "stale_feed": "the next bar is overdue by {observed} seconds, and {limit} are allowed",
    "price_jump": "no price jump holds entries back",
    "max_order_quantity": "order quantity {observed}, and {limit} is allowed",
    "max_order_notional": "order value {observed} at the protection price, and {limit} is allowed",
    "price_collar": "the protection price of {price}, the worst at which it may fill, lies {observed_percent} % from "
    "the last close of {reference}, and {limit_percent} % is allowed",
    "free_cash": "it could cost {observed}, and {limit} is free",
    "max_position": "the position could become {observed}, and {limit} is allowed",
    "order_rate": "order {observed} of its class (entry or exit) within {seconds} seconds, and {limit} are allowed",
    "repeated_executions": "{observed} executions within {seconds} seconds, and {limit} are allowed",
    "daily_loss": "{observed} was lost since the session began, and {limit} is allowed",
    "drawdown": "{observed} was lost since the highest equity, and {limit} is allowed",
}
