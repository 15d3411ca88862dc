"""A run in LIVE, rehearsed: what was armed is in force as it was, the venue is of paper, nothing else is reached."""

import json
from decimal import Decimal
from typing import Any

import pytest

from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

PAPER = """adapter = "paper"
slippage_bps = "0"
fee_bps = "0"
fee_fixed = "0"
participation = "ignore"
"""


def test_what_a_run_in_live_recorded_is_rehearsed_and_nothing_is_sent(
    runs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its own configuration nothing changes where it stood; on paper it enters and leaves as it did."""
    runs.write("BBBS..BS")
    runs.arm()
    runs.run(5)
    runs.run(5)
    calls = list(runs.calls)
    journal, new = runs.state / "journal.sqlite3", runs.folder / "new.toml"
    data: dict[str, Any] = {}
    for changed in (("", ""), ('limit = "20"', 'limit = "1"')):
        for adapter, code in (('adapter = "kit_venue"\n', ExitCode.REFUSED), (PAPER, ExitCode.DONE)):
            text = runs.file.read_text().replace('adapter = "kit_venue"\n', adapter)
            new.write_text(text.replace(*changed) if changed[0] else text)
            capsys.readouterr()
            assert run(["replay", "--journal", str(journal), "--against", str(new), "--json"]) == code
            data = json.loads(capsys.readouterr().out)
            assert bool(data["local"]["changed"]) is bool(changed[0])
            assert (data["full"] is None) is (code is ExitCode.REFUSED)
        recorded, rehearsed = data["full"]["recorded"], data["full"]["new"]
        assert recorded["orders"] > 1
        assert Decimal(rehearsed["exposure_max"]) > 0
        if not changed[0]:
            # The books of a venue in memory are not the recorded ones: no fee, and the next open's price.
            for key in ("approved", "denied", "orders", "entries", "exits", "fills", "trading_state", "trading_code"):
                assert rehearsed[key] == recorded[key]
        else:
            assert rehearsed["entries"] < recorded["entries"]
    assert runs.calls == calls
