"""A code with its numbers, inside of what was observed: kept whole, and spelled as before where there are none."""

from decimal import Decimal
from typing import Any

import pytest

from interlock.adapters.journal.codec import decode, encode
from interlock.core.arming import ArmingRefused
from interlock.core.commands import Command, OperatorCommand
from interlock.core.explain import why
from interlock.core.faults import JournalUnavailable
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.reports import OrderExpired, OrderRejected
from interlock.testing.builders import A_TIME

AT = "2020-01-02T15:00:00Z"
# Bodies as builds before this one wrote them, and what is told of them.
EARLIER = {
    "OrderRejected": (
        f'{{"observation":{{"client_order_id":"o-1","code":"OFF_LOT","detail":"the quantity 1.5 is not a multiple of '
        f'the lot 1","ts_event":"{AT}"}},"ts_init":"{AT}"}}',
        'o-1 is rejected by the venue: OFF_LOT: "the quantity 1.5 is not a multiple of the lot 1"',
    ),
    "OperatorCommand": (
        '{"observation":{"by":"anna@desk","command":"RESUME","reason":"settled","standing":["the kill switch is on '
        f'(HALT)"]}},"ts_init":"{AT}"}}',
        "anna@desk asks for trading to be released: settled; in its way stands the kill switch is on (HALT)",
    ),
    "ArmingRefused": (
        f'{{"observation":{{"reasons":["it ended","it was changed after it was typed"]}},"ts_init":"{AT}"}}',
        "an arming is refused and gone: it ended; it was changed after it was typed",
    ),
}


@pytest.mark.parametrize("kind", EARLIER)
def test_what_an_earlier_build_wrote_has_the_same_bytes(kind: str) -> None:
    """So its chain holds, it is made once more the same, and it is told in the words that it has."""
    body, told = EARLIER[kind]
    record = decode(kind, body.encode())
    assert encode(record).decode() == body
    assert why(record) == told


@pytest.mark.parametrize(
    "observation",
    [
        OrderRejected(
            client_order_id="o-1",
            ts_event=A_TIME,
            code=Reason.INSTRUMENT_UNKNOWN,
            numbers={"instrument": "7203", "tick": Decimal("0.01"), "many": Decimal("1E+30"), "count": 3},
        ),
        OperatorCommand(
            command=Command.RESUME,
            reason="settled",
            by="anna@desk",
            standing=(Cause(code=Reason.KILL_SWITCH, numbers={"found": "12"}), Cause(code="MINE.OWN")),
        ),
        ArmingRefused(reasons=(Cause(code=Reason.ARMING_TOO_LONG, numbers={"observed": Decimal("24.01")}),)),
    ],
)
def test_a_code_comes_back_with_its_numbers(observation: Any) -> None:
    """Amounts as amounts, and text that reads as one as text."""
    record = Record(A_TIME, observation)
    back: Any = decode(record.kind, encode(record))
    assert back.observation == observation
    for cause in getattr(observation, "reasons", getattr(observation, "standing", (observation,))):
        assert all(type(number) in (Decimal, int, str) for number in cause.numbers.values())
    assert encode(back) == encode(record)


@pytest.mark.parametrize(
    "reason", ['{"code":"X"}', '{"code":1,"numbers":{}}', '{"code":"X","numbers":{"a":1.5}}', "7", '{"x":1}']
)
def test_what_no_encoder_wrote_is_refused(reason: str) -> None:
    """A journal that cannot be read cannot be trusted."""
    body = f'{{"observation":{{"reasons":[{reason}]}},"ts_init":"{AT}"}}'
    with pytest.raises(JournalUnavailable, match="a record of a ArmingRefused cannot be read"):
        decode("ArmingRefused", body.encode())


@pytest.mark.parametrize("report", [OrderRejected, OrderExpired])
def test_a_number_that_no_record_can_keep_is_the_adapters_fault(report: Any) -> None:
    """It is told where it is said: in the journal it would be the journal's."""
    with pytest.raises(ValueError, match="numbers must be a Decimal, an int or text, and not a float, found "):
        report(client_order_id="o-1", ts_event=A_TIME, code="X", numbers={"a": 1.5})
