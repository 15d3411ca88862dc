"""Which of all that happens needs a person: a table, and what was told already.

A block needs a person where it stays until somebody does something. One that does what it is there for (a limit that an
order exceeds), or that passes by itself (a session that opens again), needs nobody. A new reason of denial is told of
until somebody has written here that it need not be.
"""

from typing import Final

from attrs import Factory, define, frozen

from interlock.core.decision import Finding, Outcome
from interlock.core.explain import finding_sentence
from interlock.core.explain_words import listed
from interlock.core.observations import ReconciliationFailed, StopReason, VenueReconciled
from interlock.core.orders import OrderClass
from interlock.core.reason_text import TABLE, Category
from interlock.core.reasons import REASONS, Reason, sentence
from interlock.core.records import (
    Disarmed,
    EntriesQuarantined,
    OrderSubmitted,
    Record,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.values import NO_NUMBERS, Numbers
from interlock.runner.restriction import Restriction

# Denials that need nobody: a limit did its work, the block passes by itself, or it is told by another way below.
NEED_NOBODY: Final = frozenset(
    {
        Reason.INSTRUMENT_NOT_ALLOWED,
        Reason.SESSION_CLOSED,
        Reason.QUANTITY_EXCEEDS_MAXIMUM,
        Reason.NOTIONAL_EXCEEDS_MAX_PER_ORDER,
        Reason.PRICE_COLLAR_BREACHED,
        Reason.NOTIONAL_EXCEEDS_FREE_BALANCE,
        Reason.POSITION_LIMIT_EXCEEDED,
        Reason.POSITION_WOULD_FLIP,
        Reason.SHORT_NOT_ALLOWED,
        Reason.RATE_LIMIT_EXCEEDED,
        Reason.ORDER_UNKNOWN_TO_US,
        # Told when the window is put under quarantine.
        Reason.PRICE_JUMP,
        Reason.QUARANTINED,
        # Told when trading is restricted.
        Reason.TRADING_HALTED,
        Reason.TRADING_STATE_REDUCING,
        # Told when the venue was asked twice and it stays.
        Reason.ORDER_IN_DOUBT,
        Reason.RECONCILIATION_PENDING,
    }
)
# One answer that the venue owes is no reason to wake anybody, and it is asked again within seconds.
TIMES_ASKED: Final = 2
# Codes of plugins may be without end.
TOLD_MAX: Final = 1_000

# What several rules say at once, where the sentence of one would not do: what it is about, and what to do.
_OF_SEVERAL: Final[dict[str, tuple[str, str]]] = {
    Reason.NO_LIMITS_CONFIGURED: (
        "the mandatory controls {rules} have no limit",
        "Write the tables {tables}. There is no default on purpose.",
    ),
    Reason.CHECK_NOT_EVALUABLE: (
        "the rules {rules} could not be evaluated",
        "Each says why in the decision: if an input was missing, supply it; if the rule raised, fix it.",
    ),
}

INTERNAL_ERROR: Final = "INTERNAL_ERROR"
# What ends a run, and no record can tell of.
_AT_THE_END: Final[dict[str, str]] = {
    StopReason.JOURNAL_FAULT.value: "Look at the disk; where a record could not be written down, at the plugin that "
    "made it. What was acknowledged is kept: the next start goes on from it.",
    StopReason.STATE_UNTRUSTED.value: "Keep journal and log, and report it. The next start folds the journal again.",
    StopReason.FAULTS_EXCEEDED.value: "Find out what raised: the log holds each place. Then start it again.",
    INTERNAL_ERROR: "This is a defect of Interlock: report it with the trace. Nothing runs any more.",
}


@frozen(kw_only=True)
class Alert:
    """One thing that needs a person: the code and its numbers, the sentence drawn from them, and what to do.

    ``is_told`` says that the console has the sentence and the remedy already.
    """

    code: str
    sentence: str
    numbers: Numbers = NO_NUMBERS
    to_do: str = ""
    is_told: bool = False


# mutable: it remembers what was told
@define
class Causes:
    """Finds, record by record, what needs a person. Each cause is told once, until it was over in between."""

    _told: set[str] = Factory(set)
    _unanswered: int = 0
    _in_doubt: int = 0

    def at_the_start(self, restriction: Restriction) -> list[Alert]:
        """What an earlier run left, and nobody has released. A start says it on the console in words of its own."""
        event = restriction.event
        return self._once([_restricted(event)]) if event is not None else []

    def of(self, record: Record) -> list[Alert]:
        """What ``record`` tells of that needs a person, and that was not told before."""
        found: list[Alert] = []
        for event in record.events:
            if isinstance(event, TradingStateChanged):
                found.append(_restricted(event))
            elif isinstance(event, TradingStateReleased):
                # A person was here. Whatever comes up from now on is news.
                self._told.clear()
            elif isinstance(event, (EntriesQuarantined, Disarmed)):
                found.append(_alert(event.code, event.numbers))
            elif isinstance(event, OrderSubmitted) and event.terms.order_class is OrderClass.ENTRY:
                # Whatever kept entries out, it does not any more.
                self._told = {code for code in self._told if not _is_denial(code)}
        return self._once([*found, *_denied(record), *self._of_the_venue(record)])

    def at_the_end(self, code: str, why: str) -> list[Alert]:
        """A run that ended as none should."""
        return self._once([Alert(code=code, sentence=why, to_do=_AT_THE_END.get(code, ""))])

    def _of_the_venue(self, record: Record) -> list[Alert]:
        match record.observation:
            case ReconciliationFailed(cause=cause, error=error, place=place):
                self._unanswered += 1
                if self._unanswered >= TIMES_ASKED:
                    numbers: Numbers = {"observed": cause.value, "error": error, "place": place}
                    return [_alert(Reason.RECONCILIATION_PENDING, numbers)]
            case VenueReconciled(in_doubt=in_doubt):
                self._unanswered = 0
                self._told.discard(Reason.RECONCILIATION_PENDING)
                self._in_doubt = self._in_doubt + 1 if in_doubt else 0
                if not in_doubt:
                    self._told.discard(Reason.ORDER_IN_DOUBT)
                if self._in_doubt >= TIMES_ASKED:
                    return [_alert(Reason.ORDER_IN_DOUBT, {"observed": in_doubt})]
            case _:
                pass
        return []

    def _once(self, found: list[Alert]) -> list[Alert]:
        fresh = [alert for alert in found if alert.code not in self._told]
        if len(self._told) > TOLD_MAX:
            # Rather told again than never.
            self._told.clear()
        self._told.update(alert.code for alert in fresh)
        return fresh


def _denied(record: Record) -> list[Alert]:
    decision = record.decision
    if decision is None or decision.outcome is not Outcome.DENIED:
        return []
    by_code: dict[str, list[Finding]] = {}
    for finding in decision.findings:
        if finding.denies and _is_denial(finding.code) and finding.code not in NEED_NOBODY:
            by_code.setdefault(finding.code, []).append(finding)
    # One alert where six limits are missing at once: it is one file that has to be written.
    return [_alert_of(code, findings) for code, findings in by_code.items()]


def _alert_of(code: str, findings: list[Finding]) -> Alert:
    rules = [finding.rule for finding in findings]
    numbers = {**findings[0].numbers, "rule": ", ".join(rules)}
    sentence, to_do = finding_sentence(findings[0]), _remedy(code).replace("{rule}", rules[0])
    if len(rules) > 1:
        several = {"rules": listed(rules), "tables": listed([f"[risk.{rule}]" for rule in rules])}
        if code in _OF_SEVERAL:
            sentence, to_do = (words.format_map(several) for words in _OF_SEVERAL[code])
        else:
            sentence += f" ({several['rules']})"
    return Alert(code=code, sentence=sentence, numbers=numbers, to_do=to_do)


def _is_denial(code: str) -> bool:
    """Whether it is a denial of our own. A plugin's rule has limits that do their work, like ours."""
    return code in REASONS and TABLE[code].category is Category.DENIAL


def _restricted(event: TradingStateChanged) -> Alert:
    told = f"trading is {event.state.value}: {sentence(event.code, event.numbers)}"
    return Alert(code=event.code, sentence=told, numbers=event.numbers, to_do=_remedy(event.code), is_told=True)


def _alert(code: str, numbers: Numbers) -> Alert:
    return Alert(code=code, sentence=sentence(code, numbers), numbers=numbers, to_do=_remedy(code))


def _remedy(code: str) -> str:
    """What to do; empty for a plugin's code, which has none."""
    return TABLE[code].remedy if code in TABLE else ""
