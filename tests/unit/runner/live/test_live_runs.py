"""Whole runs in LIVE, in this process: unarmed they watch, armed they enter, and every end of that leaves a way out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from interlock.core.arming import Armed, ArmingRefused, DisarmAsked
from interlock.core.orders import OrderClass
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed, OrderSubmitted, TradingStateChanged, TradingStateReleased
from interlock.runner.exit_codes import ExitCode
from interlock.runner.live.token_file import ask_to_disarm


def classes(runs: Any) -> list[OrderClass]:
    return [event.terms.order_class for event in runs.events(OrderSubmitted)]


def codes(runs: Any) -> list[str]:
    """What each bar was decided for."""
    decided = [record.decision.code for record in runs.records() if record.decision is not None]
    return [code for code in decided if code != Reason.NO_NEW_BAR]


def test_unarmed_it_watches_and_sends_nothing(runs: Any) -> None:
    """It starts, sees every bar, reconciles, and lets nothing out."""
    runs.write("BBBBB")
    ended = runs.run(5)
    assert ended.exit_code is ExitCode.DONE
    assert codes(runs).count(Reason.LIVE_NOT_ARMED) == 5
    assert runs.sent == 0
    assert [event.code for event in runs.events(TradingStateChanged)] == [Reason.LIVE_NOT_ARMED]


def test_armed_before_its_start_it_enters_and_leaves(runs: Any) -> None:
    """The arming is used up, recorded under its fingerprint, and lifts the restriction."""
    runs.write("BS")
    runs.arm()
    runs.run(4)
    assert not (runs.state / "ARMING").exists()
    (armed,) = runs.observed(Armed)
    assert armed.by == "trader@desk"
    assert [event.code for event in runs.events(TradingStateReleased)] == [Reason.LIVE_ARMED]
    assert classes(runs) == [OrderClass.ENTRY, OrderClass.EXIT]
    assert runs.sent == 2


def test_a_run_that_is_on_takes_an_arming_at_its_next_look(runs: Any) -> None:
    """Nothing has to be started anew."""
    runs.write("BBB")
    runs.run(4, before={2: runs.arm})
    assert codes(runs)[0] == Reason.LIVE_NOT_ARMED
    assert runs.sent == 1 or runs.sent == 2
    assert len(runs.observed(Armed)) == 1


def test_a_restart_is_unarmed(runs: Any) -> None:
    """What was typed once is not typed for the next run."""
    runs.write("..B")
    runs.arm()
    runs.run(2)
    runs.run(2)
    assert codes(runs)[-2:] == [Reason.LIVE_NOT_ARMED, "KIT.NOTHING"]
    assert runs.sent == 0


@pytest.mark.parametrize("way", ["expiry", "disarm"])
def test_when_an_arming_ends_exits_and_cancels_still_work(runs: Any, way: str) -> None:
    """Entries do not; what was working is called back, what is held can be sold."""
    runs.write("BL.BS.")
    runs.kit.KitVenue.fills_next = True
    if way == "expiry":
        runs.arm(expires_at=timedelta(minutes=2, seconds=30))
        runs.run(8)
    else:
        runs.arm()
        runs.run(8, before={3: lambda: ask_to_disarm(runs.state, b"trader@desk\nenough\n")})
    code = Reason.LIVE_ARMING_EXPIRED if way == "expiry" else Reason.LIVE_DISARMED
    assert [event.code for event in runs.events(Disarmed)] == [code]
    assert Reason.LIVE_NOT_ARMED in codes(runs)
    assert classes(runs)[-1] is OrderClass.EXIT
    assert runs.venue.position is None
    assert not (runs.state / "DISARM").exists()
    if way == "disarm":
        assert runs.observed(DisarmAsked) == [DisarmAsked(reason="enough", by="trader@desk")]


def test_the_envelope_caps_what_may_be_entered(runs: Any) -> None:
    """One entry was armed: the second is denied, and with the first at its end the arming is over."""
    runs.write("BB.B")
    most = runs.binding().envelope
    import attrs

    runs.arm(envelope=attrs.evolve(most, max_orders=1, max_quantity=Decimal(1)))
    runs.run(5)
    assert runs.sent == 1
    assert [event.code for event in runs.events(Disarmed)] == [Reason.ENVELOPE_USED_UP]


def test_one_that_was_put_back_is_refused(runs: Any) -> None:
    """A copy of an arming that was taken is no newer than itself."""
    runs.write("B....")
    runs.arm()
    copy = (runs.state / "ARMING").read_bytes()
    runs.run(2)
    runs.lay(copy)
    runs.run(2)
    (refused,) = runs.observed(ArmingRefused)
    assert [each.code for each in refused.reasons] == [Reason.ARMING_NOT_NEWER]
    assert not (runs.state / "ARMING").exists()


def test_the_token_is_nowhere(runs: Any) -> None:
    """Not in the journal, the log, the console, a snapshot: only its fingerprint is."""
    runs.write("BS")
    runs.arm()
    runs.run(3)
    runs.arm(expires_at=timedelta(minutes=-1), account="other")
    runs.run(2)
    assert runs.observed(ArmingRefused)
    written = [path.read_bytes() for path in runs.folder.rglob("*") if path.is_file()] + [runs.told.encode()]
    for token in runs.tokens:
        for text in written:
            assert token not in text
            assert token.hex().encode() not in text


def test_unreconciled_it_does_not_enter(runs: Any) -> None:
    """Armed or not: until the venue has answered, entries wait, and watching goes on."""
    runs.write("BBB")
    runs.arm()
    before = runs.kit.KitVenue.from_options

    class Deaf(runs.kit.KitVenue):  # type: ignore[misc]
        def reconcile(self, working: Any, now: Any) -> Any:
            from interlock.core.faults import AdapterUnavailable

            raise AdapterUnavailable("nobody answers")

    runs.kit.KitVenue.from_options = classmethod(lambda cls, options, **_: cls.made.append(Deaf()) or cls.made[-1])
    try:
        runs.run(3)
    finally:
        runs.kit.KitVenue.from_options = before
    assert set(codes(runs)) == {Reason.RECONCILIATION_PENDING}
    assert runs.sent == 0


def test_a_journal_of_live_re_derives_and_its_status_can_be_read(
    runs: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Armings and their ends included: what was decided follows from what was recorded, and from nothing else."""
    from interlock.runner import main

    runs.write("BSB")
    runs.arm(expires_at=timedelta(minutes=2, seconds=30))
    runs.run(5)
    monkeypatch.chdir(runs.folder)
    assert main.run(["journal", "verify"]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert main.run(["status", "--json"]) == 0
    assert '"LIVE"' in capsys.readouterr().out
