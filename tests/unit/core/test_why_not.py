"""The smallest changes that would have let an order pass, found by deciding again."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from attrs import field, frozen
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.again import Again, unforgetting
from interlock.core.cycle import state_for
from interlock.core.decision import CancelIntent, Finding, NoAction, Outcome, Proposal
from interlock.core.distance import Distance
from interlock.core.evolve import evolve
from interlock.core.explain_why_not import NO_ADVICE, distance_section, why_not_section
from interlock.core.faults import Fault
from interlock.core.orders import Side
from interlock.core.ports import Strategy
from interlock.core.reasons import Reason
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.values import positive
from interlock.core.view import MarketView
from interlock.core.why_not import Change, WhyNot, why_not
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.deciding_again import again_at, limits_of, policy_of
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MINUTE

WAIT = NOTHING_TO_DO
BUY = an_intent(quantity="1")


class Told:
    """A run over bars, under the limits of every control but for those that a test changes."""

    def __init__(self, *script: object, without: tuple[str, ...] = (), fills: bool = True, **changed: Any) -> None:
        self.limits = limits_of(without=without, **changed)
        self.strategy: Strategy = ScriptedStrategy(*script)
        self.rig = Rig(
            journal=MemoryJournal(),
            strategy=self.strategy,
            policy=policy_of(self.limits),
            venue=ScriptedVenue(fills=fills),
        )

    def again(self) -> Again:
        """The newest decision, to be made again."""
        records = self.rig.records
        place = max(place for place, record in enumerate(records) if record.decision is not None)
        policy = policy_of(self.limits)
        stood = unforgetting(state_for(self.strategy, policy), self.strategy, policy, len(records))
        for record in records[:place]:
            evolve(stood, record)
        return again_at(stood, records[place], self.strategy, self.limits)

    def why_not(self) -> WhyNot:
        """Of the newest decision, which is a denial."""
        found = why_not(self.again())
        assert found is not None
        return found


def needed(found: WhyNot) -> dict[str, object]:
    """Each change, by its key."""
    return {change.key: change.needed for change in found.changes}


def why_not_told(found: WhyNot) -> tuple[str, ...]:
    """Each sentence."""
    return tuple(said.text for said in why_not_section(found).sentences)


def codes(found: WhyNot) -> list[tuple[str, str]]:
    """What would still deny."""
    return [(finding.rule, finding.code) for finding in found.obstacles]


def test_every_limit_that_denied_is_named_with_what_would_have_done() -> None:
    """All of them together, each in its own units, none wider than it has to be."""
    told = Told(an_intent(quantity="30"))
    told.rig.bar("100")
    found = told.why_not()
    assert found.passes
    assert codes(found) == []
    assert needed(found) == {
        "risk.max_order_quantity.limit": Decimal(30),
        "risk.max_order_notional.limit": Decimal(3150),
        "risk.max_position.limit": Decimal(30),
    }
    assert all(change.is_smallest for change in found.changes)
    assert {change.step for change in found.changes} == {Decimal(1)}
    assert [change.was for change in found.changes] == [Decimal(10), Decimal(2000), Decimal(20)]
    assert why_not_told(found) == (
        "It would have passed with all of these together:",
        "risk.max_order_quantity.limit = 30, where it was 10.",
        """--what-if 'risk.max_order_quantity.limit="30"'""",
        "risk.max_order_notional.limit = 3150, where it was 2000.",
        """--what-if 'risk.max_order_notional.limit="3150"'""",
        "risk.max_position.limit = 30, where it was 20.",
        """--what-if 'risk.max_position.limit="30"'""",
        "With any of them left out, or one step short, it is denied all the same.",
        NO_ADVICE,
    )


def test_one_limit_alone_is_told_as_one() -> None:
    """To the cent, where cents are what is in it."""
    told = Told(BUY, max_order_notional={"limit": Decimal("100")})
    told.rig.bar("100.01")
    found = told.why_not()
    assert needed(found) == {"risk.max_order_notional.limit": Decimal("105.01")}
    assert why_not_told(found) == (
        "It would have passed with this:",
        "risk.max_order_notional.limit = 105.01, where it was 100.",
        """--what-if 'risk.max_order_notional.limit="105.01"'""",
        "One step (0.01) short of that it is denied all the same.",
        NO_ADVICE,
    )


def test_what_was_approved_or_never_asked_for_has_no_why_not() -> None:
    """There is nothing to explain away."""
    told = Told(BUY, WAIT)
    told.rig.bar("100")
    assert why_not(told.again()) is None
    told.rig.bar("100")
    assert why_not(told.again()) is None


def test_a_latch_is_an_obstacle_and_no_limit() -> None:
    """It is named with its code, beside the limits that would have been in the way as well."""
    told = Told(WAIT, RuntimeError("a defect"), an_intent(quantity="11"))
    told.rig.bars("100", "100", "100")
    found = told.why_not()
    assert not found.passes
    assert codes(found) == [("trading_state", Reason.TRADING_HALTED)]
    assert needed(found) == {"risk.max_order_quantity.limit": Decimal(11)}
    assert why_not_told(found) == (
        "Wider limits alone would not have let it pass.",
        "In its way stands what no wider limit changes: trading_state: TRADING_HALTED: trading is halted "
        "(FAULT_IN_STRATEGY).",
        "Besides, these limits were too narrow:",
        "risk.max_order_quantity.limit = 11, where it was 10.",
        """--what-if 'risk.max_order_quantity.limit="11"'""",
    )


def test_a_loss_that_restricts_at_this_very_bar_is_a_limit() -> None:
    """With a larger one trading would not have been restricted at all. A bar later it is a latch."""
    told = Told(an_intent(quantity="10"), WAIT, BUY, BUY, daily_loss={"limit": Decimal(5)})
    told.rig.bars("100", "100", "99")
    found = told.why_not()
    assert found.passes
    assert needed(found) == {"risk.daily_loss.limit": Decimal(10)}
    told.rig.bars("99")
    found = told.why_not()
    assert codes(found) == [("trading_state", Reason.TRADING_STATE_REDUCING)]
    assert needed(found) == {"risk.daily_loss.limit": Decimal(10)}


def test_a_jump_at_this_very_bar_is_a_limit_and_one_before_it_is_not() -> None:
    """A quarantine from before stays, however wide the limit is made now."""
    told = Told(WAIT, BUY, BUY, BUY)
    told.rig.bars("100", "130")
    found = told.why_not()
    assert needed(found) == {"risk.price_jump.limit": Decimal("0.3")}
    assert found.passes
    told.rig.bars("130")
    found = told.why_not()
    assert (needed(found), codes(found)) == ({}, [("price_jump", Reason.QUARANTINED)])
    assert why_not_told(found)[0] == "No wider limit would have let it pass."
    told.rig.bars("180")
    found = told.why_not()
    assert (needed(found), codes(found)) == ({}, [("price_jump", Reason.QUARANTINED)]), "wide or not: it waits"


def test_the_first_bar_cannot_have_jumped() -> None:
    """A quarantine at it, which nothing but a chapter can bring, is from before."""
    told = Told(BUY)
    told.rig.bar("100")
    again = told.again()
    rule = policy_of(told.limits).rules[-1]
    assert isinstance(rule, RiskRule)
    judged = again.under(told.limits)
    jump = next(rule for rule in judged.policy.rules if rule.name == "price_jump")
    candidate = judged.policy.candidate(BUY, judged.view)
    assert jump.relaxed(jump.denied(Reason.QUARANTINED, 1, 0), candidate, judged.view) is None


def test_a_second_denial_behind_the_first_of_one_rule_is_found() -> None:
    """Old and with bars missing before it: both limits of that rule are named."""
    told = Told(WAIT, BUY, data_age={"limit_seconds": Decimal(1), "bars_missed": 0})
    told.rig.bar("100")
    bar = told.rig.bar("100", after=3 * MINUTE)[0].observation
    assert bar is not None
    told = Told(WAIT, BUY, data_age={"limit_seconds": Decimal(1), "bars_missed": 0})
    told.rig.bar("100")
    from interlock.testing.builders import a_bar

    told.rig.step(a_bar("100", at=told.rig.at + 3 * MINUTE), told.rig.at + 3 * MINUTE + timedelta(seconds=2.5))
    found = told.why_not()
    assert found.passes
    assert needed(found) == {"risk.data_age.limit_seconds": Decimal("2.5"), "risk.data_age.bars_missed": 2}
    assert [change.step for change in found.changes] == [Decimal("0.1"), 1]


@pytest.mark.parametrize(
    ("wish", "changed", "without", "obstacle"),
    [
        (BUY, {"opening": True}, (), ("free_cash", Reason.NOTIONAL_EXCEEDS_FREE_BALANCE)),
        (BUY, {}, ("max_position",), ("max_position", Reason.NO_LIMITS_CONFIGURED)),
        (CancelIntent(code="TEST.WISH", client_order_id="x"), {}, (), ("working", Reason.ORDER_UNKNOWN_TO_US)),
    ],
)
def test_what_no_limit_changes_is_named(
    wish: object, changed: Mapping[str, Any], without: tuple[str, ...], obstacle: tuple[str, str]
) -> None:
    """Cash, a mandatory control without a limit, an order that is not there."""
    if changed:
        wish = an_intent(quantity="10000")
        told = Told(
            wish,
            max_order_quantity={"limit": Decimal(10**6)},
            max_order_notional={"limit": Decimal(10**9)},
            max_position={"limit": Decimal(10**6)},
        )
    else:
        told = Told(wish, without=without)
    told.rig.bar("100")
    found = told.why_not()
    assert (needed(found), codes(found)) == ({}, [obstacle])


def test_an_order_that_would_flip_is_denied_under_any_limit() -> None:
    """Whether or not short positions are allowed, and also where that denial hides behind another."""
    told = Told(an_intent(quantity="3"), WAIT, an_intent(Side.SELL, "5"))
    told.rig.bars("100", "100", "100")
    found = told.why_not()
    assert (needed(found), codes(found)) == ({}, [("max_position", Reason.POSITION_WOULD_FLIP)])


def test_going_short_takes_a_switch_and_maybe_a_limit_as_well() -> None:
    """The second is only seen once the first is out of the way."""
    told = Told(an_intent(Side.SELL, "8"), max_position={"limit": Decimal(5)})
    told.rig.bar("100")
    found = told.why_not()
    assert found.passes
    assert needed(found) == {"risk.max_position.allow_short": True, "risk.max_position.limit": Decimal(8)}
    assert "risk.max_position.allow_short = true, where it was false." in why_not_told(found)
    assert "--what-if risk.max_position.allow_short=true" in why_not_told(found)


def test_an_instrument_that_is_not_on_the_list_would_have_to_be() -> None:
    """The list as it is, and that one symbol."""
    told = Told(BUY, allowed_instruments={"instruments": ("OTHER",)})
    told.rig.bar("100")
    found = told.why_not()
    assert needed(found) == {"risk.allowed_instruments.instruments": ("OTHER", "TEST")}
    assert why_not_told(found)[1:4] == (
        "risk.allowed_instruments.instruments = [OTHER, TEST], where it was [OTHER].",
        """--what-if 'risk.allowed_instruments.instruments=["OTHER", "TEST"]'""",
        "Without that it is denied all the same.",
    )


def test_a_collar_is_widened_to_the_price_that_was_asked() -> None:
    """A limit order far from the market: the share is rounded up to what can be written."""
    told = Told(an_intent(quantity="1", limit_price="4"))
    told.rig.bar("3")
    found = told.why_not()
    assert needed(found) == {"risk.price_collar.limit": Decimal("0.3333333334")}


def test_a_collar_inside_of_which_there_is_no_price_is_widened_to_the_nearest_tick() -> None:
    """Every rule that lacked a protection price has one then."""
    told = Told(BUY)
    told.rig.bar("0.007")
    found = told.why_not()
    assert needed(found) == {"risk.price_collar.limit": Decimal("0.4285714286")}
    assert found.passes


def test_a_limit_beyond_what_can_be_written_is_none() -> None:
    """Then that denial stands in the way."""
    told = Told(an_intent(quantity="1", limit_price="9"))
    told.rig.bar("3")
    found = told.why_not()
    assert (needed(found), codes(found)) == ({}, [("price_collar", Reason.PRICE_COLLAR_BREACHED)])


def test_the_rate_counts_every_order_of_the_window() -> None:
    """More than the limit remembers, where another limit was in force before."""
    wishes = [an_intent(quantity="1")] * 16
    told = Told(*wishes, order_rate={"entries": 15, "exits": 5, "window_seconds": Decimal(9000)})
    told.rig.bars(*["100"] * 16)
    assert needed(told.why_not()) == {"risk.order_rate.entries": 16}
    assert "--what-if risk.order_rate.entries=16" in why_not_told(told.why_not())
    told.limits = limits_of(order_rate={"entries": 2, "exits": 2, "window_seconds": Decimal(9000)})
    assert needed(told.why_not()) == {"risk.order_rate.entries": 16}


def test_executions_are_counted_as_far_back() -> None:
    """Six in the window: five were let through, and the sixth restricts."""
    told = Told(*[an_intent(quantity="1")] * 8, repeated_executions={"limit": 2, "window_seconds": Decimal(900)})
    told.rig.bars(*["100"] * 5)
    found = told.why_not()
    assert codes(found) == [("trading_state", Reason.TRADING_STATE_REDUCING)]
    assert needed(found) == {"risk.repeated_executions.limit": 3}


def test_a_strategy_may_want_something_else_of_a_market_that_is_not_restricted() -> None:
    """Then no rule denies any more, and no order is made either."""

    def wish(view: MarketView) -> Proposal:
        return BUY if view.trading_state is TradingState.REDUCING else NoAction("TEST.CONTENT")

    told = Told(an_intent(quantity="10"), WAIT, wish, daily_loss={"limit": Decimal(5)})
    told.rig.bars("100", "100", "99")
    found = told.why_not()
    assert (found.outcome, found.code, found.obstacles) == (Outcome.NO_ACTION, "TEST.CONTENT", ())
    assert not found.passes
    assert why_not_told(found) == (
        "No rule would have denied it with all of these together:",
        "risk.daily_loss.limit = 10, where it was 5.",
        """--what-if 'risk.daily_loss.limit="10"'""",
        "But then the strategy would have wanted something else: NO_ACTION (TEST.CONTENT).",
    )


# ------------------------------------------------------------------------------------ rules of somebody else


@frozen(kw_only=True)
class OddLimits:
    """``most``: inclusive. ``least``: inclusive, too. ``name``: of no meaning."""

    most: Decimal = field(validator=positive)
    least: Decimal = Decimal(0)
    name: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.most < self.least:
            raise ValueError("most must not be below least")


class Odd(RiskRule):
    """Quantities between two limits; what it names as a change is up to the test."""

    name: ClassVar[str] = "odd"
    applies_to = ENTRIES
    source: ClassVar[str] = "nobody's"
    Limits = OddLimits
    answer: ClassVar[Any] = None

    def __init__(self, limits: OddLimits) -> None:
        self._limits = limits

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        quantity = candidate.intent.quantity
        if self._limits.least <= quantity <= self._limits.most:
            return self.passed(quantity, self._limits.most)
        return self.denied("ODD.NO", quantity, self._limits.most)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> Any:
        return type(self).answer(self._limits)


def odd(monkeypatch: pytest.MonkeyPatch, answer: Any, limits: OddLimits | None = None) -> WhyNot:
    """What is named for an order of 7 where that rule allows 5 at most."""
    monkeypatch.setattr(Odd, "answer", staticmethod(answer))
    told = Told(an_intent(quantity="7"))
    told.rig.bar("100")
    both = {**told.limits, "odd": limits or OddLimits(most=Decimal(5))}

    def policy(asked: Mapping[str, Any]) -> RulePolicy:
        return policy_of({name: each for name, each in asked.items() if name != "odd"}, Odd(asked["odd"]))

    again = told.again()
    found = why_not(replace(again, limits=both, policy=policy))
    assert found is not None
    return found


def test_a_rule_of_somebody_else_may_name_its_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other."""
    found = odd(monkeypatch, lambda limits: attrs.evolve(limits, most=Decimal(7)))
    assert found.passes
    assert found.changes == (
        Change(key="risk.odd.most", rule="odd", was=Decimal(5), needed=Decimal(7), step=Decimal(1), is_smallest=True),
    )


