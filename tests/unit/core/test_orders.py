"""Orders, and the one value that is permission."""

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from msgspec.structs import replace

from interlock.core.decision import Approved
from interlock.core.orders import ApprovedOrder, OrderTerms, OrderType, Side, opposite
from interlock.testing.approvals import approve
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.situations import some_terms

FORGERIES: list[Any] = [None, True, object(), 0, "permission", some_terms(), ApprovedOrder, type]


@pytest.mark.parametrize("permission", FORGERIES)
def test_nobody_but_the_policy_mints_an_approved_order(permission: Any) -> None:
    """Whatever is shown in place of the permission."""
    with pytest.raises(PermissionError, match="only the risk policy"):
        ApprovedOrder(some_terms(), permission)


def test_an_approved_order_cannot_be_made_again_from_within() -> None:
    """Not even by initialising one that was granted with other terms."""
    order = approve()
    anything: Any = order
    with pytest.raises(PermissionError):
        anything.__init__(some_terms(), order)
    assert order.terms != some_terms()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_permission_does_not_travel(copied: Any) -> None:
    """No copy, no deep copy, no pickle in any protocol."""
    with pytest.raises(TypeError, match="permission does not travel"):
        copied(approve())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_protocol_of_pickle_takes_it(protocol: int) -> None:
    """The old ones neither."""
    with pytest.raises(TypeError):
        pickle.dumps([approve()], protocol)


def test_it_has_one_shape() -> None:
    """A subclass could say anything about itself."""
    anything: Any = type
    with pytest.raises(TypeError, match="no subclasses"):
        anything("Forged", (ApprovedOrder,), {})


def test_it_cannot_be_changed() -> None:
    """A new wish needs a new review."""
    order = approve()
    before = order.terms
    changes: list[Callable[[], None]] = [
        lambda: setattr(order, "terms", some_terms()),
        lambda: setattr(order, "note", "anything"),
        lambda: delattr(order, "terms"),
        lambda: setattr(order.terms, "quantity", Decimal(1_000_000)),
    ]
    for change in changes:
        with pytest.raises((AttributeError, attrs.exceptions.FrozenError)):
            change()
    assert order.terms is before
    assert not hasattr(order, "__dict__")


def test_it_tells_its_name_and_nothing_else() -> None:
    """In a log it is a name."""
    assert repr(approve(ordinal=7)) == "ApprovedOrder(kit000000000-7)"


def test_an_approval_carries_an_approved_order_and_nothing_that_looks_like_one() -> None:
    """Whoever writes a policy cannot answer yes with something made up."""

    class Lookalike:
        terms = some_terms()

    made: Any = Approved
    for forged in (Lookalike(), some_terms(), None):
        with pytest.raises(TypeError):
            made(order=forged, findings=())
    assert made(order=approve(), findings=()).terms == approve().terms


TOO_FINE, TOO_LARGE = Decimal("1.00000000001"), Decimal(10) ** 12


@pytest.mark.parametrize(
    "wrong",
    [
        {"side": "BUY"},
        {"side": None},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"quantity": 1},
        {"order_type": "MARKET"},
        {"order_type": OrderType.LIMIT},
        {"limit_price": Decimal(100)},
        {"order_type": OrderType.LIMIT, "limit_price": Decimal(0)},
        {"order_type": OrderType.LIMIT, "limit_price": Decimal(-5)},
        {"order_type": OrderType.LIMIT, "limit_price": Decimal("Infinity")},
        {"order_type": OrderType.LIMIT, "limit_price": 100.0},
        {"time_in_force": "DAY"},
    ],
)
def test_an_intent_is_valid_from_birth(wrong: dict[str, Any]) -> None:
    """A side that is only spelt like one would be taken for the other one."""
    with pytest.raises((ValueError, TypeError)):
        replace(an_intent(), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": Decimal(0)},
        {"protection_price": Decimal("NaN")},
        {"reserved": Decimal(-1)},
        {"ts_init": datetime(2024, 1, 8)},  # noqa: DTZ001 - naive on purpose
        {"valid_until": datetime(2024, 1, 8)},  # noqa: DTZ001
    ],
)
def test_terms_are_valid_from_birth(wrong: dict[str, Any]) -> None:
    """Amounts that can be, times that mean something."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(some_terms(), **wrong)


_AMOUNTS = {"quantity": Decimal(0), "protection_price": Decimal(0), "reserved": Decimal("-0.01")}
_TIMES = ("ts_init", "session_open", "valid_until")


@pytest.mark.parametrize("bad", [1, None, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), TOO_FINE, TOO_LARGE])
@pytest.mark.parametrize("field", _AMOUNTS)
def test_terms_say_which_field_is_bad(field: str, bad: Any) -> None:
    """Each amount is looked at, whatever is wrong with it, and told by its name with what was found."""
    for wrong in (bad, _AMOUNTS[field]):
        with pytest.raises(ValueError, match=f"^{field} must .*"):
            replace(some_terms(), **{field: wrong})


@pytest.mark.parametrize("field", _TIMES)
def test_each_time_of_terms_is_in_utc(field: str) -> None:
    """A naive one means nothing; UTC by another name is UTC."""
    with pytest.raises(ValueError, match=f"^{field} must be aware UTC"):
        replace(some_terms(), **{field: datetime(2024, 1, 8)})  # noqa: DTZ001
    other = timezone(timedelta(0), "Zulu")
    assert getattr(replace(some_terms(), **{field: datetime(2024, 1, 8, tzinfo=other)}), field).tzinfo is other


def test_the_first_field_that_is_bad_is_told() -> None:
    """Always the same one, in the order in which they stand."""
    with pytest.raises(ValueError, match=r"^quantity must be above zero, found 0$"):
        replace(some_terms(), quantity=Decimal(0), reserved=Decimal(-1), ts_init=datetime(2024, 1, 8))  # noqa: DTZ001


def test_terms_may_be_as_large_as_amounts_are() -> None:
    """They are looked at together, and each of them may be the largest there is."""
    most = TOO_LARGE - Decimal("1E-10")
    terms = replace(some_terms(), quantity=most, protection_price=most, reserved=most)
    assert terms.quantity + terms.protection_price + terms.reserved == 3 * most


def test_terms_are_plain_data() -> None:
    """They are compared and copied like any value, and allow nothing."""
    assert copy.deepcopy(some_terms()) == some_terms()
    assert isinstance(pickle.loads(pickle.dumps(some_terms())), OrderTerms)
    assert some_terms().valid_until - some_terms().session_open == timedelta(hours=7)


def test_the_opposite_of_the_opposite_is_the_side() -> None:
    """There are two."""
    assert opposite(Side.BUY) is Side.SELL
    assert opposite(Side.SELL) is Side.BUY
