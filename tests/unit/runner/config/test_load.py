"""Discovery, precedence, the ceiling of the run mode, origins and the digest."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.market import Instrument
from interlock.core.modes import RunMode
from interlock.core.origins import Origin, OriginSource
from interlock.runner.config import ConfigurationProblems, Loaded, OriginKind, load
from interlock.runner.config.canonical import canonical
from interlock.runner.config.load import from_canonical, loaded_again
from interlock.runner.config.model import JournalConfig
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.opening import as_recorded

Write = Callable[[str], Path]


def test_without_a_file_everything_is_a_default_that_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file: a simulated market in SIM, a strategy that only observes, and no control, so no order could pass."""
    monkeypatch.chdir(tmp_path)
    loaded = load(None, {}, None)
    config = loaded.config
    assert loaded.path is None
    assert (config.run_mode, config.account, config.currency) == (RunMode.SIM, "demo", "USD")
    assert config.opening_cash == Decimal(100_000)
    assert config.instrument == Instrument(
        symbol="DEMO", tick_size=Decimal("0.01"), lot_size=Decimal(1), calendar="24/7"
    )
    assert (config.market_data.adapter, config.market_data.interval) == ("simulated", timedelta(minutes=1))
    assert (config.strategy.name, config.execution.adapter) == ("observer", "paper")
    assert config.risk == {}
    assert loaded.state_folder == Path("state/demo/sim")
    assert {origin.kind for origin in loaded.origins.values()} == {OriginKind.DEFAULT}


def test_a_file_without_a_mode_is_sim(base: str, write: Write) -> None:
    """SIM where nothing is said."""
    assert load(write(base), {}, None).config.run_mode is RunMode.SIM


def test_what_a_user_writes_is_what_a_run_gets(base: str, write: Write) -> None:
    """The tables of the file, with amounts as exact decimals and splits as dates."""
    text = base.replace('"24/7"', '"24/7"\n[[instruments.splits]]\nex_date = 2000-06-21\nratio = 2')
    text += '[risk.price_jump]\nlimit = "0.20"\n[strategy]\nname = "moving_average_cross"\nfast = 10\nslow = 50\n'
    text += 'quantity = "1"\n[loop]\ninterval_seconds = "0.5"\n'
    config = load(write(text), {}, None).config
    assert config.instrument.splits[0].ratio == Decimal(2)
    assert config.instrument.splits[0].ex_date.isoformat() == "2000-06-21"
    assert config.risk["price_jump"].limit == Decimal("0.20")
    assert (config.strategy.parameters.fast, config.strategy.parameters.slow) == (10, 50)
    assert config.loop.interval_seconds == Decimal("0.5")
    assert config.execution.options.participation == "0.1"


@pytest.mark.parametrize(("written", "read"), [("1", 1), ("300", 300), ("86400", 86_400)])
def test_how_often_the_venue_is_asked_is_read(base: str, write: Write, written: str, read: int) -> None:
    """From a second to a day; five minutes where nothing is said."""
    assert load(write(base), {}, None).config.loop.reconcile_seconds == Decimal(300)
    text = base + f'[loop]\nreconcile_seconds = "{written}"\n'
    assert load(write(text), {}, None).config.loop.reconcile_seconds == Decimal(read)


@pytest.mark.parametrize("written", ['"0.9"', '"0"', '"-1"', '"86400.1"', '"often"', "60.0", "true"])
def test_how_often_the_venue_is_asked_has_a_floor_and_a_ceiling(base: str, write: Write, written: str) -> None:
    """A venue is not asked without end, nor never."""
    with pytest.raises(ConfigurationProblems) as caught:
        load(write(base + f"[loop]\nreconcile_seconds = {written}\n"), {}, None)
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("loop.reconcile_seconds", 21)


def test_no_anchor_is_given_where_none_is_asked_for(base: str, write: Write) -> None:
    """No command, and an hour between two anchors once there is one."""
    journal = load(write(base), {}, None).config.journal
    assert (journal.anchor_command, journal.anchor_every_seconds) == ((), Decimal(3600))


