"""Where secrets come from is written in the file; a secret that is written there is refused, and never repeated."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import frozen
from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.runner.components import Component, Kind
from interlock.runner.config import ConfigurationProblems, load
from interlock.runner.config.canonical import canonical
from interlock.runner.config.load import loaded_again
from interlock.runner.config.problems import Problem
from interlock.runner.registry import Registry

CANARY = "canary-9f8e7d6c5b4a"

HEAD = """
account = "demo"
opening_cash = "1000"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "0.1"
[market_data]
adapter = "{adapter}"
interval = "1m"
"""


@frozen(kw_only=True)
class Options:
    """No keys."""


class Quotes(MemoryFeed):
    """A feed that needs two secrets."""

    Options = Options
    Credentials: ClassVar[tuple[str, ...]] = ("api_key", "api_secret")


class WithQuotes(Registry):
    """As if it were installed."""

    @override
    def find(self, kind: Kind, name: str) -> Component:
        """Quotes, or what there is."""
        if (kind, name) == (Kind.MARKET_DATA, "quotes"):
            return Component(kind=kind, name=name, cls=Quotes)
        return super().find(kind, name)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty and current."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _load(credentials: str, adapter: str = "quotes") -> Any:
    path = Path("interlock.toml")
    path.write_text(HEAD.format(adapter=adapter) + credentials)
    return load(path, {}, None, registry=WithQuotes())


def _problems(credentials: str, adapter: str = "quotes") -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        _load(credentials, adapter)
    assert CANARY not in str(caught.value)
    return caught.value.problems


GOOD = '[market_data.credentials]\napi_key = "env:QUOTES_KEY"\napi_secret = "fd:3"\n'


def test_the_sources_are_kept_and_recorded_as_they_are_written() -> None:
    """What is journaled of a secret is where it came from."""
    loaded = _load(GOOD)
    assert loaded.config.market_data.credentials == {"api_key": "env:QUOTES_KEY", "api_secret": "fd:3"}
    assert str(loaded.origins["market_data.credentials.api_key"]) == "interlock.toml:19"
    recorded = canonical(loaded.config)
    assert json.loads(recorded)["market_data"]["credentials"] == loaded.config.market_data.credentials
    assert loaded_again(recorded, registry=WithQuotes()).config == loaded.config


def test_a_configuration_without_secrets_says_nothing_of_them() -> None:
    """Its digest is what it was before there were any."""
    loaded = _load("", adapter="simulated")
    assert "credentials" not in canonical(loaded.config)
    assert "market_data.credentials" not in loaded.origins


@pytest.mark.parametrize(
    "written",
    [
        f'"{CANARY}"',
        f'"env:{CANARY}!"',
        f'"ENV:{CANARY}"',
        f'" env:X{CANARY}"',
        f'"env: {CANARY}"',
        f'"fd:{CANARY}"',
        f'{{ secret = "{CANARY}" }}',
        f'["{CANARY}"]',
        "1234567890123456",
        "1.5",
        "true",
        '""',
        '"env:"',
        '"env:1X"',
        '"fd:"',
        '"fd:-1"',
        '"fd:33333"',
        '"fd:３"',
        f'"env:{"X" * 129}"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(written: str) -> None:
    """With file, line, key, rule and remedy."""
    (problem,) = _problems(f'[market_data.credentials]\napi_key = {written}\napi_secret = "fd:3"\n')
    assert (problem.file, problem.line, problem.key) == ("interlock.toml", 19, "market_data.credentials.api_key")
    assert problem.found == "a value that is not repeated here"
    assert problem.expected == 'where it comes from: "env:NAME" or "fd:3"'
    assert "never write the secret itself" in problem.remedy
    assert "123456" not in str(problem)


def test_a_secret_in_place_of_the_table_is_not_repeated_either() -> None:
    """Somebody may take the table for a key."""
    (problem,) = _problems(f'credentials = "{CANARY}"\n')
    assert (problem.key, problem.found) == ("market_data.credentials", "a value that is not repeated here")


@pytest.mark.parametrize(
    "broken",
    [
        f'[market_data.credentials]\napi_key = "{CANARY}\n',
        f"[market_data.credentials]\napi_key = {CANARY}\n",
        f'[market_data.credentials]\napi_key = "{CANARY}" x\n',
        f'[ market_data . credentials ]\n# a note\napi_secret = "fd:3"\napi_key = \'{CANARY}\n',
        f'[market_data.credentials]\napi_key = """\n{CANARY}\n{CANARY}',
        f'credentials = {{ api_key = "{CANARY} }}\n',
    ],
)
def test_a_secret_in_a_file_that_is_no_toml_is_not_repeated(broken: str) -> None:
    """The line that cannot be read is quoted, but not there."""
    (problem,) = _problems(broken)
    assert problem.found.startswith("a line that is not repeated here")


def test_a_line_elsewhere_is_still_quoted() -> None:
    """Whoever mistypes a limit sees what was mistyped."""
    (problem,) = _problems(f'{GOOD}[loop]\ninterval_seconds = "1" x\n')
    assert "interval_seconds" in problem.found


@pytest.mark.parametrize("name", ["INTERLOCK_KEY", "INTERLOCK_", "interlock_key"])
def test_a_variable_of_our_own_list_is_refused(name: str) -> None:
    """That list is closed: at the next start it would be an error of its own."""
    (problem,) = _problems(GOOD.replace("QUOTES_KEY", name))
    assert problem.found == "a name that begins with INTERLOCK_"


@pytest.mark.parametrize("number", [0, 1, 2, 1024, 9999])
def test_the_descriptors_of_the_run_itself_are_refused(number: int) -> None:
    """And those that no system gives."""
    (problem,) = _problems(GOOD.replace("fd:3", f"fd:{number}"))
    assert (problem.found, problem.expected) == (f"the descriptor {number}", "one from 3 to 1023")


def test_a_name_that_the_adapter_does_not_declare_is_told_with_the_nearest() -> None:
    """A typing error is not a missing secret and an extra one, but it is both."""
    unknown, missing = sorted(_problems(GOOD.replace("api_key", "api_kee")), key=lambda problem: problem.found)
    assert (unknown.key, unknown.remedy) == ("market_data.credentials.api_kee", "did you mean api_key?")
    assert unknown.expected == "one of api_key, api_secret"
    assert (missing.key, missing.found) == ("market_data.credentials.api_key", "nothing")
    assert missing.remedy == "quotes does not work without it"


def test_what_an_adapter_declares_is_missed_also_where_there_is_no_table() -> None:
    """Every name of it, at the table in which it is missed."""
    found = _problems("")
    assert [problem.key for problem in found] == [
        "market_data.credentials.api_key",
        "market_data.credentials.api_secret",
    ]
    assert {problem.line for problem in found} == {15}


def test_an_adapter_that_needs_none_takes_none() -> None:
    """Here and for the venue."""
    text = '[market_data.credentials]\nkey = "env:X"\n[execution.credentials]\nkey = "env:X"\n'
    found = _problems(text, adapter="simulated")
    assert [problem.key for problem in found] == ["market_data.credentials.key", "execution.credentials.key"]
    assert [problem.expected for problem in found] == [
        "no credential: simulated takes none",
        "no credential: paper takes none",
    ]


def test_with_an_unknown_adapter_the_sources_are_checked_all_the_same() -> None:
    """Nobody knows then which names are right; what is no source never is."""
    found = _problems(f'[market_data.credentials]\nany = "env:X"\nother = "{CANARY}"\n', adapter="quotas")
    assert [problem.key for problem in found] == ["market_data.adapter", "market_data.credentials.other"]
