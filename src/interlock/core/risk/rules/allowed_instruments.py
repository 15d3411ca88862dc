"""Only instruments on the list."""

from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.view import MarketView


def _symbols(_: object, __: object, value: object) -> None:
    # A bare string is a sequence too, of one-letter symbols that nobody meant.
    if not isinstance(value, tuple) or not value or not all(isinstance(symbol, str) and symbol for symbol in value):
        raise ValueError(f"instruments must be a list of one or more symbols, found {value!r}")


@frozen(kw_only=True)
class AllowedInstrumentsLimits:
    """``instruments``: the symbols that may be entered."""

    instruments: tuple[str, ...] = field(validator=_symbols)


class AllowedInstruments(RiskRule):
    """An entry is allowed only in an instrument on the list. Leaving one that was taken off it stays possible."""

    name: ClassVar[str] = "allowed_instruments"
    applies_to = ENTRIES
    mandatory = True
    source: ClassVar[str] = "SEC 15c3-5(c)(2)"
    Limits = AllowedInstrumentsLimits

    def __init__(self, limits: AllowedInstrumentsLimits) -> None:
        self._limits = limits
        self._shown = ", ".join(sorted(limits.instruments))
        self._allowed = {each: self.passed(each, self._shown) for each in limits.instruments}

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        if candidate.instrument in self._allowed:
            return self._allowed[candidate.instrument]
        return self.denied(Reason.INSTRUMENT_NOT_ALLOWED, candidate.instrument, self._shown)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> AllowedInstrumentsLimits | None:
        return reaching(self._limits, instruments=(*self._limits.instruments, candidate.instrument))
