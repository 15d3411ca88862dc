"""``interlock explain``: what would have let an order pass, how far a wish was, and ``--what-if``."""

import json
import shlex
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.core.decision import Finding, NoAction, Outcome
from interlock.core.distance import Distance
from interlock.core.market import Bar, Silence
from interlock.core.risk.rule import Candidate
from interlock.core.risk.rules.max_order_quantity import MaxOrderQuantity
from interlock.core.strategies.moving_average_cross import MovingAverageCross
from interlock.core.view import MarketView
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.testing.builders import A_MINUTE, A_TIME

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

Say = pytest.CaptureFixture[str]
# Controls that deny nearly everything, alone and together, and restrict now and then.
TIGHT = """
fast = 2
slow = 3
quantity = "5"
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.max_order_quantity]
limit = "5"
[risk.max_order_notional]
limit = "{notional}"
[risk.max_position]
limit = "4"
[risk.price_collar]
limit = "0.05"
[risk.data_age]
limit_seconds = "60"
[risk.order_rate]
entries = 1
exits = 1
window_seconds = "600"
[risk.price_jump]
limit = "0.02"
[risk.drawdown]
limit = "0.01"
"""

EXECUTIONS = """
[risk.repeated_executions]
limit = 1
window_seconds = "60000"
"""


def told(capsys: Say, *words: str, code: int = ExitCode.DONE) -> str:
    """What is said, on one line."""
    capsys.readouterr()
    assert run(["explain", *words]) == code
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err * (code != ExitCode.DONE)).split())


def sections(capsys: Say, *words: str, code: int = ExitCode.DONE) -> dict[str, Any]:
    """The same as data."""
    found: dict[str, Any] = json.loads(told(capsys, *words, "--json", code=code))["sections"]
    return found


def decided(journal: Path, outcome: Outcome) -> list[int]:
    """The records of that outcome."""
    with AskedJournal(journal) as asked:
        records = [(seq, asked.record(seq)) for seq in range(asked.last_seq + 1)]
    return [seq for seq, record in records if record.decision is not None and record.decision.outcome is outcome]


def puts(changes: list[dict[str, Any]]) -> dict[str, str]:
    """Each change as it is written behind ``--what-if``."""
    return {each["key"]: _written(each["needed"]) for each in changes}


def _written(value: object) -> str:
    return json.dumps(value)


def what_if(capsys: Say, seq: int, asked: dict[str, str]) -> str:
    """The outcome of that."""
    words = [word for key, value in asked.items() for word in ("--what-if", f"{key}={value}")]
    outcome = sections(capsys, str(seq), *words)["what_if"]["facts"]["after"]["outcome"]
    assert isinstance(outcome, str)
    return outcome


def test_the_changes_that_are_named_do_it_and_nothing_less(home: "Home", capsys: Say) -> None:
    """Put in as a what-if. With one left out, or one step short, or something else in the way, they do not."""
    journal = home.run(cycles=45, parameters=TIGHT.format(notional="400"))
    passed, obstructed = 0, 0
    for seq in decided(journal, Outcome.DENIED):
        facts = sections(capsys, str(seq))["why_not"]["facts"]
        asked = puts(facts["changes"])
        assert what_if(capsys, seq, asked) == ("APPROVED" if facts["passes"] else "DENIED")
        passed += facts["passes"]
        obstructed += bool(facts["obstacles"])
        if not facts["passes"] or passed > 2:
            continue
        for change in facts["changes"]:
            key, step = change["key"], change["step"]
            assert what_if(capsys, seq, {each: asked[each] for each in asked if each != key}) == "DENIED"
            short = Decimal(change["needed"]) - Decimal(step)
            less = str(int(short)) if isinstance(change["needed"], int) else json.dumps(format(short, "f"))
            assert what_if(capsys, seq, {**asked, key: less}) == "DENIED"
    assert passed > 1
    assert obstructed > 1


def test_what_is_printed_is_ready_to_be_pasted(home: "Home", capsys: Say) -> None:
    """Amounts, numbers and a list that is longer than a line, each on a line of its own; all together do it."""
    others = json.dumps([f"OTHER{number}" for number in range(12)])
    limits = TIGHT.format(notional="400").replace('["TEST"]', others)
    journal = home.run(cycles=45, parameters=limits)
    pasted = 0
    for seq in decided(journal, Outcome.DENIED):
        facts = sections(capsys, str(seq))["why_not"]["facts"]
        capsys.readouterr()
        assert run(["explain", str(seq)]) == ExitCode.DONE
        lines = [line.strip() for line in capsys.readouterr().out.splitlines() if "--what-if" in line]
        words = [word for line in lines for word in shlex.split(line)]
        assert words == [word for each in facts["changes"] for word in ("--what-if", each["what_if"])]
        after = sections(capsys, str(seq), *words)["what_if"]["facts"]["after"]["outcome"]
        assert after == ("APPROVED" if facts["passes"] else "DENIED")
        pasted += facts["passes"]
    assert pasted


