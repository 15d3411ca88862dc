"""An example of each halt, with numbers as they are recorded. A test makes each halt happen, and compares."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from interlock.core.reasons import Reason
from interlock.core.values import Numbers

_ORDER: Final = "5f2a9c01be77-12"
_FILL: Final[Numbers] = {"order": _ORDER, "trade": "T-1041", "last_qty": Decimal(3)}

EXAMPLES: Final[Mapping[Reason, Numbers]] = MappingProxyType(
    {
        Reason.FAULT_IN_STRATEGY: {
            "error": "ZeroDivisionError",
            "place": "mine/cross.py:41 propose",
            "where": "strategy",
        },
        Reason.FAULT_IN_RULE: {"error": "KeyError", "place": "mine/rules.py:18 evaluate", "where": "rule"},
        Reason.FAULT_IN_ADAPTER: {"error": "TimeoutError", "place": "mine/venue.py:77 submit", "where": "execution"},
        Reason.ADAPTER_LATE: {
            "error": "AdapterLate",
            "place": "execution: submit did not return within 10 s",
            "where": "execution",
        },
        Reason.FEED_OVERFLOW: {
            "error": "QueueOverflow",
            "place": "market_data/live.py:134 next",
            "where": "market_data",
        },
        Reason.FAULT_IN_DECIDE: {"error": "TypeError", "place": "risk/policy.py:120 review", "where": "decide"},
        Reason.REFUSED_ROWS_EXCEEDED: {"observed": Decimal(3), "rows": Decimal(212), "limit": Decimal("0.01")},
        Reason.RECONCILIATION_MISMATCH: {"venue": Decimal(12), "ours": Decimal(10)},
        Reason.REPORT_CONTRADICTS: {"order": _ORDER, "report": "OrderRejected", "state": "FILLED"},
        Reason.REPORT_UNHEARD_OF: {"order": "web-000417", "report": "OrderCanceled"},
        Reason.FILL_UNHEARD_OF: {**_FILL, "order": "web-000417"},
        Reason.FILL_AFTER_END: {**_FILL, "state": "CANCELED"},
        Reason.FILL_BEYOND_QUANTITY: {**_FILL, "leaves_qty": Decimal(1)},
        Reason.FILL_BEYOND_PROTECTION: {**_FILL, "last_px": Decimal("53.90"), "protection_price": Decimal("53.33")},
        Reason.CLOCK_STEPPED_BACK: {"observed": Decimal("3600"), "limit": Decimal(1)},
        Reason.ORDER_IN_DOUBT_TOO_LONG: {"observed": Decimal("912.5"), "limit": Decimal(900), "order": _ORDER},
        Reason.FEED_STALE: {"observed": Decimal("181.2"), "limit": Decimal(180)},
        Reason.EXECUTIONS_EXCEEDED: {"observed": 21, "limit": 20, "seconds": Decimal(3600)},
        Reason.DAILY_LOSS_EXCEEDED: {"observed": Decimal("103.20"), "limit": Decimal(100)},
        Reason.DRAWDOWN_EXCEEDED: {"observed": Decimal("301.75"), "limit": Decimal(300)},
        Reason.OPERATOR_HALT: {"reason": "the fills look wrong", "by": "anna@desk"},
        Reason.OPERATOR_REDUCE: {"reason": "leaving for today", "by": "anna@desk"},
        Reason.KILL_SWITCH: {"found": "HALT"},
    }
)
