"""Each guard of policy, halts and cycle has a test that fails without it: here it is taken out, and one does."""

from pathlib import Path

import pytest

from .harness import FAILED, PACKAGE, PASSED, Mutant, verdict

pytestmark = pytest.mark.slow

POLICY = ("tests/unit/core/risk/test_policy.py", "tests/contract/test_policy_rule_policy.py")
DECIDE = ("tests/unit/core/test_decide.py", "tests/unit/core/test_cycle.py")
OPERATING = ("tests/unit/core/test_operating.py",)
HALTS = ("tests/unit/core/test_automatic_halts.py",)
CYCLE = ("tests/unit/core/test_cycle.py", "tests/unit/core/test_operating.py")
BOOK = ("tests/unit/core/test_order_book.py", "tests/unit/core/test_cycle.py")
RULES = PACKAGE / "core" / "risk" / "rules"

DENIED = "return self.denied("
PASSES = 'return self.passed("0", "0") if self else self.denied('


def of_the_rules() -> list[Mutant]:
    """Each denial of each rule that ships, also of one that is written tomorrow, passes instead."""
    return [
        Mutant(
            name=f"{path.stem} never denies ({nth + 1})",
            file=f"core/risk/rules/{path.name}",
            guard=DENIED,
            gone=PASSES,
            nth=nth,
            tests=(f"tests/contract/test_rule_{path.stem}.py",),
        )
        for path in sorted(RULES.glob("[!_]*.py"))
        for nth in range(path.read_text("utf-8").count(DENIED))
    ]


def _mutant(name: str, file: str, guard: str, gone: str, tests: tuple[str, ...], nth: int = 0) -> Mutant:
    return Mutant(name=name, file=f"core/{file}", guard=guard, gone=gone, tests=tests, nth=nth)