def test_every_execution_is_counted_however_few_the_rule_looks_back_over(home: "Home", capsys: Say) -> None:
    """For that every record is read: with a limit of one only two are kept, and there might have been more."""
    wide = TIGHT.format(notional="900").replace('"4"', '"9"').replace("entries = 1", "entries = 9")
    home.run(parameters=wide.replace("exits = 1", "exits = 9") + EXECUTIONS)
    records = [kind for _, kind, _ in home.rows()]
    seq = decided(home.journal, Outcome.DENIED)[-1]
    facts = sections(capsys, str(seq))["why_not"]["facts"]
    needed = {change["key"]: change["needed"] for change in facts["changes"]}
    assert needed["risk.repeated_executions.limit"] == records[:seq].count("OrderFilled") == 2
    assert "TRADING_STATE_REDUCING" in [each["code"] for each in facts["obstacles"]]


def test_what_if_is_repeatable_and_touches_nothing(home: "Home", capsys: Say) -> None:
    """Before and after side by side; the journal has not one byte more."""
    home.run(quantity="9")
    before = home.journal.read_bytes()
    (first, *_) = decided(home.journal, Outcome.DENIED)
    asked = [str(first)]
    for key in ("max_order_quantity.limit=9", "max_order_notional.limit=2000", "max_position.limit=9"):
        asked += ["--what-if", f"risk.{key}"]
    said = told(capsys, *asked)
    for words in (
        "What if With these changes: risk.max_order_notional.limit = 2000, where it was 900.",
        "outcome: on record DENIED (QUANTITY_EXCEEDS_MAXIMUM); with this it would have been APPROVED (TREND_TURNED_UP)",
        "This asks for less protection than was configured: risk.max_order_notional.limit, "
        "risk.max_order_quantity.limit, risk.max_position.limit.",
        "What was recorded stands: DENIED (QUANTITY_EXCEEDS_MAXIMUM). Nothing was changed, and nothing was sent.",
    ):
        assert words in said
    assert home.journal.read_bytes() == before


def test_fees_can_be_put_in(home: "Home", capsys: Say) -> None:
    """They count for the cash that has to be there."""
    home.run(parameters=TIGHT.format(notional="900") + "[risk.free_cash]\n")
    assert "free_cash" in told(capsys, "--last-denied", "--what-if", 'execution.fee_fixed="9999"')
    data = sections(capsys, "--last-denied", "--what-if", 'execution.fee_fixed="9999"')["what_if"]["facts"]
    codes = [finding["code"] for finding in data["after"]["findings"]]
    assert "NOTIONAL_EXCEEDS_FREE_BALANCE" in codes


def test_a_strategy_that_looks_back_further_is_asked_with_all_that_it_would_have_seen(
    home: "Home", capsys: Say
) -> None:
    """More bars than were kept: they are read from the journal's beginning."""
    home.run()
    seq = decided(home.journal, Outcome.NO_ACTION)[-1]
    asked = ["--what-if", "strategy.slow=20", "--what-if", "strategy.fast=7"]
    facts = sections(capsys, str(seq), *asked)["what_if"]["facts"]
    with AskedJournal(home.journal) as journal:
        seen = [journal.record(each).observation for each in range(seq + 1)]
    closes = [bar.close for bar in seen if isinstance(bar, Bar)]
    fast, slow = (sum(closes[-length:]) / length for length in (7, 20))
    (reason,) = [line for line in facts["lines"] if line["name"] == "reason"]
    for average in (fast, slow):
        assert format(Decimal(average).quantize(Decimal("0.0001")).normalize(), "f") in reason["after"]


def test_any_record_can_be_asked_about(home: "Home", capsys: Say) -> None:
    """Where nothing is decided nothing would have been another."""
    home.run(cycles=10)
    facts = sections(capsys, "0", "--what-if", "risk.max_position.limit=1")["what_if"]["facts"]
    assert (facts["before"], facts["after"], facts["differs"]) == (None, None, False)


def test_how_far_a_wish_was_is_told(home: "Home", capsys: Say) -> None:
    """Of a decision that wanted nothing; and of none besides."""
    home.run(cycles=15)
    for seq in decided(home.journal, Outcome.NO_ACTION):
        found = sections(capsys, str(seq))
        assert found["why_not"] is None
        wish = found["wish"]["facts"]["code"]
        codes = {"WINDOW_NOT_FULL": "BARS_STILL_NEEDED", "TREND_DOWN_AND_FLAT": "BUYS_ABOVE"}
        if wish in codes:
            assert found["distance"]["facts"]["code"] == codes[wish]
    assert sections(capsys, "--last-order")["distance"] is None
    first = decided(home.journal, Outcome.NO_ACTION)[0]
    assert "How far it was from a wish Bars still to come before it can compare anything: 2." in told(
        capsys, str(first)
    )