def test_a_change_that_is_wider_than_needed_does_not_pass_for_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes its word for it."""
    found = odd(monkeypatch, lambda limits: attrs.evolve(limits, most=Decimal(9)))
    assert found.passes
    assert [change.is_smallest for change in found.changes] == [False]
    assert "Less might have done, for a rule did not name its smallest: risk.odd.most." in why_not_told(found)


def test_a_change_that_makes_no_difference_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is called."""
    found = odd(monkeypatch, lambda limits: attrs.evolve(limits, most=Decimal(7), name="x"))
    assert needed(found) == {"risk.odd.most": Decimal(7)}


def test_a_limit_that_has_to_be_smaller_is_taken_back_upwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A floor, say: one step short of it lies above."""
    limits = OddLimits(most=Decimal(20), least=Decimal("9.5"))
    found = odd(monkeypatch, lambda limits: attrs.evolve(limits, least=Decimal(7)), limits)
    assert needed(found) == {"risk.odd.least": Decimal(7)}
    assert [(change.step, change.is_smallest) for change in found.changes] == [(Decimal("0.1"), True)]


def test_limits_that_go_together_only_are_both_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one of them left out there are no such limits at all."""
    limits = OddLimits(most=Decimal(2), least=Decimal(1))

    def both(limits: OddLimits) -> OddLimits:
        return attrs.evolve(limits, most=Decimal(7), least=Decimal(7))

    found = odd(monkeypatch, both, limits)
    assert needed(found) == {"risk.odd.most": Decimal(7)}, "the other makes no difference"
    assert found.changes[0].is_smallest