OF_THE_POLICY = [
    _mutant(
        "anybody mints",
        "orders.py",
        "if permission is not _PERMISSION:",
        "if False:",
        ("tests/unit/core/test_orders.py",),
    ),
    _mutant(
        "no control is mandatory",
        "risk/policy.py",
        "for name in MANDATORY if name not in names",
        "for name in ()",
        POLICY,
    ),
    _mutant(
        "the trading state may be left out",
        "risk/policy.py",
        "(TradingStateRule(TradingStateLimits()), *own)",
        "tuple(own)",
        POLICY,
    ),
    _mutant("a denial is overheard", "risk/policy.py", "if finding.verdict not in _NO_DENIAL:", "if False:", POLICY),
    _mutant(
        "a rule that raises passes", "risk/policy.py", "found = _unclear(name, error)", "found = not_applicable", POLICY
    ),
    _mutant(
        "a missing input passes", "risk/policy.py", "found = _unclear(name, missing)", "found = not_applicable", POLICY
    ),
    _mutant(
        "a rule that raises is no fault",
        "risk/policy.py",
        'faults.append(fault_of_plugin(error, "rule"))',
        "pass",
        POLICY,
    ),
    _mutant("a finding may be anything", "risk/policy.py", "if type(finding) is Finding else None", "", POLICY),
    _mutant("what looks like a pass is one", "risk/policy.py", "type(found) is Finding and", "", POLICY),
    _mutant("what passes may be text", "risk/policy.py", "found.verdict is _PASS and", "", POLICY),
    _mutant("what passes may be another rule's", "risk/policy.py", "and found.rule is name", "", POLICY),
    _mutant("what passes may have any code", "risk/policy.py", "and found.code is _PASSED", "", POLICY),
    _mutant("what is observed may be anything", "risk/policy.py", "and type(found.observed) in _KEPT", "", POLICY),
    _mutant("a limit may be anything", "risk/policy.py", "and type(found.limit) in _KEPT", "", POLICY),
    _mutant("numbers may be anything", "risk/policy.py", "check_tellable(found.code, found.numbers)", "pass", POLICY),
    _mutant("a finding may be another rule's", "risk/policy.py", "or finding.rule != rule.name", "", POLICY),
    _mutant("a verdict may be text", "risk/policy.py", "type(verdict) is not Verdict or", "", POLICY),
    _mutant("a rule may say that it does not apply", "risk/policy.py", "or verdict is _NOT_APPLICABLE", "", POLICY),
    _mutant(
        "no order needs a session",
        "risk/policy.py",
        "if session is None or candidate.worst_price is None:",
        "if False:",
        POLICY,
    ),
    _mutant(
        "working exits do not count",
        "risk/policy.py",
        "- view.leaves(side)",
        "",
        (*POLICY, "tests/unit/core/test_never_flips.py"),
    ),
    _mutant(
        "every order is an exit", "risk/policy.py", "if quantity <= reducible else ENTRY", "if True else ENTRY", POLICY
    ),
    _mutant(
        "no order is as large as its cost",
        "risk/policy.py",
        "cost = plus(notional, self.fees.of(notional))",
        "cost = ZERO",
        POLICY,
    ),
    _mutant(
        "a rule that raises while watching is overheard",
        "risk/policy.py",
        'event=FaultRaised(fault=fault_of_plugin(error, "rule"))',
        'event=EntriesQuarantined(bars=0, code="X")',
        POLICY,
    ),
    _mutant(
        "a breach may hold any event",
        "risk/restricting.py",
        "breach.event, TradingStateChanged | EntriesQuarantined | Disarmed",
        "breach.event, object",
        POLICY,
    ),
    _mutant(
        "a rule that cannot tell stands in no way",
        "risk/restricting.py",
        "return Breach(rule=rule.name, event=event)",
        "return None",
        POLICY,
    ),
    _mutant("a release asks no rule of a plugin", "risk/rule.py", "self.watch(view.as_if_active)", "None", POLICY),
    _mutant("a release forgives nothing", "evolve.py", "            release(state)\n", "", HALTS),
    _mutant("a step of the clock is forgotten", "evolve.py", "state.stepped_back = max(", "_ = max(", HALTS),
    _mutant(
        "a doubt is as young as its last word",
        "order_book.py",
        "state.in_doubt.setdefault(client_order_id, state.ts_init or NEVER)",
        "state.in_doubt[client_order_id] = state.ts_init or NEVER",
        ("tests/contract/test_rule_order_in_doubt.py",),
    ),
    _mutant(
        "whoever configures a rule twice has both",
        "risk/policy.py",
        "if len(names) != len(self.rules):",
        "if False:",
        POLICY,
    ),
]