@pytest.mark.parametrize("command", [["/usr/local/bin/stamp", "--queue", " "], ["stamp"], []])
def test_an_anchor_command_is_words_and_not_a_line(base: str, write: Write, command: list[str]) -> None:
    """Nothing splits, expands or quotes it; and it is in the canonical text."""
    text = base + f'[journal]\nanchor_command = {json.dumps(command)}\nanchor_every_seconds = "1"\n'
    loaded = load(write(text), {}, None)
    assert loaded.config.journal.anchor_command == tuple(command)
    assert loaded.config.journal.anchor_every_seconds == Decimal(1)
    assert from_canonical(canonical(loaded.config)) == loaded.config


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("anchor_command", '"stamp --queue"', "an array"),
        ("anchor_command", '[""]', "not empty"),
        ("anchor_command", '[" "]', "not empty"),
        ("anchor_command", '["stamp", ""]', "not empty"),
        ("anchor_command", '["./stamp"]', "an absolute path"),
        ("anchor_command", '["bin/stamp"]', "an absolute path"),
        ("anchor_command", '["~/stamp"]', "an absolute path"),
        ("anchor_command[1]", '["stamp", "a\\u0000b"]', "printable"),
        ("anchor_command[1]", '["stamp", 1]', "a string"),
        ("anchor_every_seconds", '"0.5"', "from 1 to 86400 seconds"),
        ("anchor_every_seconds", '"86401"', "from 1 to 86400 seconds"),
    ],
)
def test_an_anchor_command_that_no_system_takes_is_refused(
    base: str, write: Write, key: str, written: str, expected: str
) -> None:
    """With its line, before anything runs."""
    with pytest.raises(ConfigurationProblems) as caught:
        load(write(base + f"[journal]\n{key.partition('[')[0]} = {written}\n"), {}, None)
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == (f"journal.{key}", 21)
    assert expected in problem.expected


def test_a_null_in_a_word_is_refused_wherever_it_came_from() -> None:
    """Also where no parser stood before the class."""
    with pytest.raises(ValueError, match="not empty"):
        JournalConfig(anchor_command=("stamp", "a\0b"))


# -------------------------------------------------------------------------------------------- discovery


def test_the_named_file_wins_over_the_variable_and_that_over_the_folder(base: str, write: Write) -> None:
    """-c, then INTERLOCK_CONFIG, then ./interlock.toml."""
    write(base)
    Path("env.toml").write_text(base.replace('"demo"', '"env"'), "utf-8")
    Path("flag.toml").write_text(base.replace('"demo"', '"flag"'), "utf-8")
    environ = {"INTERLOCK_CONFIG": "env.toml"}
    assert load(Path("flag.toml"), environ, None).config.account == "flag"
    assert load(None, environ, None).config.account == "env"
    assert load(None, {}, None).config.account == "demo"


def test_a_link_that_leads_nowhere_is_told_and_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken ./interlock.toml must not turn into the defaults."""
    monkeypatch.chdir(tmp_path)
    Path("interlock.toml").symlink_to("nowhere.toml")
    with pytest.raises(ConfigurationProblems, match="no file"):
        load(None, {}, None)


@pytest.mark.parametrize("named", ["", "."])
def test_a_variable_that_names_no_file_is_told_by_its_name(named: str) -> None:
    """And what it names that is not there is named by the variable, not by -c."""
    with pytest.raises(ConfigurationProblems, match="environment: INTERLOCK_CONFIG: found an empty name"):
        load(None, {"INTERLOCK_CONFIG": named}, None)
    with pytest.raises(ConfigurationProblems, match="name the file with INTERLOCK_CONFIG"):
        load(None, {"INTERLOCK_CONFIG": "none.toml"}, None)
    with pytest.raises(ConfigurationProblems, match="name the file with -c"):
        load(Path("none.toml"), {"INTERLOCK_CONFIG": "none.toml"}, None)


@pytest.mark.parametrize("name", ["INTERLOCK_MOED", "INTERLOCK_RISK_LIMIT", "INTERLOCK_"])
def test_an_unknown_variable_is_a_problem(base: str, write: Write, name: str) -> None:
    """INTERLOCK_* is a closed list that holds nothing of risk: a typing error there is told."""
    with pytest.raises(ConfigurationProblems) as caught:
        load(write(base), {name: "x", "OTHER": "y"}, None)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key) == ("environment", None, name)
    # What somebody put there may be a secret.
    assert problem.found == "a variable that nobody reads"
    assert problem.expected == "one of INTERLOCK_CONFIG, INTERLOCK_MODE"
    assert ("did you mean INTERLOCK_MODE?" in problem.remedy) is (name == "INTERLOCK_MOED")


# --------------------------------------------------------------------------------------------- the mode

MODES = list(RunMode)


@pytest.mark.parametrize("stated", [None, *MODES])
@pytest.mark.parametrize("environment", [None, *MODES])
@pytest.mark.parametrize("flag", [None, *MODES])
def test_flag_and_variable_lower_the_mode_and_never_raise_it(
    base: str, write: Write, stated: RunMode | None, environment: RunMode | None, flag: RunMode | None
) -> None:
    """All 64 combinations: the flag is heard before the variable, and the file's mode is the ceiling."""
    path = write(f'run_mode = "{stated}"\n{base}' if stated is not None else base)
    environ = {"INTERLOCK_MODE": environment.value} if environment is not None else {}
    ceiling = stated or RunMode.SIM
    asked = flag or environment or ceiling
    if asked.privilege > ceiling.privilege:
        with pytest.raises(RefusedToStart, match="never raise"):
            load(path, environ, flag)
        return
    loaded = load(path, environ, flag)
    assert loaded.config.run_mode is asked
    assert (loaded.refusal is not None) is (asked is RunMode.LIVE)
    kind = OriginKind.FLAG if flag else OriginKind.ENVIRONMENT if environment else None
    assert kind is None or loaded.origins["run_mode"].kind is kind