@pytest.mark.parametrize("answer", [lambda _: None, lambda _: "wider", lambda limits: limits, lambda _: 1 / 0])
def test_what_is_no_change_is_none(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, something else, the same limits, an exception: then its denial stands in the way."""
    found = odd(monkeypatch, answer)
    assert (needed(found), codes(found)) == ({}, [("odd", "ODD.NO")])


@pytest.mark.parametrize(
    ("answer", "error", "place"),
    [
        (lambda _: 1 / 0, "ZeroDivisionError", r"core/test_why_not\.py:\d+ <lambda>"),
        (lambda _: "wider", "WrongAnswer", r"Odd\.relaxed answered with a str"),
    ],
)
def test_a_rule_that_fails_where_it_is_asked_does_not_pass_for_one_that_knows_of_none(
    answer: Any, error: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fault is told, with the kind and the place and nothing of its message; and no limit is said not to exist."""
    found = odd(monkeypatch, answer)
    section = why_not_section(found)
    first, in_the_way, failed = why_not_told(found)
    assert first == "No wider limits are known that would have let it pass."
    assert in_the_way == "In its way stands: odd: ODD.NO (limit=5, observed=7, rule=odd)."
    assert re.fullmatch(
        rf"Which limit would have done odd could not say, for it failed there: {error} \({place}\)\.", failed
    )
    fault = found.faults["odd"]
    assert section.facts["faults"] == {"odd": {"where": "rule", "error": error, "place": fault.place}}
    assert not why_not_told(odd(monkeypatch, lambda _: None))[0].startswith("No wider limits are known")


def test_a_rule_that_fails_and_then_denies_no_more_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others' changes were enough: that it could not be asked is no secret."""
    told = Told(WAIT, BUY, max_order_quantity={"limit": Decimal("0.5")})
    told.rig.bars("100", "100")

    def relaxed(self: Odd, finding: Finding, candidate: Candidate, view: MarketView) -> Any:
        raise ArithmeticError("a secret")

    monkeypatch.setattr(Odd, "relaxed", relaxed)
    tried: list[Mapping[str, Any]] = []

    def policy(asked: Mapping[str, Any]) -> RulePolicy:
        tried.append(asked)
        least = Decimal(2) if len(tried) == 1 else Decimal(0)
        rule = Odd(OddLimits(most=Decimal(5), least=least))
        return policy_of({name: each for name, each in asked.items() if name != "odd"}, rule)

    limits = {**told.limits, "odd": OddLimits(most=Decimal(5), least=Decimal(2))}
    found = why_not(replace(told.again(), limits=limits, policy=policy))
    assert found is not None
    assert found.passes
    assert list(found.faults) == ["odd"]
    assert any("odd could not say" in said for said in why_not_told(found))
    assert not any("a secret" in said for said in why_not_told(found))


def test_a_rule_that_names_ever_more_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its denial stands in the way, and its changes make no difference."""
    found = odd(monkeypatch, lambda limits: attrs.evolve(limits, name=f"{limits.name}x"))
    assert (needed(found), codes(found)) == ({}, [("odd", "ODD.NO")])


def test_settings_are_told_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing said is "not set"; text is printable."""
    found = odd(monkeypatch, lambda limits: OddLimits(most=Decimal(7), name="a\x1bb"))
    found = replace(
        found,
        changes=(Change(key="risk.odd.name", rule="odd", was=None, needed="a\x1bb", step=None, is_smallest=True),),
    )
    assert "risk.odd.name = a?b, where it was not set." in why_not_told(found)
    assert r"""--what-if 'risk.odd.name="a\U0000001bb"'""" in why_not_told(found)
    deleted = replace(found, changes=(replace(found.changes[0], needed='"\\\x7f'),))
    assert r"""--what-if 'risk.odd.name="\"\\\U0000007f"'""" in why_not_told(deleted)
    unset = replace(found, changes=(replace(found.changes[0], was="a", needed=None),))
    assert "risk.odd.name = not set, where it was a." in why_not_told(unset)
    assert not [said for said in why_not_told(unset) if said.startswith("--what-if")], "TOML has no word for it"


def test_what_is_told_is_told_to_machines_as_well() -> None:
    """Every change with its values, every obstacle as a finding."""
    told = Told(WAIT, RuntimeError("a defect"), an_intent(quantity="11"))
    told.rig.bars("100", "100", "100")
    section = why_not_section(told.why_not())
    assert list(section.facts) == ["passes", "changes", "obstacles", "faults", "outcome", "code"]
    assert section.facts["passes"] is False
    assert section.facts["changes"] == [
        {
            "key": "risk.max_order_quantity.limit",
            "rule": "max_order_quantity",
            "was": Decimal(10),
            "needed": Decimal(11),
            "step": Decimal(1),
            "is_smallest": True,
            "what_if": 'risk.max_order_quantity.limit="11"',
        }
    ]


def test_a_distance_is_told_as_a_sentence() -> None:
    """With its numbers; a code of somebody else's as it is."""
    section = distance_section(Distance(Reason.BUYS_ABOVE, {"needed": Decimal("10.50"), "close": Decimal(10)}))
    assert [said.text for said in section.sentences] == [
        "It would have asked to buy had the newest close been above 10.5; it was 10."
    ]
    numbers = {"needed": Decimal("10.50"), "close": Decimal(10)}
    assert section.facts == {"code": "BUYS_ABOVE", "numbers": numbers, "fault": None}
    assert distance_section(Distance("ODD.FAR", {})).sentences[0].text == "ODD.FAR."


def test_a_strategy_that_fails_where_it_is_asked_is_told_as_a_fault() -> None:
    """What it raised and where; nothing of what stands in the message, and nothing that a terminal would obey."""
    section = distance_section(Fault(where="strategy", error="KeyError", place="mine/\x1bodd.py:7 distance"))
    (said,) = section.sentences
    assert said.text == "The strategy could not say, for it failed there: KeyError (mine/?odd.py:7 distance)."
    fault = {"where": "strategy", "error": "KeyError", "place": "mine/\x1bodd.py:7 distance"}
    assert section.facts == {"code": None, "numbers": None, "fault": fault}
