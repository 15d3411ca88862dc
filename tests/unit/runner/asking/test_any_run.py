"""Whatever a simulated market does, under whatever limits: every record of the run can be asked."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.adapters.market_data.simulated_walk import Feature
from interlock.core.decision import Outcome
from interlock.core.explain import story
from interlock.runner.asking.further import further
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.asking.telling import as_data, as_text
from interlock.runner.main import run
from interlock.runner.report.reading import read
from interlock.runner.report.stories import stories

RUN = """
run_mode = "SIM"
account = "any"
opening_cash = "{cash}"
state_dir = "state"
[[instruments]]
symbol = "ANY"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
seed = {seed}
bars = 90
features = {features}
[strategy]
name = "moving_average_cross"
fast = 2
slow = {slow}
quantity = "{quantity}"
[risk.allowed_instruments]
instruments = ["ANY"]
[risk.max_order_quantity]
limit = "3"
[risk.max_order_notional]
limit = "{notional}"
[risk.max_position]
limit = "4"
[risk.price_collar]
limit = "{collar}"
[risk.data_age]
limit_seconds = "60"
[risk.session]
[risk.free_cash]
[risk.price_jump]
limit = "0.05"
[risk.order_rate]
entries = 2
exits = 4
window_seconds = "900"
[risk.daily_loss]
limit = "{loss}"
[risk.drawdown]
limit = "20"
[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "{participation}"
[loop]
interval_seconds = "1"
"""

RUNS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "features": st.lists(st.sampled_from([each.value for each in Feature]), unique=True).map(json.dumps),
        "slow": st.integers(3, 9),
        "quantity": st.integers(1, 4),
        "cash": st.sampled_from(["250", "100000"]),
        "notional": st.sampled_from(["150", "310", "100000"]),
        "collar": st.sampled_from(["0.0001", "0.02"]),
        "loss": st.sampled_from(["0.5", "50"]),
        "participation": st.sampled_from(["0.001", "0.5"]),
    }
)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=RUNS)
def test_every_record_of_any_run_is_explained(chosen: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    """Made once more to the byte, told in whole sentences and as data; a denial says what it would have taken.
    A page of the run tells each record alike."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "any.toml"
        file.write_text(RUN.format(**chosen))
        assert run(["run", "-c", str(file)]) in (0, 1)
        capsys.readouterr()
        with AskedJournal(Path(folder) / "state" / "sim" / "journal.sqlite3") as journal:
            runs = {each.seq: each.started for each in read(journal.rows).runs}
            on_the_page = stories(journal.rows, journal.opened, journal.last_seq, range(journal.last_seq + 1), runs)
            for seq in range(journal.last_seq + 1):
                moment = journal.moment(seq)
                assert moment.rederived.matches is True, moment.rederived.what
                told = story(moment, further(journal, moment))
                assert all(sentence.text for section in told.sections for sentence in section.sentences)
                assert told == on_the_page[seq]
                assert as_text(told)
                assert json.loads(json.dumps(as_data(told)))["seq"] == seq
                decision = moment.record.decision
                denied = decision is not None and decision.outcome is Outcome.DENIED
                assert (told.section("why_not") is not None) == denied
