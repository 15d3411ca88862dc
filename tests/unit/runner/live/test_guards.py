"""The last questions before an order leaves in LIVE, one by one."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.execution.gate import GatedVenue, Refusal
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.evolve import happen
from interlock.core.market import EndOfData
from interlock.core.modes import RunMode
from interlock.core.orders import ApprovedOrder, OrderClass, Side
from interlock.core.reasons import Reason, missing, told
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderAccepted, OrderRejected
from interlock.core.state import State
from interlock.core.view import MarketView
from interlock.runner.live import guards as guards_module
from interlock.runner.live.conditions import Condition
from interlock.runner.live.guards import LiveGuards
from interlock.testing.approvals import A_SESSION, approve, permissive_policy
from interlock.testing.armings import an_arming
from interlock.testing.builders import A_TIME
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.situations import Situation, closes

BARS = closes("100", first=A_TIME)


class Door:
    """A gate with the guards of LIVE, before a venue that takes everything; all is well until a test spoils it."""

    def __init__(self, folder: Path, *lacking: Condition, **changes: Any) -> None:
        self.clock = SimulatedClock(A_TIME)
        self.guards = LiveGuards(folder, self.clock, frozenset(lacking))
        self.journal = self.guards.witnessed(MemoryJournal())
        armed = an_arming(issued_at=A_TIME, expires_at=A_TIME + timedelta(hours=1))
        situation = Situation(mode=RunMode.LIVE, armed=armed, bars=BARS, session=A_SESSION)
        self.state: State = attrs.evolve(situation, **changes).state()
        self.guards.show(MarketView(self.state, A_TIME))
        self.venue = ScriptedVenue()
        self.gate = GatedVenue(self.venue, self.guards.guards)

    def send(self, order: ApprovedOrder, *, durable: bool = True, recorded: bool = True) -> str:
        """Record it and hand it over; empty where it left, otherwise why it did not."""
        event = OrderSubmitted(terms=order.terms)
        if recorded:
            self.journal.append([Record(A_TIME, EndOfData(), None, (event,), None, None, ())], durable=durable)
        happen(self.state, event)
        answer = self.gate.submit(order, self.clock.now())
        if isinstance(answer, OrderRejected):
            assert not self.venue.submitted
            assert (answer.code, answer.detail) == (Reason.REFUSED_BEFORE_SENDING, "")
            numbers = dict(answer.numbers)
            code = str(numbers.pop("because"))
            assert not missing(code, numbers)
            return told(code, numbers)
        assert isinstance(answer, OrderAccepted)
        assert self.venue.submitted
        return ""


def entry(quantity: str = "1") -> ApprovedOrder:
    order = approve(Side.BUY, quantity, bar=BARS[0], collar="0.05")
    assert order.terms.order_class is OrderClass.ENTRY
    return order


def an_exit() -> ApprovedOrder:
    """One unit of what is held, approved as every order is."""
    from interlock.core.decision import Approved
    from interlock.testing.contracts.risk_rule import an_intent

    situation = Situation(bars=BARS, position=Situation().position + 5, session=A_SESSION)
    review = permissive_policy().review(an_intent(Side.SELL), situation.view())
    assert isinstance(review, Approved)
    assert review.order.terms.order_class is OrderClass.EXIT
    return review.order


def test_with_everything_in_order_it_leaves(tmp_path: Path) -> None:
    """Entries and exits."""
    assert Door(tmp_path).send(entry()) == ""
    assert Door(tmp_path).send(an_exit()) == ""


def test_what_is_not_on_record_does_not_leave(tmp_path: Path) -> None:
    """Nor what is not durable yet, nor an exit."""
    for order in (entry, an_exit):
        assert Reason.NOT_ON_RECORD in Door(tmp_path).send(order(), recorded=False)
        assert Reason.NOT_ON_RECORD in Door(tmp_path).send(order(), durable=False)


def test_without_a_witness_or_a_view_nothing_leaves(tmp_path: Path) -> None:
    """A wiring that forgets one opens nothing."""
    guards = LiveGuards(tmp_path, SimulatedClock(A_TIME), frozenset())
    assert [_code(guard(entry(), A_TIME)) for guard in guards.guards] == [
        Reason.NOT_ON_RECORD,
        None,
        None,
        Reason.LIVE_NOT_ARMED,
        Reason.LIVE_DOOR_SHUT,
    ]


def _code(refusal: Refusal | None) -> str | None:
    return refusal.code if refusal is not None else None


def test_what_is_past_its_time_does_not_leave(tmp_path: Path) -> None:
    """By the clock on the wall, whatever stamped the decision; exits too."""
    for order in (entry(), an_exit()):
        door = Door(tmp_path)
        door.clock.advance_to(order.terms.valid_until)
        assert Reason.APPROVAL_EXPIRED in door.send(order)


SPOILED: dict[str, tuple[Callable[[Path, Door], None], str]] = {
    "unarmed": (lambda _, door: setattr(door.state, "arming", None), Reason.LIVE_NOT_ARMED),
    "expired": (lambda _, door: door.clock.advance_to(A_TIME + timedelta(hours=1)), Reason.LIVE_ARMING_EXPIRED),
    "disarmed": (lambda folder, _: (folder / "DISARM").touch(), Reason.LIVE_DISARMED),
    "disarmed by a link": (lambda folder, _: (folder / "DISARM").symlink_to("nowhere"), Reason.LIVE_DISARMED),
    "used up": (
        lambda _, door: setattr(door.state, "arming", attrs.evolve(_arming(door), entries=3)),
        Reason.ENVELOPE_EXCEEDED,
    ),
    "lost": (
        lambda _, door: setattr(door.state, "arming", attrs.evolve(_arming(door), equity_before=10**6)),
        Reason.ENVELOPE_EXCEEDED,
    ),
}


def _arming(door: Door) -> Any:
    return door.state.arming


@pytest.mark.parametrize("how", SPOILED)
def test_what_changed_since_the_approval_keeps_entries_in_and_lets_exits_out(tmp_path: Path, how: str) -> None:
    """Each by itself; a cancel is asked nothing."""
    spoil, code = SPOILED[how]
    door = Door(tmp_path)
    spoil(tmp_path, door)
    assert code in door.send(entry())
    door.gate.cancel("anything", A_TIME)
    assert door.venue.calls == ["cancel anything"]
    other = tmp_path / "other"
    other.mkdir()
    out = Door(other)
    spoil(other, out)
    assert out.send(an_exit()) == ""


def test_an_entry_larger_than_was_armed_does_not_leave(tmp_path: Path) -> None:
    """By quantity, and by value at its protection price."""
    assert "quantity: 11 lies beyond the 10" in Door(tmp_path).send(entry("11"))
    small = an_arming(issued_at=A_TIME, expires_at=A_TIME + timedelta(hours=1), max_notional="104.99")
    assert "order value: 105 lies beyond" in Door(tmp_path, armed=small).send(entry())


@pytest.mark.parametrize("lacking", [Condition.CONTROLS, Condition.PROTECTION])
def test_a_condition_that_is_missing_keeps_the_door_shut(tmp_path: Path, lacking: Condition) -> None:
    """Whatever was approved; what is held is let out."""
    assert f"LIVE lacks what an entry needs: {lacking}" in Door(tmp_path, lacking).send(entry())
    from decimal import Decimal

    assert Door(tmp_path, lacking, position=Decimal(5)).send(an_exit()) == ""


def test_unconfirmed_books_keep_the_door_shut(tmp_path: Path) -> None:
    """The venue has to say what it holds first."""
    from interlock.core.trading_state import ReconciliationCause

    door = Door(tmp_path)
    door.state.reconciliation_pending = ReconciliationCause.START
    assert "RECONCILED" in door.send(entry())


def test_not_knowing_counts_as_disarmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any error while looking."""

    def blind(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(guards_module, "is_there", blind)
    assert "unreadable: PermissionError" in Door(tmp_path).send(entry())
    assert Door(tmp_path).send(an_exit()) == ""