def test_a_mode_that_nobody_wrote_is_not_said_to_stand_in_the_file(base: str, write: Write) -> None:
    """What keeps a mode down is told as it is: a line that says so, or none that says anything."""
    with pytest.raises(RefusedToStart, match=r"interlock\.toml says no run_mode, and what says none is SIM"):
        load(write(base), {}, "PAPER")
    with pytest.raises(RefusedToStart, match=r"the file says SIM \(interlock\.toml:1\)"):
        load(write(f'run_mode = "SIM"\n{base}'), {}, "PAPER")


def test_a_journal_keeps_where_values_came_from_and_neither_values_nor_folders(base: str, write: Write) -> None:
    """By place, what is not the default: the file by its name alone, each key with its line."""
    path = write(base + '[risk.price_jump]\nlimit = "0.20"\n')
    folder = path.absolute().parent
    said = as_recorded(load(folder / path, {"INTERLOCK_MODE": "SIM"}, None).origins)
    assert said is not None
    file, variable = sorted(said, key=lambda origin: origin.name)[::-1]
    assert variable == Origin(source=OriginSource.ENVIRONMENT, name="INTERLOCK_MODE", keys={"run_mode": None})
    assert (file.source, file.name) == (OriginSource.FILE, "interlock.toml")
    assert (file.keys["account"], file.keys["instruments[0].symbol"], file.keys["risk.price_jump.limit"]) == (1, 5, 21)
    assert not {"run_mode", "currency", "state_dir"} & file.keys.keys()
    (flag,) = [one for one in as_recorded(load(path, {"INTERLOCK_MODE": "SIM"}, "SIM").origins) or () if one != file]
    assert flag == Origin(source=OriginSource.COMMAND_LINE, name="--mode", keys={"run_mode": None})


def test_where_all_is_the_default_is_not_where_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file nobody said anything; what a journal recorded is loaded without a word of where it came from."""
    monkeypatch.chdir(tmp_path)
    loaded = load(None, {}, None)
    assert as_recorded(loaded.origins) == ()
    assert as_recorded(loaded_again(canonical(loaded.config)).origins) is None


@pytest.mark.parametrize("mode", [RunMode.PAPER, RunMode.LIVE])
def test_without_a_file_only_sim_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: RunMode) -> None:
    """No file: nothing on the command line or in the environment raises the mode."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedToStart, match="there is no file"):
        load(None, {}, mode)
    with pytest.raises(RefusedToStart, match="there is no file"):
        load(None, {"INTERLOCK_MODE": mode}, None)


@pytest.mark.parametrize("written", ["sim", "PAPR", "", " SIM", "0", "ＳＩＭ"])
def test_a_misspelt_mode_never_falls_through(base: str, write: Write, written: str) -> None:
    """On the command line and in the environment alike, even where the other one would win."""
    path = write(base)
    for environ, flag, place in (
        ({"INTERLOCK_MODE": written}, "SIM", "environment"),
        ({"INTERLOCK_MODE": "SIM"}, written, "command line"),
    ):
        with pytest.raises(ConfigurationProblems) as caught:
            load(path, environ, flag)
        (problem,) = caught.value.problems
        assert problem.file == place
        assert problem.expected == "one of SIM, PAPER, LIVE"


