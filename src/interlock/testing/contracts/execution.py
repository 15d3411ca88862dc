"""What every venue promises, as tests. See ``interlock.core.ports.execution``."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from interlock.core.fees import FeeSchedule
from interlock.core.market import EndOfData, RefusedRow, Silence, Split
from interlock.core.orders import Side
from interlock.core.reasons import missing
from interlock.core.reports import CancelRejected, OrderAccepted, OrderCanceled, OrderRejected, OrderUnknown
from interlock.core.values import ZERO, problem_with_amount
from interlock.testing.approvals import A_SESSION
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.contracts.reconciliation import ReconciliationContract
from interlock.testing.contracts.venue import MINUTES


class ExecutionContract(ReconciliationContract):
    """Subclass it, name the class ``Test...``, say how to make a venue. Every test here then runs on yours.

    Orders come from ``approve``: 10 units of TEST at about 100, decided at ``A_TIME``, good for ``A_SESSION``.
    """

    # ------------------------------------------------------------------------------------------ submit

    def test_what_is_proved_is_what_is_named(self) -> None:
        """The venue under test is of the class that ``subject`` names."""
        assert type(self.venue()) is self.subject

    def test_an_order_is_answered_accepted_rejected_or_unknown(self) -> None:
        """The answer is about that order, and stamped with the domain clock in aware UTC."""
        order = self.order()
        answer = self.venue().submit(order, A_TIME)
        assert isinstance(answer, OrderAccepted | OrderRejected | OrderUnknown)
        assert isinstance(answer, OrderAccepted) is self.takes_orders
        assert answer.client_order_id == order.terms.client_order_id
        assert answer.ts_event.utcoffset() == timedelta(0)
        if isinstance(answer, OrderRejected):
            assert answer.code
            assert answer.detail.isprintable()
            # Either in words of the venue's own, or with every number that the sentence of its code names.
            assert answer.detail or not missing(answer.code, answer.numbers)

    def test_only_an_approved_order_is_taken(self) -> None:
        """Terms say what was allowed and allow nothing: handed over alone, or by whatever else holds some, they are
        refused and nothing works."""
        venue, terms = self.venue(), self.order().terms
        for unapproved in (terms, SimpleNamespace(terms=terms)):
            with pytest.raises(TypeError, match="a venue takes approved orders"):
                venue.submit(unapproved, A_TIME)  # type: ignore[arg-type]
        self.let_pass(venue)
        assert self.fills(venue) == []
        assert venue.find(terms.client_order_id) == ()

    def test_the_same_order_handed_over_twice_works_once(self) -> None:
        """However often it is submitted, before, between and after its fills: one answer, filled at most once."""
        venue, order = self.venue(), self.order()
        answers = [venue.submit(order, A_TIME), venue.submit(order, A_TIME + A_MINUTE)]
        self.let_pass(venue)
        answers.append(venue.submit(order, A_TIME + MINUTES * A_MINUTE))
        self.let_pass(venue)
        assert answers == [answers[0]] * 3
        filled = sum((fill.last_qty for fill in self.fills(venue)), ZERO)
        assert filled == (order.terms.quantity if self.takes_orders else 0)

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
    def test_an_expired_approval_is_rejected_and_nothing_works(self, late: timedelta) -> None:
        """At ``valid_until`` and after it, permission is gone: it would be for another session."""
        venue, order = self.venue(), self.order()
        answer = venue.submit(order, order.terms.valid_until + late)
        assert isinstance(answer, OrderRejected)
        self.let_pass(venue)
        assert self.fills(venue) == []
        assert venue.find(order.terms.client_order_id) == (answer,)

    # ------------------------------------------------------------------------------------------ cancel

    def test_a_cancel_of_a_working_order_is_answered_and_ends_it(self) -> None:
        """The answer comes as a report about that order; once it is canceled, nothing fills any more."""
        venue, order = self.venue(), self.order()
        venue.submit(order, A_TIME)
        answer = self.canceled(venue, order.terms.client_order_id)
        assert isinstance(answer, OrderCanceled) is self.takes_orders
        self.let_pass(venue)
        assert isinstance(answer, CancelRejected) or self.fills(venue) == []

    def test_every_cancel_is_answered(self) -> None:
        """Of an order that nobody knows, that was filled, that was canceled: rejected, and never silence."""
        venue, filled, canceled = self.venue(), self.order(1), self.order(2)
        venue.submit(filled, A_TIME)
        self.let_pass(venue)
        venue.submit(canceled, A_TIME + MINUTES * A_MINUTE)
        self.canceled(venue, canceled.terms.client_order_id)
        for name in ("nobody-1", filled.terms.client_order_id, canceled.terms.client_order_id):
            for _ in range(3):
                assert isinstance(self.canceled(venue, name), CancelRejected)

    # ----------------------------------------------------------------------------------------- reports

    def test_each_report_is_told_once(self) -> None:
        """What was drained does not come again, and all of it is about orders that we sent."""
        venue, order = self.venue(), self.order()
        venue.submit(order, A_TIME)
        self.let_pass(venue)
        told = list(venue.reports())
        assert len(told) > 0 or not self.takes_orders
        assert {report.client_order_id for report in told} <= {order.terms.client_order_id}
        assert list(venue.reports()) == []

    def test_every_fill_is_a_trade_of_its_own(self) -> None:
        """No ``trade_id`` is used twice, over all orders; no order fills beyond its quantity or protection price."""
        venue = self.venue()
        orders = [self.order(1), self.order(2, side=Side.SELL), self.order(3, limit_price="95", quantity="30")]
        for order in orders:
            venue.submit(order, A_TIME)
        self.let_pass(venue)
        fills = self.fills(venue)
        assert len({fill.trade_id for fill in fills}) == len(fills)
        assert bool(fills) is self.takes_orders
        for terms in (order.terms for order in orders):
            own = [fill for fill in fills if fill.client_order_id == terms.client_order_id]
            assert sum((fill.last_qty for fill in own), ZERO) <= terms.quantity
            for fill in own:
                sign = 1 if terms.side is Side.BUY else -1
                assert sign * fill.last_px <= sign * terms.protection_price
                assert (fill.side, fill.instrument) == (terms.side, terms.instrument)
                assert [problem_with_amount(x) for x in (fill.last_qty, fill.last_px, fill.fee)] == [None] * 3

    def test_nothing_fills_after_the_orders_session(self) -> None:
        """An order that the market never let fill ends with its session: told as a report, and gone."""
        venue, order = self.venue(), self.order(limit_price="51")
        venue.submit(order, A_TIME)
        self.let_pass(venue)
        venue.on_market(Silence(until=A_SESSION.close + A_MINUTE))
        venue.on_market(a_bar("50", low="40", at=A_SESSION.close + 2 * A_MINUTE))
        ends = [type(report).__name__ for report in venue.reports()]
        assert ends == (["OrderExpired"] if self.takes_orders else [])

    def test_whatever_the_feed_hands_over_can_be_shown(self) -> None:
        """Refused rows, silences, splits and the end of the data are no reason to raise or to fill."""
        venue = self.venue()
        venue.submit(self.order(), A_TIME)
        venue.on_market(RefusedRow(source="kit", line=1, field="close", value="x", rule="a number"))
        venue.on_market(Silence(until=A_TIME))
        venue.on_market(Split(instrument="TEST", ts_event=A_TIME, ratio=Decimal(2)))
        venue.on_market(EndOfData(ts_event=A_TIME))
        assert self.fills(venue) == []

    # -------------------------------------------------------------------------------------------- else

    def test_it_describes_itself_in_one_line_and_states_its_fees(self) -> None:
        """One printable line that does not change while it works; fees to reserve for, none below zero."""
        venue = self.venue()
        line = venue.describe()
        assert line
        assert line.isprintable()
        assert isinstance(venue.fees, FeeSchedule)
        assert venue.fees.of(Decimal(1000)) >= 0
        venue.submit(self.order(), A_TIME)
        assert venue.describe() == line

    def test_it_may_be_closed_twice(self) -> None:
        """Closing is harmless: unused, with an order working, and again."""
        venue = self.venue()
        venue.close()
        venue = self.venue()
        venue.submit(self.order(), A_TIME)
        venue.close()
        venue.close()
