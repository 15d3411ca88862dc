"""The gate before the venue: guards are asked right before an order leaves, and about nothing else."""

from datetime import datetime
from typing import Any

import pytest
from typing_extensions import override

from interlock.adapters.execution.gate import ANSWERS_KEPT, GatedVenue, Guard, Refusal
from interlock.core.explain import why
from interlock.core.market import Silence
from interlock.core.orders import ApprovedOrder
from interlock.core.ports.execution import VenueProtection
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.reports import OrderAccepted, OrderRejected
from interlock.core.values import Numbers
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME
from interlock.testing.fakes import ScriptedVenue

ORDER = approve()
NAME = ORDER.terms.client_order_id
UNABLE = {"rule": "gate"}
UNABLE_SAYS = "CHECK_NOT_EVALUABLE: the rule gate could not be evaluated"
REFUSED = Refusal(code=Reason.KILL_SWITCH, numbers={"found": "HALT"})


class Guards:
    """One guard after another; what each was asked is in ``asked``."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[tuple[int, str, datetime]] = []
        self.answers = list(answers)

    @property
    def all(self) -> list[Guard]:
        return [self._guard(place) for place in range(len(self.answers))]

    def _guard(self, place: int) -> Guard:
        def guard(order: ApprovedOrder, now: datetime) -> Refusal | None:
            self.asked.append((place, order.terms.client_order_id, now))
            answer: Any = self.answers[place]
            if isinstance(answer, Exception):
                raise answer
            refusal: Refusal | None = answer
            return refusal

        return guard


def test_an_order_goes_out_when_every_guard_lets_it() -> None:
    """Each is asked about this order, by the domain clock."""
    guards, venue = Guards(None, None), ScriptedVenue()
    assert isinstance(GatedVenue(venue, guards.all).submit(ORDER, A_TIME), OrderAccepted)
    assert guards.asked == [(0, NAME, A_TIME), (1, NAME, A_TIME)]
    assert venue.submitted == [NAME]


def test_what_was_not_approved_does_not_pass_whatever_the_venue_takes() -> None:
    """An adapter behind it may look less closely."""

    class Forged:
        terms = ORDER.terms

    class TakesAnything(ScriptedVenue):
        @override
        def submit(self, order: Any, now: datetime) -> Any:
            self.calls.append("submit anything")

    venue = TakesAnything()
    with pytest.raises(TypeError, match="approved"):
        GatedVenue(venue, ()).submit(Forged(), A_TIME)  # type: ignore[arg-type]
    assert venue.calls == []


def test_a_gate_without_guards_is_open() -> None:
    """It is the guards that refuse, never the gate."""
    assert isinstance(GatedVenue(ScriptedVenue(), ()).submit(ORDER, A_TIME), OrderAccepted)


@pytest.mark.parametrize(
    ("answer", "numbers", "says"),
    [
        (REFUSED, {"found": "HALT"}, "KILL_SWITCH: the kill switch is on (HALT)"),
        (Refusal(code="MINE.OWN"), {}, "MINE.OWN"),
        (KeyError("a-secret"), UNABLE | {"why": "KeyError"}, f"{UNABLE_SAYS} (KeyError)"),
        (False, UNABLE | {"why": "bool"}, f"{UNABLE_SAYS} (bool)"),
        ("fine", UNABLE | {"why": "str"}, f"{UNABLE_SAYS} (str)"),
    ],
)
@pytest.mark.parametrize("before", [0, 1])
def test_one_guard_is_enough_to_refuse(answer: object, numbers: Numbers, says: str, before: int) -> None:
    """Whichever it is; one that raises, or answers with anything but a plain None, refuses too."""
    venue = ScriptedVenue()
    refused = GatedVenue(venue, Guards(*[None] * before, answer, None).all).submit(ORDER, A_TIME)
    assert refused == OrderRejected(
        client_order_id=NAME,
        ts_event=A_TIME,
        code=Reason.REFUSED_BEFORE_SENDING,
        numbers={**numbers, "because": says.partition(":")[0]},
    )
    assert venue.calls == []
    assert why(Record(A_TIME, refused)) == (f"{NAME} was not sent: the gate did not let it out to the venue: {says}")


def test_what_was_refused_stays_refused_and_what_was_sent_stays_sent() -> None:
    """The same order handed over again: guards that think otherwise by now change nothing."""
    guards, venue = Guards(REFUSED), ScriptedVenue()
    gate = GatedVenue(venue, guards.all)
    refused = gate.submit(ORDER, A_TIME)
    guards.answers = [None]
    assert gate.submit(ORDER, A_TIME) is refused
    assert gate.find(NAME) == (refused,)
    assert gate.reconcile((ORDER.terms,), A_TIME).reports == (refused,)
    other = approve(ordinal=2)
    accepted = gate.submit(other, A_TIME)
    guards.answers = [REFUSED]
    assert gate.submit(other, A_TIME) == accepted
    assert gate.reconcile((ORDER.terms, other.terms), A_TIME).reports == (refused, accepted)


def test_nothing_but_an_order_is_gated() -> None:
    """Cancels, questions and the market go through a shut gate, and what the venue says comes back."""
    guards, venue = Guards(REFUSED), ScriptedVenue()
    gate = GatedVenue(venue, guards.all)
    gate.cancel("theirs", A_TIME)
    assert [report.client_order_id for report in gate.reports()] == ["theirs"]
    assert gate.find("theirs") == ()
    gate.reconcile((), A_TIME)
    venue.broken.add("on_market")
    with pytest.raises(Exception, match="on_market is broken"):
        gate.on_market(Silence(until=A_TIME))
    gate.restore(())
    assert (gate.fees, gate.describe()) == (venue.fees, venue.describe())
    assert venue.calls == ["cancel theirs", "reconcile "]
    assert guards.asked == []


def test_it_is_what_the_venue_inside_is() -> None:
    """Nobody takes a live venue for a harmless one because a gate stands before it."""

    class Live(ScriptedVenue):
        is_live, is_io, protection = True, False, VenueProtection.DEAD_MAN_TIMER

    gate = GatedVenue(Live(), ())
    assert (gate.is_live, gate.is_io, gate.protection) == (True, False, VenueProtection.DEAD_MAN_TIMER)
    plain = GatedVenue(ScriptedVenue(), ())
    assert (plain.is_live, plain.is_io, plain.protection) == (False, True, None)


def test_older_answers_are_forgotten() -> None:
    """Months of refused orders need no more memory than a day of them."""
    gate = GatedVenue(ScriptedVenue(), (lambda *_: REFUSED,))
    for ordinal in range(1, ANSWERS_KEPT + 3):
        gate.submit(approve(ordinal=ordinal), A_TIME)
    assert len(gate._answers) == ANSWERS_KEPT