def test_live_is_understood_explained_and_refused(base: str, write: Write) -> None:
    """LIVE in the file loads, so that everything else can be checked, and says why it does not start."""
    loaded = load(write('run_mode = "LIVE"\n' + base), {}, None)
    assert loaded.config.run_mode is RunMode.LIVE
    refusal = loaded.refusal
    assert refusal is not None
    assert "interlock.toml:1" in refusal
    assert "none is shipped" in refusal
    assert load(loaded.path, {}, "SIM").refusal is None


# ------------------------------------------------------------------------------------ origins and digest


def test_every_value_has_an_origin(base: str, write: Write) -> None:
    """Default, file and line, variable or flag: for each value of the effective configuration."""
    text = base + '[risk.order_rate]\nentries = 1\nexits = 1\nwindow_seconds = "60"\n'
    origins = load(write(text), {"INTERLOCK_MODE": "SIM"}, None).origins
    assert str(origins["account"]) == "interlock.toml:1"
    assert str(origins["instruments[0].symbol"]) == "interlock.toml:5"
    assert str(origins["risk.order_rate.exits"]) == "interlock.toml:22"
    assert str(origins["currency"]) == "default"
    assert str(origins["market_data.seed"]) == "default"
    assert str(origins["run_mode"]) == "INTERLOCK_MODE"
    assert str(load(Path("interlock.toml"), {"INTERLOCK_MODE": "SIM"}, "SIM").origins["run_mode"]) == "--mode"


def test_the_digest_is_of_the_meaning(base: str, write: Write) -> None:
    """Comments, order, spelling of numbers, the file's place and who said the mode: none of them matters."""
    digest = load(write(base), {}, None).digest
    same = [
        "# a comment\n" + base,
        base.replace('"1000"', "1000").replace('"0.01"', '"0.010"'),
        base.replace('"1m"', '"60s"'),
        base.replace('account = "demo"\nopening_cash = "1000"', 'opening_cash = "1000"\naccount = "demo"'),
        'run_mode = "SIM"\ncurrency = "USD"\n' + base,
    ]
    assert {load(write(text), {}, None).digest for text in same} == {digest}
    assert load(write('run_mode = "PAPER"\n' + base), {}, "SIM").digest == digest
    Path("folder").mkdir()
    Path("interlock.toml").rename("folder/other.toml")
    assert load(Path("folder/other.toml"), {}, "SIM").digest == digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"demo"', '"other"'),
        ('"1000"', '"1000.01"'),
        ('"1m"', '"5m"'),
        ('account = "demo"', 'account = "demo"\nrun_mode = "PAPER"'),
        ('account = "demo"', 'account = "demo"\nstate_dir = "elsewhere"'),
        ("[execution]", '[risk.max_position]\nlimit = "1"\n[execution]'),
    ],
)
def test_another_meaning_has_another_digest(base: str, write: Write, old: str, new: str) -> None:
    """Whatever is effective is in the digest."""
    before = load(write(base), {}, None).digest
    assert load(write(base.replace(old, new, 1)), {}, None).digest != before


def test_the_canonical_text_reads_back(base: str, write: Write) -> None:
    """What the journal recorded can be turned into the configuration that it was."""
    splits = '[[instruments.splits]]\nex_date = 2000-06-21\nratio = "2"\n[[instruments.splits]]\n'
    splits += 'ex_date = "2005-02-28"\nratio = "2"\n\n[market_data]\nstart = 2021-01-01T01:00:00+01:00'
    loaded = load(write(base.replace("[market_data]", splits)), {}, None)
    text = canonical(loaded.config)
    assert '"start":"2021-01-01T00:00:00+00:00"' in text
    assert from_canonical(text) == loaded.config
    with pytest.raises(ConfigurationProblems):
        from_canonical(text.replace('"simulated"', '"gone"'))


def test_two_spellings_are_one_configuration_to_the_last_digit(base: str, write: Write) -> None:
    """What has one digest behaves as one: a zero more in a limit is seen in no finding, nor is the order of tables."""
    first, second = '[risk.price_jump]\nlimit = "{}"\n', '[risk.max_position]\nlimit = "{}"\n'
    one = load(write(base + first.format("0.20") + second.format("10")), {}, None)
    other = load(write(base + second.format("10.0") + first.format("0.2")), {}, None)
    assert one.digest == other.digest
    assert repr(one.config) == repr(other.config) == repr(from_canonical(canonical(one.config)))


