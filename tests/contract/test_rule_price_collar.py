"""The price collar, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.orders import Side
from interlock.core.risk.rule import MissingInput, RiskRule
from interlock.core.risk.rules.price_collar import PriceCollar, PriceCollarLimits
from interlock.core.values import is_multiple
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate

LIMITS = {"limit": Decimal("0.05")}
prices = st.decimals("0.01", "5000", places=2)
shares = st.decimals("0.0001", "1", places=4)


class TestPriceCollar(RiskRuleContract):
    """Distance from the reference, as a share of it."""

    subject: ClassVar[type[RiskRule]] = PriceCollar
    grows = "limit"
    amounts = shares

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(reference="100", worst_price="105"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(reference="100", worst_price="105.0000000001"))

    def test_below_the_reference_counts_like_above_it(self) -> None:
        """A collar has two sides, whichever the order is on."""
        for price, verdict in (("95", Verdict.PASS), ("94.9999999999", Verdict.DENY)):
            candidate = a_candidate(reference="100", worst_price=price)
            assert self.ask(Question(limits=LIMITS, candidate=candidate)).verdict is verdict

    def test_without_a_worst_price_it_cannot_tell(self) -> None:
        """No price lies inside of the collar: not knowing denies."""
        with pytest.raises(MissingInput):
            self.ask(Question(limits=LIMITS, candidate=a_candidate(worst_price=None)))

    @settings(deadline=None)
    @given(side=st.sampled_from(Side), reference=prices, limit=shares)
    def test_a_protection_price_lies_inside_of_the_collar_on_the_tick(
        self, side: Side, reference: Decimal, limit: Decimal
    ) -> None:
        """Rounded inwards: it passes the collar that it was made from, and is as far out as the tick lets it."""
        tick = Decimal("0.01")
        collar = PriceCollar(PriceCollarLimits(limit=limit))
        price = collar.protection_price(side, reference, tick)
        outwards = 1 if side is Side.BUY else -1
        if price is None:
            # Nothing above zero lies inside: only a sale under a collar of one.
            assert side is Side.SELL
            assert reference * (1 - limit) <= 0
            return
        assert price > 0
        assert is_multiple(price, tick)
        assert abs(price - reference) <= limit * reference
        assert (price - reference) * outwards >= 0
        assert abs(price + tick * outwards - reference) > limit * reference

    def test_off_the_tick_and_below_it_there_is_no_price(self) -> None:
        """Where the tick is coarser than the collar is wide, no market order can be protected."""
        collar = PriceCollar(PriceCollarLimits(limit=Decimal("0.01")))
        assert collar.protection_price(Side.BUY, Decimal("0.5"), Decimal(1)) is None
        assert collar.protection_price(Side.SELL, Decimal("0.5"), Decimal(1)) is None
