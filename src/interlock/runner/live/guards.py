"""What is asked again in LIVE right before an order leaves. It was approved a moment ago, by what was known then.

Exits pass everything that is about arming; nothing here is asked about a cancel.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from interlock.adapters.execution.gate import Guard, Refusal
from interlock.adapters.journal.witness import WitnessedJournal
from interlock.core.orders import ApprovedOrder, OrderClass, OrderTerms
from interlock.core.ports import Clock, Journal
from interlock.core.reasons import Reason
from interlock.core.risk.rules.live_arming import crossed_by, crossed_since
from interlock.core.view import MarketView
from interlock.runner.live.conditions import ALL, Condition, doors
from interlock.runner.live.token_file import DISARM_NAME, is_there

_DYNAMIC: Final = frozenset({Condition.RECONCILED, Condition.ARMED})


class LiveGuards:
    """The guards of one run. ``lacking``: the conditions that did not hold when it began.

    Before it is shown a view, and where no journal is witnessed, nothing leaves.
    """

    def __init__(self, folder: Path, clock: Clock, lacking: frozenset[Condition]) -> None:
        self._disarm = folder / DISARM_NAME
        self._clock = clock
        self._held = ALL - lacking - _DYNAMIC
        self._view: MarketView | None = None
        self._witness: WitnessedJournal | None = None

    def show(self, view: MarketView) -> None:
        """What the run sees from now on."""
        self._view = view

    def witnessed(self, journal: Journal) -> Journal:
        """``journal``, and what becomes durable in it is known here."""
        self._witness = WitnessedJournal(journal)
        return self._witness

    @property
    def guards(self) -> tuple[Guard, ...]:
        """In the order in which they are asked."""
        return (self.on_record, self.in_time, self.not_disarmed, self.armed, self.door_open)

    def on_record(self, order: ApprovedOrder, _: datetime) -> Refusal | None:
        """Its id and its very terms are durable."""
        if self._witness is not None and self._witness.is_on_record(order.terms):
            return None
        return Refusal(code=Reason.NOT_ON_RECORD, numbers={"order": order.terms.client_order_id})

    def in_time(self, order: ApprovedOrder, _: datetime) -> Refusal | None:
        """Permission does not keep, by the clock on the wall either."""
        now, until = self._clock.now(), order.terms.valid_until
        if now < until:
            return None
        numbers = {"valid_until": until.isoformat(), "now": now.isoformat()}
        return Refusal(code=Reason.APPROVAL_EXPIRED, numbers=numbers)

    def not_disarmed(self, order: ApprovedOrder, _: datetime) -> Refusal | None:
        """Nobody took the arming back since the run last looked; where that cannot be told, somebody did."""
        if order.terms.order_class is not OrderClass.ENTRY:
            return None
        try:
            found = DISARM_NAME if is_there(self._disarm) else ""
        except OSError as error:
            found = f"unreadable: {type(error).__name__}"
        if not found:
            return None
        return Refusal(code=Reason.LIVE_DISARMED, numbers={"by": found, "reason": "it lies in the state folder"})

    def armed(self, order: ApprovedOrder, _: datetime) -> Refusal | None:
        """An arming is in force by the clock on the wall, and this order lies within it. It is counted already."""
        terms = order.terms
        if terms.order_class is not OrderClass.ENTRY:
            return None
        view = self._view
        arming = view.arming if view is not None else None
        if view is None or arming is None:
            return Refusal(code=Reason.LIVE_NOT_ARMED)
        ends = arming.armed.expires_at
        if self._clock.now() >= ends:
            return Refusal(code=Reason.LIVE_ARMING_EXPIRED, numbers={"expires_at": ends.isoformat()})
        price = max(terms.protection_price, view.bar.close)
        wanted = crossed_by(arming.armed.envelope, terms.instrument, terms.quantity, price)
        crossed = wanted or crossed_since(arming, view.equity, entries=arming.entries)
        if crossed is None:
            return None
        what, observed, limit = crossed
        return Refusal(code=Reason.ENVELOPE_EXCEEDED, numbers={"what": what, "observed": observed, "limit": limit})

    def door_open(self, order: ApprovedOrder, _: datetime) -> Refusal | None:
        """The table of doors, obeyed once more with what holds at this moment."""
        held = self.held
        has_exposure = self._has_exposure(order.terms)
        opened = doors(held, has_exposure=has_exposure)
        if opened.entry if order.terms.order_class is OrderClass.ENTRY else opened.reduce:
            return None
        lacking = ", ".join(each.value for each in Condition if each not in held)
        return Refusal(code=Reason.LIVE_DOOR_SHUT, numbers={"missing": lacking})

    @property
    def held(self) -> frozenset[Condition]:
        """Every condition that holds now."""
        view = self._view
        if view is None:
            return self._held
        confirmed = {Condition.RECONCILED} if view.reconciliation_pending is None else set[Condition]()
        armed = {Condition.ARMED} if view.arming is not None else set[Condition]()
        return self._held | confirmed | armed

    def _has_exposure(self, terms: OrderTerms) -> bool:
        view = self._view
        if view is None:
            return False
        others = any(each.terms.client_order_id != terms.client_order_id for each in view.working_orders)
        return bool(view.position) or others
