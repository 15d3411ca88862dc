"""Each guard of gate, kill switch, release and LIVE is taken out in turn, and a test fails without it."""

from pathlib import Path

import pytest

from .harness import FAILED, Mutant, verdict

pytestmark = pytest.mark.slow

GATE = ("tests/unit/adapters/execution/test_gate.py",)
SWITCH = ("tests/unit/runner/test_kill_switch.py",)
FILES = ("tests/unit/runner/test_operator_files.py",)
REQUEST = ("tests/unit/runner/test_resume_request.py", "tests/unit/runner/test_operator_files.py")
WIRED = ("tests/unit/runner/test_container.py", "tests/unit/runner/test_halts_hold.py")
CONDITIONS = ("tests/unit/runner/live/test_conditions.py",)
GUARDS = ("tests/unit/runner/live/test_guards.py",)
TOKENS = ("tests/unit/runner/live/test_tokens.py",)
RUNS = ("tests/unit/runner/live/test_live_runs.py", "tests/unit/runner/live/test_live_machine.py")
RULE = ("tests/contract/test_rule_live_arming.py",)
WITNESS = ("tests/unit/adapters/journal/test_witness.py",)
ARM = ("tests/unit/runner/live/test_arm.py",)
LIVE = "runner/live/"


def _mutant(name: str, file: str, guard: str, gone: str, tests: tuple[str, ...], nth: int = 0) -> Mutant:
    return Mutant(name=name, file=file, guard=guard, gone=gone, tests=tests, nth=nth)


OF_THE_GATE = [
    _mutant("no guard is asked", "adapters/execution/gate.py", "for guard in self._guards:", "for guard in ():", GATE),
    _mutant(
        "a refusal is overheard",
        "adapters/execution/gate.py",
        "            if refusal is not None:\n",
        "            if False:\n",
        GATE,
    ),
    _mutant(
        "a guard that raises lets pass",
        "adapters/execution/gate.py",
        "return _unable(type(error).__name__)",
        "return None",
        GATE,
    ),
    _mutant(
        "a guard may answer anything",
        "adapters/execution/gate.py",
        "return _unable(type(answer).__name__)",
        "return None",
        GATE,
    ),
    _mutant(
        "a refused order may ask again", "adapters/execution/gate.py", "if name not in self._answers:", "if True:", GATE
    ),
    _mutant(
        "anything may be sent",
        "adapters/execution/gate.py",
        "if not isinstance(order, ApprovedOrder):",
        "if False:",
        GATE,
    ),
    _mutant(
        "the gate is not built", "runner/container.py", "return GatedVenue(", "return (lambda venue, _: venue)(", WIRED
    ),
    _mutant(
        "the kill switch is not asked",
        "adapters/execution/gate.py",
        "self._guards = tuple(guards)",
        "self._guards = tuple(guards)[1:]",
        (*GATE, *WIRED),
    ),
]

OF_THE_KILL_SWITCH = [
    _mutant("HALT is not looked for", "runner/kill_switch.py", "HALT_NAME: TradingState.HALTED, ", "", SWITCH),
    _mutant("REDUCE is not looked for", "runner/kill_switch.py", ", REDUCE_NAME: TradingState.REDUCING", "", SWITCH),
    _mutant("a link is followed", "runner/kill_switch.py", "os.lstat(place)", "os.stat(place)", SWITCH),
    _mutant(
        "not being able to look is nothing",
        "runner/kill_switch.py",
        'return f"unreadable: {type(error).__name__}"',
        'return ""',
        SWITCH,
    ),
    _mutant(
        "not being able to look for REDUCE is REDUCE",
        "runner/kill_switch.py",
        "state if found == name else TradingState.HALTED",
        "state",
        SWITCH,
    ),
    _mutant(
        "REDUCE stops exits, or nothing",
        "runner/kill_switch.py",
        "seen is None or (seen.state is TradingState.REDUCING and",
        "seen is None or (",
        SWITCH,
    ),
    _mutant("the guard does not look", "runner/kill_switch.py", "seen = look(folder)", "seen = None", SWITCH, 0),
    _mutant(
        "the run does not look",
        "runner/operator_files.py",
        "prevails(seen.state, Reason.KILL_SWITCH, view.trading_state, view.trading_state_code)",
        "False",
        FILES,
    ),
    _mutant(
        "a release overlooks a file that stands",
        "runner/operator_files.py",
        "if seen is not None else ()",
        "if False else ()",
        FILES,
    ),
    _mutant("a release counts twice", "runner/resume_request.py", "if why := _remove(place):", "if False:", REQUEST, 1),
    _mutant("a refused release is kept", "runner/resume_request.py", "if why := _remove(place):", "if False:", REQUEST),
    _mutant(
        "anybody's request is obeyed",
        "runner/resume_request.py",
        "if found.st_uid != os.geteuid():",
        "if False:",
        REQUEST,
    ),
    _mutant(
        "a request that others may write is obeyed",
        "runner/resume_request.py",
        "if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):",
        "if False:",
        REQUEST,
    ),
    _mutant(
        "any file is a request", "runner/resume_request.py", "if not stat.S_ISREG(found.st_mode):", "if False:", REQUEST
    ),
    _mutant(
        "any request is fresh, and about us",
        "runner/resume_request.py",
        "_check(request, journal_id, now)",
        "pass",
        REQUEST,
    ),
]

