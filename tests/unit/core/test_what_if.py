"""A recorded moment beside what it would have been under something else."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.again import Again, unforgetting
from interlock.core.cycle import state_for
from interlock.core.decision import CancelIntent, NoAction
from interlock.core.evolve import evolve
from interlock.core.observations import ChangedSetting
from interlock.core.what_if import WhatIf, what_if_section
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.deciding_again import again_at, limits_of, policy_of
from interlock.testing.fakes import ScriptedStrategy
from interlock.testing.rig import Rig

WIDER = (ChangedSetting(key="risk.max_order_quantity.limit", before="10", after="30", loosens=True),)


def moment(*script: object, place: int = -1) -> Again:
    """The newest record of a run over one bar for each wish, or the one at that place."""
    limits, strategy = limits_of(), ScriptedStrategy(*script)
    rig = Rig(journal=MemoryJournal(), strategy=strategy, policy=policy_of(limits))
    rig.bars(*["100"] * len(script))
    records = rig.records if place >= 0 else [each for each in rig.records if each.decision is not None]
    record = records[place]
    policy = policy_of(limits)
    stood = unforgetting(state_for(strategy, policy), strategy, policy, len(rig.records))
    for each in rig.records[: rig.records.index(record)]:
        evolve(stood, each)
    return again_at(stood, record, strategy, limits)


def asked(again: Again, changes: tuple[ChangedSetting, ...], limits: Mapping[str, Any]) -> WhatIf:
    """What it comes to under those limits."""
    return WhatIf(changes=changes, before=again.record, after=again.under(limits).record)


def told(what_if: WhatIf) -> list[str]:
    """Each sentence."""
    return [said.text for said in what_if_section(what_if).sentences]


def test_before_and_after_are_told_side_by_side() -> None:
    """What differs, rule by rule; that less protection was asked for; and that what was recorded stands."""
    again = moment(an_intent(quantity="11"))
    wider = limits_of(max_order_quantity={"limit": Decimal(30)})
    what_if = asked(again, WIDER, wider)
    assert told(what_if) == [
        "With these changes:",
        "risk.max_order_quantity.limit = 30, where it was 10.",
        "outcome: on record DENIED (QUANTITY_EXCEEDS_MAXIMUM); with this it would have been APPROVED (TEST.WISH).",
        'reason: on record "order quantity 11 exceeds the maximum 10"; with this "TEST.WISH".',
        "what follows: on record nothing; with this entry order 0123456789ab-1 goes out: BUY 11 MARKET, never worse "
        "than 105.00, until 2024-01-08T21:00:00Z.",
        "max_order_quantity: on record DENY (order quantity 11 exceeds the maximum 10); with this PASS (order "
        "quantity 11, and 30 is allowed).",
        "This asks for less protection than was configured: risk.max_order_quantity.limit.",
        "What was recorded stands: DENIED (QUANTITY_EXCEEDS_MAXIMUM). Nothing was changed, and nothing was sent.",
    ]
    facts = what_if_section(what_if).facts
    assert list(facts) == ["changes", "lines", "before", "after", "differs"]
    assert facts["differs"] is True
    before, after = facts["before"], facts["after"]
    assert isinstance(before, Mapping)
    assert isinstance(after, Mapping)
    assert (before["outcome"], after["outcome"]) == ("DENIED", "APPROVED")


def test_a_limit_that_makes_no_difference_is_told_as_that() -> None:
    """And one that is just what was configured is, too."""
    again = moment(an_intent(quantity="1"))
    tighter = (ChangedSetting(key="risk.max_order_quantity.limit", before="10", after="5"),)
    what_if = asked(again, tighter, limits_of(max_order_quantity={"limit": Decimal(5)}))
    assert told(what_if)[2:4] == [
        "max_order_quantity: on record PASS (order quantity 1, and 10 is allowed); with this PASS (order quantity 1, "
        "and 5 is allowed).",
        "What was recorded stands: APPROVED (TEST.WISH). Nothing was changed, and nothing was sent.",
    ]
    same = asked(again, (), limits_of())
    assert told(same)[:2] == ["That is what was configured:", "Everything would have been the same."]
    assert what_if_section(same).facts["differs"] is False


def test_a_record_at_which_nothing_is_decided_is_told_as_that() -> None:
    """Or it would read as if the limits had made no difference to the decision that it came of."""
    opened = moment(an_intent(quantity="1"), place=0)
    assert opened.record.decision is None
    said = told(asked(opened, WIDER, limits_of(max_order_quantity={"limit": Decimal(30)})))
    assert said[2].startswith("Nothing is decided at such a record, ")
    assert "Everything would have been the same." not in said


def test_a_control_that_is_turned_on_or_off_is_told_as_that() -> None:
    """It has a finding on one side only."""
    again = moment(an_intent(quantity="1"))
    off = (ChangedSetting(key="risk.free_cash", before="{}", after=None, loosens=True),)
    said = told(asked(again, off, limits_of(without=("free_cash",))))
    assert said[:2] == ["With these changes:", "risk.free_cash = not set, where it was on."]
    passed = "it could cost 105, and 100000 is free"
    assert said[2] == f"free_cash: on record PASS ({passed}); with this not asked."


def test_every_kind_of_wish_can_be_compared() -> None:
    """A cancel, a limit order, no action, an error, and a record in which nothing was decided."""
    wishes: tuple[object, ...] = (
        CancelIntent(code="TEST.WISH", client_order_id="x"),
        an_intent(quantity="1", limit_price="99"),
        NoAction("TEST.CONTENT", {"n": 1}),
        RuntimeError("a defect"),
    )
    lines = [_lines(moment(wish)) for wish in wishes]
    assert [line["wish"] for line in lines] == [
        "to cancel x, because TEST.WISH",
        "BUY 1 at 99 or better, because TEST.WISH",
        "nothing",
        "nothing",
    ]
    assert [line["reason"] for line in lines] == [
        "no working order is called x",
        "TEST.WISH",
        "TEST.CONTENT (n=1)",
        "none that can be told",
    ]
    opening = _lines(moment(an_intent(), place=0))
    assert (opening["outcome"], opening["wish"], opening["what follows"]) == ("no decision", "nothing", "nothing")
    section = what_if_section(asked(moment(an_intent(), place=0), (), limits_of()))
    assert (section.facts["before"], section.facts["after"]) == (None, None)


def _lines(again: Again) -> dict[str, str]:
    lines = asked(again, (), limits_of()).lines
    assert not any(line.differs for line in lines)
    return {line.name: line.after for line in lines}
