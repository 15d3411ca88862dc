"""Every control that is shipped, by the name of its table under ``[risk]``. Adding a rule is one row here."""

from typing import Final

from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.allowed_instruments import AllowedInstruments
from interlock.core.risk.rules.clock import ClockRule
from interlock.core.risk.rules.daily_loss import DailyLoss
from interlock.core.risk.rules.data_age import DataAge
from interlock.core.risk.rules.drawdown import Drawdown
from interlock.core.risk.rules.free_cash import FreeCash
from interlock.core.risk.rules.live_arming import LiveArming
from interlock.core.risk.rules.max_order_notional import MaxOrderNotional
from interlock.core.risk.rules.max_order_quantity import MaxOrderQuantity
from interlock.core.risk.rules.max_position import MaxPosition
from interlock.core.risk.rules.order_in_doubt import OrderInDoubt
from interlock.core.risk.rules.order_rate import OrderRate
from interlock.core.risk.rules.price_collar import PriceCollar
from interlock.core.risk.rules.price_jump import PriceJump
from interlock.core.risk.rules.repeated_executions import RepeatedExecutions
from interlock.core.risk.rules.session import SessionRule
from interlock.core.risk.rules.stale_feed import StaleFeed
from interlock.core.risk.rules.trading_state import TradingStateRule

# In the order in which findings are listed: whether we may trade at all, then what, when and how much.
_ALL: Final[tuple[type[RiskRule], ...]] = (
    TradingStateRule,
    LiveArming,
    ClockRule,
    OrderInDoubt,
    AllowedInstruments,
    SessionRule,
    DataAge,
    StaleFeed,
    PriceJump,
    MaxOrderQuantity,
    MaxOrderNotional,
    PriceCollar,
    FreeCash,
    MaxPosition,
    OrderRate,
    RepeatedExecutions,
    DailyLoss,
    Drawdown,
)

RULES: Final[dict[str, type[RiskRule]]] = {rule.name: rule for rule in _ALL}

# Without a limit for each of these, every order is denied with NO_LIMITS_CONFIGURED.
MANDATORY: Final[tuple[str, ...]] = tuple(rule.name for rule in _ALL if rule.mandatory)