OF_LIVE = [
    _mutant(
        "LIVE needs no condition",
        f"{LIVE}conditions.py",
        "entry=starts and ALL.issubset(held)",
        "entry=starts",
        CONDITIONS,
    ),
    _mutant(
        "the venue need not be reached",
        f"{LIVE}conditions.py",
        "reached = REACHING.issubset(held)",
        "reached = True",
        CONDITIONS,
    ),
    _mutant(
        "a venue need not protect",
        f"{LIVE}conditions.py",
        "(has_exposure or Condition.PROTECTION in held)",
        "True",
        CONDITIONS,
    ),
    _mutant(
        "who holds something is locked out",
        f"{LIVE}conditions.py",
        "(has_exposure or Condition.PROTECTION in held)",
        "(Condition.PROTECTION in held)",
        CONDITIONS,
    ),
    _mutant("--live need not be said", f"{LIVE}conditions.py", "if flag is False:", "if False:", CONDITIONS),
    _mutant(
        "a venue need not be live",
        f"{LIVE}conditions.py",
        "    if not is_live(venue):\n",
        "    if False:\n",
        CONDITIONS,
    ),
    _mutant(
        "a feed need not be live", f"{LIVE}conditions.py", "    if not is_live(feed):\n", "    if False:\n", CONDITIONS
    ),
    _mutant(
        "a control may be missing",
        f"{LIVE}conditions.py",
        "        if name not in config.risk:\n",
        "        if False:\n",
        CONDITIONS,
    ),
    _mutant(
        "a control's word is enough",
        f"{LIVE}conditions.py",
        'return getattr(cls, "is_live", None) is True',
        "return True",
        (*CONDITIONS, *RUNS),
    ),
    _mutant(
        "the lower modes take live adapters",
        f"{LIVE}conditions.py",
        "if may_be_live(adapter(loaded, kind)) and not MODES[mode].live_adapters:",
        "if False:",
        CONDITIONS,
    ),
    _mutant(
        "LIVE may be left behind", f"{LIVE}conditions.py", "    if left is not None:\n", "    if False:\n", CONDITIONS
    ),
    _mutant(
        "an order need not be on record",
        f"{LIVE}guards.py",
        "if self._witness is not None and self._witness.is_on_record(order.terms):",
        "if True:",
        GUARDS,
    ),
    _mutant("permission keeps", f"{LIVE}guards.py", "        if now < until:\n", "        if True:\n", GUARDS),
    _mutant(
        "DISARM is not looked for",
        f"{LIVE}guards.py",
        'found = DISARM_NAME if is_there(self._disarm) else ""',
        'found = ""',
        GUARDS,
    ),
    _mutant(
        "DISARM that cannot be seen is none",
        f"{LIVE}guards.py",
        'found = f"unreadable: {type(error).__name__}"',
        'found = ""',
        GUARDS,
    ),
    _mutant(
        "the gate asks for no arming",
        f"{LIVE}guards.py",
        "return Refusal(code=Reason.LIVE_NOT_ARMED)",
        "return None",
        GUARDS,
    ),
    _mutant("the gate minds no end", f"{LIVE}guards.py", "if self._clock.now() >= ends:", "if False:", GUARDS),
    _mutant(
        "the gate minds no envelope", f"{LIVE}guards.py", "        if crossed is None:\n", "        if True:\n", GUARDS
    ),
    _mutant(
        "the door stands open",
        f"{LIVE}guards.py",
        "if opened.entry if order.terms.order_class is OrderClass.ENTRY else opened.reduce:",
        "if True:",
        GUARDS,
    ),
    _mutant(
        "any terms are on record",
        "adapters/journal/witness.py",
        "self._durable.get(terms.client_order_id) == digest_of(terms)",
        "terms.client_order_id in self._durable",
        WITNESS,
    ),
    _mutant(
        "what waits is durable", "adapters/journal/witness.py", "        if durable:\n", "        if True:\n", WITNESS
    ),
    _mutant(
        "what failed is on record",
        "adapters/journal/witness.py",
        "        self._within.append(records, durable=durable)\n",
        "        self._waiting.update(found)\n        self._within.append(records, durable=durable)\n",
        WITNESS,
    ),
    _mutant(
        "an edited arming counts",
        f"{LIVE}attendant.py",
        "        if not token.is_whole:\n",
        "        if False:\n",
        TOKENS,
    ),
    _mutant(
        "an arming holds anywhere",
        f"{LIVE}attendant.py",
        "            if theirs != ours:\n",
        "            if False:\n",
        TOKENS,
    ),
    _mutant(
        "an arming counts twice", f"{LIVE}attendant.py", "if last is not None and issued_at <= last:", "if False:", RUNS
    ),
    _mutant("an arming of tomorrow counts", f"{LIVE}attendant.py", "if issued_at > now:", "if False:", TOKENS),
    _mutant("an arming that ended counts", f"{LIVE}attendant.py", "if now >= expires_at:", "if False:", TOKENS),
    _mutant(
        "an arming lasts for ever", f"{LIVE}attendant.py", "if expires_at - issued_at > LASTS_MAX:", "if False:", TOKENS
    ),
    _mutant(
        "an envelope may be wider than the limits",
        f"{LIVE}attendant.py",
        "yield from beyond(bound.envelope, config)",
        "yield from ()",
        TOKENS,
    ),
    _mutant(
        "an arming makes up for what is missing",
        f"{LIVE}attendant.py",
        "yield from (each.cause for each in missing(self._loaded, flag=None))",
        "yield from ()",
        TOKENS,
    ),
    _mutant(
        "an arming that could not be used up counts",
        f"{LIVE}token_file.py",
        'raise Unusable(f"it could not be used up ({type(error).__name__})") from error',
        "pass",
        TOKENS,
    ),
    _mutant(
        "an arming that others may read counts",
        f"{LIVE}token_file.py",
        "if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:",
        "if False:",
        TOKENS,
    ),
    _mutant(
        "an arming never ends",
        "core/risk/rules/live_arming.py",
        "if view.now >= expires_at else None",
        "if False else None",
        RULE,
    ),
    _mutant(
        "any instrument is armed",
        "core/risk/rules/live_arming.py",
        "if instrument not in envelope.instruments:",
        "if False:",
        RULE,
    ),
    _mutant(
        "any quantity is armed",
        "core/risk/rules/live_arming.py",
        "if quantity > envelope.max_quantity:",
        "if False:",
        RULE,
    ),
    _mutant(
        "any value is armed",
        "core/risk/rules/live_arming.py",
        "if notional > envelope.max_notional else None",
        "if False else None",
        RULE,
    ),
    _mutant(
        "any number is armed", "core/risk/rules/live_arming.py", "if entries > envelope.max_orders:", "if False:", RULE
    ),
    _mutant(
        "any loss is armed",
        "core/risk/rules/live_arming.py",
        "if loss > envelope.max_loss else None",
        "if False else None",
        RULE,
    ),
    _mutant(
        "what is used up stays armed",
        "core/risk/rules/live_arming.py",
        "if arming.entries >= most and not _is_entering(view):",
        "if False:",
        (*RULE, *RUNS),
    ),
]


@pytest.mark.parametrize("mutant", [*OF_THE_GATE, *OF_THE_KILL_SWITCH, *OF_LIVE], ids=lambda mutant: mutant.name)
def test_without_its_guard_a_test_fails(mutant: Mutant, tmp_path: Path) -> None:
    """A test that nothing fails proves nothing."""
    code, said = verdict(mutant, tmp_path)
    assert code == FAILED, f"{mutant.name}: pytest ended with {code}\n{said[-3000:]}"
