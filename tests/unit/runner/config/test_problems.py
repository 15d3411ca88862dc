"""Every kind of problem is told with its file, line, key, what was found and what was expected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.runner.config import ConfigurationProblems, Problem, load
from interlock.runner.config.problems import describe, key_text, printable

Write = Callable[[str], Path]

AMOUNT = 'an amount: a string such as "0.20", or an integer'

DAYS = ("2001-01-01", "2001-01-01", "2000-01-01")

# What is written instead of which text; then the line, the key, what was found, what was expected, and the remedy.
SPOILED = [
    ('"1000"', "1000.0", 2, "opening_cash", "the float 1000.0", 'a string such as "1000.0"', "put it in quotes"),
    ('"0.01"', "1e-2", 6, "instruments[0].tick_size", "the float 1e-2", 'a string such as "0.20"', "in quotes"),
    ('"1000"', "inf", 2, "opening_cash", "the float inf", 'a string such as "0.20"', "in quotes"),
    ('"1000"', '"1_000"', 2, "opening_cash", 'the string "1_000"', AMOUNT, "no exponent, underscore"),
    ('"1000"', '"1e3"', 2, "opening_cash", 'the string "1e3"', AMOUNT, "no exponent"),
    ('"1000"', '" 1000"', 2, "opening_cash", 'the string " 1000"', AMOUNT, "blank"),
    ('"1000"', '"١٠٠٠"', 2, "opening_cash", 'the string "١٠٠٠"', AMOUNT, "digits"),
    ('"1000"', '"NaN"', 2, "opening_cash", 'the string "NaN"', AMOUNT, "digits"),
    ('"1000"', "true", 2, "opening_cash", "the boolean true", AMOUNT, ""),
    ('"1000"', "2000-01-01", 2, "opening_cash", "the date 2000-01-01", AMOUNT, ""),
    ('"1000"', '"1234567890123"', 2, "opening_cash", 'the string "1234567890123"', "at most 12 digits", ""),
    ('"1000"', "1234567890123", 2, "opening_cash", "the integer 1234567890123", "at most 12 digits", ""),
    ('"0.01"', '"0.00000000001"', 6, "instruments[0].tick_size", "0.00000000001", "10 after it", ""),
    ('"1000"', '"-1"', 2, "opening_cash", 'the string "-1"', "must be above zero", ""),
    ('"demo"', '"d emo"', 1, "account", 'the string "d emo"', "letters, digits", ""),
    ('"demo"', "7", 1, "account", "the integer 7", "a string in quotes", ""),
    ('"demo"', r'"a\u0000"', 1, "account", r'the string "a\x00"', "printable characters", ""),
    ('"X"', r'"DE\nX"', 5, "instruments[0].symbol", r'"DE\nX"', "printable", "the newline (U+000A) at place 3"),
    ('"24/7"', '"XNYZ"', 8, "instruments[0].calendar", 'the string "XNYZ"', "code of a calendar", "you mean XNYS or"),
    ('"24/7"', '"@@@"', 8, "instruments[0].calendar", 'the string "@@@"', "the code of a calendar", "London XLON"),
    ('"24/7"', '""', 8, "instruments[0].calendar", 'the string ""', "1 to 64 printable", ""),
    ('"demo"', f'"demo"\nstate_dir = "state/{"x" * 256}"', 2, "state_dir", "xxx", "at most 255 bytes each", ""),
    ('"demo"', f'"demo"\nstate_dir = "{"ä/" * 512}"', 2, "state_dir", "ä/ä", "a path of at most 1024 bytes", ""),
    ('"1m"', '"1m"\nfeatures = ["trends", "trends", "x"]', 13, "market_data.features", "an array of 3",
     "found 'x', which is none of them and 'trends' more than once", ""),
    ('account = "demo"', 'acount = "demo"', 1, "acount", "an unknown key", "account", "did you mean account?"),
    ('account = "demo"\n', "", None, "account", "nothing", "a value: it has no default", ""),
    ('calendar = "24/7"\n', "", 4, "instruments[0].calendar", "nothing", "a value: it has no default", ""),
    ("[[instruments]]", "[instruments]", 4, "instruments", "a table", "an array", ""),
    ('"demo"', '"demo"\ncurrency = "usd"', 2, "currency", 'the string "usd"', "three capital letters", ""),
    ('"demo"', '"demo"\nrun_mode = "PAPR"', 2, "run_mode", 'the string "PAPR"', "SIM, PAPER, LIVE", "mean PAPER?"),
    ('"demo"', '"demo"\nrun_mode = "sim"', 2, "run_mode", 'the string "sim"', "SIM, PAPER, LIVE", "mean SIM?"),
    ('"demo"', '"demo"\nrun_mode = true', 2, "run_mode", "the boolean true", "SIM, PAPER, LIVE", ""),
    ('"demo"', '"demo"\nloop = 3', 2, "loop", "the integer 3", "a table", ""),
    ('"demo"', '"demo"\nloop.faults_max = true', 2, "loop.faults_max", "the boolean true", "a whole number", ""),
    ('"demo"', '"demo"\nloop.faults_max = "5"', 2, "loop.faults_max", 'string "5"', "a whole number", "without quotes"),
    ('"demo"', '"demo"\nloop.faults_max = 0', 2, "loop.faults_max", "the integer 0", "1 or more", ""),
    ('"demo"', '"demo"\nloop.interval_seconds = 0', 2, "loop.interval_seconds", "the integer 0", "0.001 to", ""),
    ('"demo"', '"demo"\nloop.adapter_seconds = "0.05"', 2, "loop.adapter_seconds", '"0.05"', "from 0.1 to", ""),
    ('"demo"', '"demo"\nloop.watchdog_seconds = "0"', 2, "loop.watchdog_seconds", '"0"', "1 to 86400 seconds", ""),
    ('"demo"', '"demo"\nloop.adapter_seconds = "30"', 2, "loop", "together", "more than twice adapter_seconds", ""),
    ('"1m"', '"1 minute"', 12, "market_data.interval", 'the string "1 minute"', 'such as "1m"', ""),
    ('"1m"', '"2d"', 12, "market_data.interval", 'the string "2d"', "up to a day", ""),
    ('"1m"', "60", 12, "market_data.interval", "the integer 60", 'such as "1m"', ""),
    ('"simulated"', '"simulatd"', 11, "market_data.adapter", 'the string "simulatd"', "csv", "mean simulated?"),
    ('"1m"', '"1m"\nsede = 3', 13, "market_data.sede", "an unknown key", "seed", "did you mean seed?"),
    ('"1m"', '"1m"\nintreval = 3', 13, "market_data.intreval", "an unknown key", "interval", "mean interval?"),
    ('"1m"', '"1m"\nseed = -1', 13, "market_data.seed", "the integer -1", "0 or more", ""),
    ('"1m"', '"1m"\nstart = 2020-01-01T00:00:00', 13, "market_data.start", "which has no offset", "its offset", ""),
    ('"1m"', '"1m"\nstart = 2020-01-01', 13, "market_data.start", "the date 2020-01-01", "its offset", ""),
    ('"1m"', '"1m"\nstart = "2020-13-01T00:00:00Z"', 13, "market_data.start", "2020-13", "a moment that exists", ""),
    ('"1m"', '"1m"\nfeatures = "x"', 13, "market_data.features", 'the string "x"', "an array", ""),
    ('"1m"', '"1m"\nfeatures = [1]', 13, "market_data.features[0]", "the integer 1", "a string in quotes", ""),
    ('"1m"', '"1m"\n[strategy]\nname = "obsrver"', 14, "strategy.name", '"obsrver"', "observer", "mean observer?"),
    ('"1m"', '"1m"\n[strategy]\nfast = 1', 14, "strategy.fast", "an unknown key", "one of name", ""),
    ('"1m"', '"1m"\n[risk.price_jmp]', 13, "risk.price_jmp", "an unknown control", "price_jump", "mean price_jump?"),
    ('"1m"', '"1m"\n[risk.price_jump]', 13, "risk.price_jump.limit", "nothing", "it has no default", ""),
    ('"1m"', '"1m"\n[risk.price_jump]\nlimit = 0.20', 14, "risk.price_jump.limit", "0.20", '"0.20"', "quotes"),
    ('"1m"', '"1m"\n[risk.price_jump]\nlimt = 1', 14, "risk.price_jump.limt", "an unknown key", "limit", "mean limit?"),
    ('"1m"', '"1m"\n[risk]\nprice_jump = "0.2"', 14, "risk.price_jump", 'the string "0.2"', "a table", ""),
    ('participation = "0.1"\n', "", 14, "execution.participation", "nothing", "it has no default", ""),
    ('"0.1"', '"0_1"', 19, "execution.participation", 'the string "0_1"', 'a share such as "0.1"', ""),
    ('"1m"', '"1m"\nreplay_speed = "1000001"', 13, "market_data.replay_speed", '"1000001"', "at most 1000000", ""),
    ('"paper"', '"papr"', 15, "execution.adapter", 'the string "papr"', "paper", "did you mean paper?"),
    ('"24/7"', '"24/7"\nsplits = [{ex_date="2000-02-30", ratio="2"}]', 9, "instruments[0].splits[0].ex_date",
     'the string "2000-02-30"', "a day that exists", ""),
    ('"24/7"', '"24/7"\nsplits = [{ex_date=2000-02-03T00:00:00Z, ratio="2"}]', 9, "instruments[0].splits[0].ex_date",
     "the date-time", "a date such as", ""),
]  # fmt: skip


def problems_of(path: Path) -> tuple[Problem, ...]:
    """The problems of a file that has some."""
    with pytest.raises(ConfigurationProblems) as caught:
        load(path, {}, None)
    return caught.value.problems


@pytest.mark.parametrize(("old", "new", "line", "key", "found", "expected", "remedy"), SPOILED)
def test_a_problem_names_its_place_and_its_remedy(
    base: str, write: Write, old: str, new: str, line: int | None, key: str, found: str, expected: str, remedy: str
) -> None:
    """One thing is wrong, and that one thing is told: file, line, key, found, expected."""
    assert old in base
    problems = problems_of(write(base.replace(old, new, 1)))
    problem = next(problem for problem in problems if problem.key == key)
    assert problem.file == "interlock.toml"
    assert problem.line == line
    assert found in problem.found
    assert expected in problem.expected
    assert remedy in problem.remedy


def test_every_problem_is_told_at_once_in_the_order_of_the_file(base: str, write: Write) -> None:
    """A person fixes a file once, and not once for each problem."""
    spoiled = base.replace('"1000"', "1.5").replace('"0.01"', "0.01").replace('"1"\ncal', '"x"\ncal') + "extra = 1\n"
    problems = problems_of(write("typo = 1\n" + spoiled))
    assert [(problem.line, problem.key) for problem in problems] == [
        (1, "typo"),
        (3, "opening_cash"),
        (7, "instruments[0].tick_size"),
        (8, "instruments[0].lot_size"),
        (21, "execution.extra"),
    ]


def test_an_empty_file_names_what_has_no_default(write: Write) -> None:
    """Account, cash, instrument and market data have to be stated: no default would be right."""
    missing = {problem.key for problem in problems_of(write(""))}
    assert {"account", "opening_cash", "instruments", "market_data.adapter", "market_data.interval"} <= missing


def test_values_that_do_not_go_together_are_told_at_their_table(base: str, write: Write) -> None:
    """What a class checks over several fields is told like any other problem."""
    text = base + '[strategy]\nname = "moving_average_cross"\nfast = 50\nslow = 10\nquantity = "1"\n'
    assert problems_of(write(text)) == (
        Problem(
            file="interlock.toml",
            line=20,
            key="strategy",
            found="values that do not go together",
            expected="fast must be below slow",
        ),
    )


def test_there_is_exactly_one_instrument_for_now(base: str, write: Write) -> None:
    """A second instrument is refused rather than ignored."""
    text = base + '[[instruments]]\nsymbol = "Y"\ntick_size = "1"\nlot_size = "1"\ncalendar = "24/7"\n'
    (problem,) = problems_of(write(text))
    assert (problem.key, problem.line, problem.found) == ("instruments", 4, "an array of 2")
    assert "exactly one table" in problem.expected


def test_splits_are_in_order_and_one_a_day(base: str, write: Write) -> None:
    """Two splits on one day would be a mistake that halves a position. Each is told with its own line and date."""
    splits = "".join(f'[[instruments.splits]]\nex_date = {day}\nratio = "2"\n' for day in DAYS)
    twice, early = problems_of(write(base.replace("[market_data]", splits + "[market_data]")))
    assert (twice.line, twice.key) == (14, "instruments[0].splits[1].ex_date")
    assert (twice.found, twice.expected) == (
        "the date 2001-01-01", "a day after 2001-01-01, that of the split before it"
    )  # fmt: skip
    assert "one, with the product of both ratios" in twice.remedy
    assert (early.line, early.found, early.remedy) == (17, "the date 2000-01-01", "put them in order")


def test_an_unknown_calendar_is_told_together_with_all_else(base: str, write: Write) -> None:
    """One look at the file, every problem."""
    text = base.replace('"24/7"', '"XNYZ"').replace('"1000"', "1.5").replace('"1m"', '"x"')
    keys = [problem.key for problem in problems_of(write(text))]
    assert keys == ["opening_cash", "instruments[0].calendar", "market_data.interval"]


def test_a_key_in_an_unknown_adapters_table_is_not_judged(base: str, write: Write) -> None:
    """Without the adapter nobody can tell which of its keys are right: one problem, not ten."""
    text = base.replace('"simulated"', '"nobody"').replace('"1m"', '"1m"\nwhatever = 3')
    assert [problem.key for problem in problems_of(write(text))] == ["market_data.adapter"]


def test_the_error_reads_as_sentences(base: str, write: Write) -> None:
    """What a person sees: a count, then place, key, found, expected, and the remedy below."""
    with pytest.raises(ConfigurationProblems) as caught:
        load(write(base.replace('"1000"', "0.20")), {}, None)
    assert str(caught.value) == (
        "the configuration has 1 problem:\n"
        'interlock.toml:2: opening_cash: found the float 0.20, expected a string such as "0.20"\n'
        "    put it in quotes: a float is rounded before anybody can look at it"
    )


def test_keys_and_values_from_outside_cannot_command_the_terminal() -> None:
    """Escape sequences and line breaks are shown, not obeyed; long texts are cut."""
    assert printable("\x1b[31m\n") == "\\x1b[31m\\n"
    assert key_text(("a", "b c\x1b", 0)) == 'a."b c\\x1b"[0]'
    assert describe("x" * 100).endswith('x…"')
    assert describe(10**5000) == "an integer of more than 30 digits"