def test_paths_are_relative_to_the_file(base: str, write: Write) -> None:
    """A configuration can be run from any folder."""
    write(base)
    Path("folder").mkdir()
    Path("interlock.toml").rename("folder/x.toml")
    loaded = load(Path("folder/x.toml"), {}, None)
    assert loaded.resolve("data.csv") == Path("folder/data.csv")
    assert loaded.resolve("/data.csv") == Path("/data.csv")
    assert loaded.state_folder == Path("folder/state/demo/sim")


def test_the_file_is_never_written(base: str, write: Write) -> None:
    """A read-only file is enough."""
    path = write(base)
    path.chmod(0o444)
    before = path.stat()
    load(path, {}, None)
    assert path.stat().st_mtime_ns == before.st_mtime_ns


# ----------------------------------------------------------------------------------------------- fuzzing


def _load_or_problems(path: Path, environ: Mapping[str, str], mode: str | None) -> Loaded | None:
    try:
        return load(path, environ, mode)
    except ConfigurationProblems as error:
        problems = error
    assert problems.problems
    assert str(problems)
    return None


FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_problems(tmp_path: Path, raw: bytes) -> None:
    """Whatever a file holds, what comes out is a list of problems and never another exception."""
    path = tmp_path / "interlock.toml"
    path.write_bytes(raw)
    assert _load_or_problems(path, {}, None) is None


_LEAVES = st.sampled_from(
    [
        "1",
        "-1",
        "0.2",
        "nan",
        '"x"',
        '""',
        '"1"',
        '"24/7"',
        '"SIM"',
        '"csv"',
        "true",
        "[]",
        "[1, 'a']",
        "{}",
        "[[]]",
        "{a = 1}",
        "[{symbol = 1}, {}]",
        "2000-01-01",
        "2000-01-01T00:00:00",
        "0001-01-01T00:00:00+23:59",
        "07:00:00",
        "9" * 40,
        "0x" + "F" * 4000,
        '"\\u001b[31m"',
        "'''\n'''",
    ]
)
_TABLES = ["", "instruments", "market_data", "strategy", "execution", "loop", "risk", "risk.max_position", "nowhere"]
_KEYS = [
    "run_mode", "account", "opening_cash", "currency", "state_dir", "adapter", "interval", "name", "fast", "limit",
    "risk", "options", "parameters", "splits", "symbol", "path", "columns", "start", '"a\\u0000b"', "self", "cls",
]  # fmt: skip


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(_TABLES), st.sampled_from(_KEYS), _LEAVES), max_size=6), st.booleans())
def test_any_toml_is_refused_with_problems(tmp_path: Path, said: list[tuple[str, str, str]], whole: bool) -> None:
    """Any value of any type at any key, beside a configuration that stands or without one."""
    tables: dict[str, dict[str, str]] = {"": {}}
    for table, key, value in said:
        tables.setdefault(table, {})[key] = value
    text = "".join(
        (f"[{name}]\n" if name else "") + "".join(f"{key} = {value}\n" for key, value in pairs.items())
        for name, pairs in tables.items()
    )
    if whole:
        text = 'account = "a"\n' + text
    path = tmp_path / "interlock.toml"
    path.write_text(text, "utf-8")
    _load_or_problems(path, {}, None)


@FUZZ
@given(st.integers(-(10**12) + 1, 10**12 - 1), st.integers(0, 10))
def test_an_amount_is_read_exactly(tmp_path: Path, digits: int, places: int) -> None:
    """What was written is what is counted with, to the last digit; or it is refused for its sign."""
    written = format(Decimal(digits).scaleb(-places), "f")
    path = tmp_path / "interlock.toml"
    base = Path(__file__).with_name("conftest.py").read_text("utf-8").split('"""\\\n')[1].split('"""')[0]
    path.write_text(base.replace('"1000"', f'"{written}"'), "utf-8")
    loaded = _load_or_problems(path, {}, None)
    if digits > 0:
        assert loaded is not None
        assert loaded.config.opening_cash == Decimal(written)
    else:
        assert loaded is None
