"""Allowed instruments, held to the contract."""

from typing import ClassVar

from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.allowed_instruments import AllowedInstruments
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate

LIMITS = {"instruments": ("OTHER", "TEST")}


class TestAllowedInstruments(RiskRuleContract):
    """On the list or not."""

    subject: ClassVar[type[RiskRule]] = AllowedInstruments

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(instrument="TEST"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(instrument="TES"))

    def test_a_symbol_is_compared_whole_and_as_it_is_written(self) -> None:
        """Neither case nor spaces nor a part of it will do."""
        for symbol in ("test", " TEST", "TEST ", "T", "OTHERTEST"):
            candidate = a_candidate(instrument=symbol)
            assert self.ask(Question(limits=LIMITS, candidate=candidate)).verdict is Verdict.DENY