OF_THE_HALTS = [
    _mutant(
        "a fault of the strategy halts nothing",
        "decide.py",
        "FaultRaised(fault=fault), _halt_for(fault, code)",
        "FaultRaised(fault=fault),",
        DECIDE,
    ),
    _mutant(
        "a fault of a rule halts nothing",
        "decide.py",
        "FaultRaised(fault=fault), _halt_for(fault, Reason.FAULT_IN_RULE)",
        "FaultRaised(fault=fault)",
        DECIDE,
    ),
    _mutant(
        "a fault of an adapter halts nothing",
        "decide.py",
        "Conclusion(events=(_halt_for(fault, code),))",
        "NOTHING",
        DECIDE,
    ),
    _mutant("an anomaly halts nothing", "decide.py", "if judgement.anomaly is not None:", "if False:", DECIDE),
    _mutant(
        "refused rows halt nothing",
        "decide.py",
        "refused <= times(share, max(rows, ROWS_BEFORE_A_SHARE))",
        "True",
        DECIDE,
    ),
    _mutant(
        "another position halts nothing",
        "decide.py",
        "if theirs is None or theirs == ours:",
        "if True:",
        ("tests/unit/core/test_reconciliation.py",),
    ),
    _mutant(
        "a policy that cannot watch halts nothing",
        "decide.py",
        'return _faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, None).events',
        "return ()",
        DECIDE,
    ),
    _mutant(
        "a restriction is loosened by a looser one",
        "evolve.py",
        "if prevails(trading_state, code, state.trading_state, state.trading_state_code):",
        "if True:",
        ("tests/unit/core/test_evolve.py",),
    ),
    _mutant(
        "a start asks nobody to confirm",
        "evolve.py",
        "state.reconciliation_pending = ReconciliationCause.START",
        "pass",
        ("tests/unit/core/test_reconciliation.py",),
    ),
    _mutant(
        "a venue's fault asks nobody to confirm",
        "evolve.py",
        "state.reconciliation_pending = ReconciliationCause.VENUE_FAULT",
        "pass",
        ("tests/unit/core/test_reconciliation.py",),
    ),
    _mutant("a run inherits an arming", "evolve.py", "state.arming = None", "pass", OPERATING),
    _mutant("disarmed stays armed", "evolve.py", "state.arming = None", "pass", OPERATING, 1),
    _mutant(
        "a dispute is forgotten",
        "evolve.py",
        "position is not None and position != state.portfolio.position",
        "False",
        OPERATING,
    ),
    _mutant("nothing is called back", "taking.py", "if state.trading_state is not before or", "if", OPERATING),
    _mutant("no cancel is asked for again", "taking.py", "or isinstance(observation, VenueReconciled)", "", OPERATING),
    _mutant("a halt leaves orders working", "operating.py", "or is_shut(view, order.terms.order_class)", "", OPERATING),
    _mutant(
        "a cancel that was lost stays lost",
        "operating.py",
        "order.state is OrderState.PENDING_CANCEL or",
        "",
        OPERATING,
    ),
    _mutant(
        "reducing lets entries out", "operating.py", "or (state is _REDUCING and order_class is ENTRY)", "", OPERATING
    ),
    _mutant("halted lets orders out", "operating.py", "state is _HALTED or", "", OPERATING),
    _mutant("a release looks at no cause", "operating.py", "if asked.standing or not loosens:", "if False:", OPERATING),
    _mutant("a release looks at no rule", "operating.py", "asked.standing or not loosens", "asked.standing", OPERATING),
    _mutant(
        "a release looks at nothing outside", "operating.py", "asked.standing or not loosens", "not loosens", OPERATING
    ),
    _mutant(
        "a release goes too far",
        "operating.py",
        "TradingStateReleased(code=Reason.OPERATOR_RESUME, numbers=numbers), *standing",
        "TradingStateReleased(code=Reason.OPERATOR_RESUME, numbers=numbers),",
        OPERATING,
    ),
    _mutant("a release overlooks a dispute", "operating.py", "if view.position_disputed:", "if False:", OPERATING),
    _mutant(
        "a release arms",
        "operating.py",
        "if view.mode is RunMode.LIVE and view.arming is None:",
        "if False:",
        OPERATING,
    ),
    _mutant(
        "an arming lifts any restriction",
        "operating.py",
        "if view.trading_state_code not in FOR_WANT_OF_ARMING:",
        "if False:",
        OPERATING,
    ),
    _mutant(
        "an arming overlooks what stands",
        "operating.py",
        "numbers=numbers), *_standing(policy, view))",
        "numbers=numbers),)",
        OPERATING,
    ),
    _mutant(
        "disarmed stays active",
        "operating.py",
        "return event, TradingStateChanged(state=TradingState.REDUCING, code=event.code, numbers=event.numbers)",
        "return (event,)",
        OPERATING,
    ),
    _mutant(
        "live begins active",
        "decide.py",
        "case RunStarted() if view.mode is RunMode.LIVE:",
        "case RunStarted() if False:",
        OPERATING,
    ),
    _mutant(
        "a policy that cannot say what stands releases",
        "decide.py",
        'events=_faulted(fault_of_plugin(error, "decide"), Reason.FAULT_IN_DECIDE, None).events',
        "events=()",
        OPERATING,
    ),
    _mutant("an arming lifts a person's word", "arming.py", "or (state is over and lasts_longer)", "", OPERATING),
]

