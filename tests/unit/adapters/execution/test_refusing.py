"""The door that stays shut."""

from decimal import Decimal

from interlock.adapters.execution.refusing import ANSWERS_KEPT, RefusingVenue
from interlock.core.reasons import Reason, sentence
from interlock.core.reports import CancelRejected
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME


def test_every_order_is_refused_by_the_same_name() -> None:
    """Whatever is asked: no live venue is shipped, and the answer says so in a sentence."""
    venue = RefusingVenue()
    answer = venue.submit(approve(), A_TIME)
    assert answer.code == Reason.LIVE_NOT_AVAILABLE
    assert "no live venue" in sentence(answer.code, answer.numbers)
    assert venue.fees.of(Decimal(100)) == 0


def test_a_cancel_is_refused_by_name_too() -> None:
    """Answered, never silence."""
    venue = RefusingVenue()
    venue.cancel("x", A_TIME)
    expected = CancelRejected(client_order_id="x", ts_event=A_TIME, code=Reason.LIVE_NOT_AVAILABLE)
    assert venue.reports() == (expected,)


def test_what_it_remembers_is_bounded() -> None:
    """The oldest answers are forgotten."""
    venue = RefusingVenue()
    for ordinal in range(1, ANSWERS_KEPT + 3):
        venue.submit(approve(ordinal=ordinal), A_TIME)
    assert venue.find("kit000000000-1") == venue.find("kit000000000-2") == ()
    assert len(venue.find("kit000000000-3")) == 1