def test_a_silence_tells_no_distance(home: "Home", capsys: Say) -> None:
    """The strategy was not asked, so no price would have made it wish anything; at the bar before, one would have."""
    bars = home.feed[:6]
    home.feed = [*bars, Silence(until=A_TIME + 8 * A_MINUTE)]
    home.run()
    *_, bar, silent = decided(home.journal, Outcome.NO_ACTION)
    found = sections(capsys, str(silent))
    assert (found["wish"]["facts"]["code"], found["distance"]) == ("NO_NEW_BAR", None)
    assert sections(capsys, str(bar))["distance"]["facts"]["code"] == "BUYS_ABOVE"


@pytest.mark.parametrize(
    ("answer", "error", "place"),
    [
        (RuntimeError("a secret"), "RuntimeError", "commands/test_explain_further.py:"),
        ("far", "WrongAnswer", "MovingAverageCross.distance answered with a str"),
        (Distance("ODD.FAR", {"n": 0.5}), "WrongAnswer", "a number must be a Decimal, an int or text, and not a float"),  # type: ignore[dict-item]
    ],
)
def test_a_strategy_that_fails_to_say_how_far_does_not_pass_for_one_that_names_none(
    answer: object, error: str, place: str, home: "Home", capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin may raise anything, or answer anything: its fault is told, as text and as data, without its message."""
    home.run(cycles=10)
    seq = str(decided(home.journal, Outcome.NO_ACTION)[0])

    def distance(self: MovingAverageCross, no_action: NoAction, view: MarketView) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(MovingAverageCross, "distance", distance)
    found = sections(capsys, seq)["distance"]
    assert found["facts"]["code"] is None
    assert (found["facts"]["fault"]["where"], found["facts"]["fault"]["error"]) == ("strategy", error)
    assert found["facts"]["fault"]["place"].startswith(place)
    said = told(capsys, seq)
    assert f"How far it was from a wish The strategy could not say, for it failed there: {error} ({place}" in said
    assert "a secret" not in said
    monkeypatch.setattr(MovingAverageCross, "distance", lambda *_: None)
    assert sections(capsys, seq)["distance"] is None


def test_a_rule_that_fails_to_name_a_limit_does_not_pass_for_one_that_has_none(
    home: "Home", capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fault is told beside its denial, as text and as data, and its message is not."""
    home.run(quantity="9")
    seq = str(decided(home.journal, Outcome.DENIED)[0])

    def relaxed(self: MaxOrderQuantity, finding: Finding, candidate: Candidate, view: MarketView) -> object:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(MaxOrderQuantity, "relaxed", relaxed)
    facts = sections(capsys, seq)["why_not"]["facts"]
    assert facts["passes"] is False
    fault = facts["faults"]["max_order_quantity"]
    assert (fault["where"], fault["error"]) == ("rule", "ZeroDivisionError")
    assert fault["place"].startswith("commands/test_explain_further.py:")
    said = told(capsys, seq)
    assert "No wider limits are known that would have let it pass. In its way stands: max_order_quantity: " in said
    assert "Which limit would have done max_order_quantity could not say, for it failed there: ZeroDiv" in said
    assert "a secret" not in said


def test_a_record_that_is_not_what_follows_has_no_what_if(home: "Home", capsys: Say) -> None:
    """Whatever came of it would be held against something that was never decided here."""
    home.run(quantity="9")
    (first, *_) = decided(home.journal, Outcome.DENIED)
    home.change(first, '"outcome":"DENIED"', '"outcome":"ERROR"')
    found = sections(capsys, str(first), code=ExitCode.FINDING)
    assert (found["why_not"], found["distance"], found["what_if"]) == (None, None, None)
    said = told(capsys, str(first), "--what-if", "risk.max_position.limit=1", code=ExitCode.USAGE)
    assert f"--what-if is asked of a record that was made once more, to the byte: record {first} was not" in said


def test_a_what_if_that_cannot_be_is_refused_with_every_problem(home: "Home", capsys: Say) -> None:
    """As a configuration is, and nothing is told of the record."""
    home.run(cycles=10)
    asked = ["--what-if", "limit 1", "--what-if", 'market_data.interval="5m"']
    capsys.readouterr()
    assert run(["explain", *asked]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the configuration has 2 problems" in captured.err
    assert "what came is what came" in captured.err
