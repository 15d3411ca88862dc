"""What a venue says when it is asked. A part of ``ExecutionContract``."""

from interlock.core.reports import OrderUnknown
from interlock.core.values import ZERO
from interlock.testing.builders import A_MINUTE, A_TIME
from interlock.testing.contracts.venue import MINUTES, VenueUnderTest


class ReconciliationContract(VenueUnderTest):
    """``find`` and ``reconcile``."""

    def test_find_knows_the_answer_and_every_report(self) -> None:
        """Beginning with what was answered, in the order in which it happened."""
        venue, order = self.venue(), self.order()
        answer = venue.submit(order, A_TIME)
        self.let_pass(venue)
        told = venue.reports()
        assert list(venue.find(order.terms.client_order_id)) == [answer, *told]

    def test_find_knows_nothing_of_an_order_it_never_heard_of(self) -> None:
        """Empty: not even a cancel for it makes it an order."""
        venue = self.venue()
        assert list(venue.find("nobody-1")) == []
        self.canceled(venue, "nobody-1")
        assert list(venue.find("nobody-1")) == []

    def test_reconcile_tells_of_each_order_and_names_what_it_does_not_know(self) -> None:
        """Known orders are told of, an order that never arrived is ``OrderUnknown``; asking changes nothing."""
        venue, known, lost = self.venue(), self.order(1), self.order(2)
        answer = venue.submit(known, A_TIME)
        self.canceled(venue, lost.terms.client_order_id)
        for _ in range(2):
            told = venue.reconcile((known.terms, lost.terms), A_TIME).reports
            assert told[0] == answer
            assert isinstance(told[-1], OrderUnknown)
            assert told[-1].client_order_id == lost.terms.client_order_id
            assert len(told) == 2
        assert list(venue.reports()) == []

    def test_reconcile_begins_with_what_was_not_told_yet(self) -> None:
        """All of it, once: afterwards there is nothing left to report. What was filled is told of again by order."""
        venue, order = self.venue(), self.order()
        answer = venue.submit(order, A_TIME)
        self.let_pass(venue)
        told = list(venue.reconcile((order.terms,), A_TIME + MINUTES * A_MINUTE).reports)
        since = list(venue.find(order.terms.client_order_id))[1:]
        assert bool(since) is self.takes_orders
        assert told == [*since, answer, *since]
        assert list(venue.reports()) == []

    def test_reconcile_tells_of_orders_that_we_do_not_know_of(self) -> None:
        """Whatever works at the venue and was not asked about: somebody else trades this account, or we forgot it."""
        venue, order = self.venue(), self.order()
        answer = venue.submit(order, A_TIME)
        told = list(venue.reconcile((), A_TIME).reports)
        assert told == ([answer] if self.takes_orders else [])

    def test_the_position_it_states_is_what_it_filled(self) -> None:
        """Units, negative when short; a venue that keeps none states none, before and after."""
        venue = self.venue()
        before = venue.reconcile((), A_TIME).position
        venue.submit(self.order(1), A_TIME)
        self.let_pass(venue)
        filled = sum((fill.last_qty for fill in self.fills(venue)), ZERO)
        after = venue.reconcile((), A_TIME + MINUTES * A_MINUTE).position
        assert after == (None if before is None else before + filled)
