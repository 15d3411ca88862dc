"""Why an order was not let through, as distances: the smallest changes of limits that would have let it pass.

It is found by deciding again, not by reckoning beside the rules. Every rule that denied is asked for the limits under
which it would not have; under those the moment is judged anew, until it passes or no limit is left that would help.
What still denies then is an obstacle: a latch, a missing input, cash. Last, each change is tried without, and a step
short.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, fields

from interlock.core.again import Again, Judged
from interlock.core.decision import Finding, OrderIntent, Outcome
from interlock.core.explain_words import plain
from interlock.core.faults import Fault, WrongAnswer, fault_of_plugin
from interlock.core.risk.rule import Candidate, RiskRule
from interlock.core.values import LightValue
from interlock.core.view import MarketView

# A rule may hide a second denial behind its first; beyond this something goes round in circles.
ROUNDS_MAX: Final = 8

Setting = Decimal | int | bool | str | tuple[str, ...] | None
# A rule and one of its limits.
_Key = tuple[str, str]
_Settings = dict[_Key, Setting]


class Change(LightValue, frozen=True, kw_only=True):
    """One limit that would have had to be another: ``key`` as in the configuration, ``needed`` in its own units.

    ``step`` is what one step is, None where there are none (a list, a switch). ``is_smallest`` says that the order was
    denied again one step short of ``needed``: so it is with every rule that ships.
    """

    key: str
    rule: str
    was: Setting
    needed: Setting
    step: Decimal | int | None
    is_smallest: bool

    @property
    def what_if(self) -> str | None:
        """One line of TOML, as ``--what-if`` reads it; None where a limit would have to go, which TOML cannot say."""
        return f"{self.key}={_toml(self.needed)}" if self.needed is not None else None


class WhyNot(LightValue, frozen=True, kw_only=True):
    """All ``changes`` together, and what would have denied even then. Without ``obstacles`` nothing would have.

    ``faults`` are by the rules that failed where they were asked for a wider limit: there may be one. ``outcome`` and
    ``code`` are what the moment comes to under the changes: APPROVED where nothing denies, unless the
    strategy wants something else of a market in which trading is not restricted.
    """

    changes: tuple[Change, ...]
    obstacles: tuple[Finding, ...]
    faults: Mapping[str, Fault]
    outcome: Outcome
    code: str

    @property
    def passes(self) -> bool:
        """Whether the changes alone would have let an order through."""
        return self.outcome is Outcome.APPROVED


def why_not(again: Again) -> WhyNot | None:
    """What would have let the denied order pass; None where the moment denies none."""
    judged = again.under(again.limits)
    if not judged.is_denied:
        return None
    settings: _Settings = {}
    faults: dict[str, Fault] = {}
    for _ in range(ROUNDS_MAX):
        more = dict(_wider(judged, _put(again.limits, settings), faults))
        if not more:
            break
        settings.update(more)
        judged = again.under(_put(again.limits, settings))
    for key in tuple(settings):
        fewer = {other: value for other, value in settings.items() if other != key}
        without = _tried(again, fewer)
        if without is not None and _verdict(without) == _verdict(judged):
            settings = fewer
    decision = judged.record.decision
    return WhyNot(
        changes=tuple(_change(again, key, settings, judged) for key in settings),
        obstacles=judged.denials,
        faults=faults,
        outcome=decision.outcome if decision is not None else Outcome.ERROR,
        code=decision.code if decision is not None else "",
    )


def _wider(judged: Judged, limits: Mapping[str, Any], faults: dict[str, Fault]) -> Iterator[tuple[_Key, Setting]]:
    """Each limit that denies and need not, and the least that it has to be. A rule that fails goes among ``faults``."""
    decision = judged.record.decision
    intent = decision.proposal if decision is not None else None
    if not isinstance(intent, OrderIntent):
        return
    rules = {rule.name: rule for rule in judged.policy.rules}
    for finding in judged.denials:
        was: Any = limits.get(finding.rule)
        if was is None or finding.rule not in rules:
            continue
        candidate = judged.policy.candidate(intent, judged.view)
        try:
            now = _asked(rules[finding.rule], finding, candidate, judged.view, type(was))
        except BaseException as error:  # noqa: BLE001 - a rule of somebody else may raise anything, and that is told
            faults.setdefault(finding.rule, fault_of_plugin(error, "rule"))
            continue
        if now is None:
            continue  # none of its limits would do
        limits_class: type[Any] = type(was)
        for one in fields(limits_class):
            if one.init and getattr(now, one.name) != getattr(was, one.name):
                yield (finding.rule, one.name), getattr(now, one.name)


def _asked(rule: RiskRule, finding: Finding, candidate: Candidate, view: MarketView, limits: type[Any]) -> object:
    """The limits that it names, or None. Raises whatever a rule of somebody else does, and for another answer."""
    now: object = rule.relaxed(finding, candidate, view)
    if now is not None and type(now) is not limits:
        raise WrongAnswer(f"{type(rule).__name__}.relaxed", f"answered with a {type(now).__name__}")
    return now


def _toml(value: Setting) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case Decimal():
            return f'"{plain(value)}"'
        case _:
            return f'"{"".join(map(_escaped, str(value)))}"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return f"\\{char}"
    # What no terminal shows, TOML wants escaped for the most part.
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _change(again: Again, key: _Key, settings: _Settings, judged: Judged) -> Change:
    rule, name = key
    was, needed = getattr(again.limits[rule], name), settings[key]
    step, is_smallest = None, True
    # A list and a switch have no steps: one short of them is without.
    if isinstance(needed, Decimal | int) and not isinstance(needed, bool):
        step = _step(was, needed)
        towards = needed + step if isinstance(was, Decimal | int) and was > needed else needed - step
        short = _tried(again, {**settings, key: towards})
        is_smallest = short is None or _verdict(short) != _verdict(judged)
    return Change(key=f"risk.{rule}.{name}", rule=rule, was=was, needed=needed, step=step, is_smallest=is_smallest)


def _step(was: Setting, needed: Decimal | int) -> Decimal | int:
    """One unit in the last place of what was written or of what is needed, whichever is finer."""
    if isinstance(needed, int):
        return 1
    places = [int(value.as_tuple().exponent) for value in (was, needed) if isinstance(value, Decimal)]
    return Decimal(1).scaleb(min(0, *places))


def _tried(again: Again, settings: _Settings) -> Judged | None:
    """The moment under these; None where there can be no such limits."""
    try:
        limits = _put(again.limits, settings)
    except (ValueError, TypeError):
        return None
    return again.under(limits)


def _put(limits: Mapping[str, Any], settings: _Settings) -> dict[str, Any]:
    by_rule: dict[str, dict[str, Setting]] = {}
    for (rule, name), value in settings.items():
        by_rule.setdefault(rule, {})[name] = value
    return {**limits, **{rule: evolve(limits[rule], **of_it) for rule, of_it in by_rule.items()}}


def _verdict(judged: Judged) -> tuple[object, ...]:
    """What has to be another for a change to make a difference."""
    decision = judged.record.decision
    return decision.outcome if decision is not None else None, {(each.rule, each.code) for each in judged.denials}