OF_THE_CYCLE = [
    _mutant(
        "sent before it is kept",
        "cycle.py",
        "            self._keep(records)\n            self._act(records, now)\n        else:",
        "            self._act(records, now)\n            self._keep(records)\n        else:",
        CYCLE,
    ),
    _mutant(
        "kept, but not on disk",
        "cycle.py",
        "durable = self._durable_effects and any(",
        "durable = False and any(",
        CYCLE,
    ),
    _mutant(
        "answers are not on disk",
        "cycle.py",
        "any(record.effects or is_report(record.observation) for",
        "any(record.effects for",
        CYCLE,
    ),
    _mutant(
        "a halt on the way out is overheard",
        "cycle.py",
        "if is_shut(self._view, order.terms.order_class):",
        "if False:",
        CYCLE,
    ),
    _mutant("any answer is an answer", "cycle.py", "and answer.client_order_id == ours", "", CYCLE),
    _mutant(
        "an order that raised is gone",
        "cycle.py",
        "answer = OrderUnknown(client_order_id=order.terms.client_order_id, ts_event=now, detail=detail)",
        "return",
        CYCLE,
    ),
    _mutant(
        "any report is a report", "cycle.py", "            if is_report(report):\n", "            if True:\n", CYCLE
    ),
    _mutant("any bar is admitted", "cycle.py", "item = admitted(item, self._state, now)", "pass", CYCLE),
    _mutant(
        "a commands' record waits",
        "cycle.py",
        "self._journal.append(records, durable=True)",
        "self._journal.append(records, durable=False)",
        CYCLE,
    ),
    _mutant("a fill is counted twice", "order_book.py", "if known is not None:", "if False:", BOOK),
    _mutant("a fill after the end is nothing", "order_book.py", "anomaly=Reason.FILL_AFTER_END", "anomaly=None", BOOK),
    _mutant(
        "a fill beyond the quantity is nothing",
        "order_book.py",
        "anomaly=Reason.FILL_BEYOND_QUANTITY",
        "anomaly=None",
        BOOK,
    ),
    _mutant(
        "a fill beyond the protection price is nothing",
        "order_book.py",
        "anomaly=Reason.FILL_BEYOND_PROTECTION",
        "anomaly=None",
        BOOK,
    ),
    _mutant("a fill of nobody's is nothing", "order_book.py", "anomaly=Reason.FILL_UNHEARD_OF", "anomaly=None", BOOK),
    _mutant(
        "a report on nobody's order is nothing",
        "order_book.py",
        "anomaly=Reason.REPORT_UNHEARD_OF",
        "anomaly=None",
        BOOK,
    ),
]
# A mutant that changes nothing: were it caught, the harness would catch anything.
NONE = _mutant("nothing is taken out", "operating.py", "def is_shut(", "def is_shut(", OPERATING)


@pytest.mark.parametrize(
    "mutant", [*OF_THE_POLICY, *OF_THE_HALTS, *OF_THE_CYCLE, *of_the_rules()], ids=lambda mutant: mutant.name
)
def test_without_its_guard_a_test_fails(mutant: Mutant, tmp_path: Path) -> None:
    """A test that nothing fails proves nothing."""
    code, said = verdict(mutant, tmp_path)
    assert code == FAILED, f"{mutant.name}: pytest ended with {code}\n{said[-3000:]}"


def test_with_every_guard_in_place_none_does(tmp_path: Path) -> None:
    """The copy is used, and is sound."""
    code, said = verdict(NONE, tmp_path)
    assert code == PASSED, said


def test_a_guard_that_has_moved_is_missed() -> None:
    """Nobody believes that a guard was taken out that was not there."""
    with pytest.raises(LookupError, match="say where the guard is now"):
        _mutant("gone", "operating.py", "no such guard", "", OPERATING).source()
