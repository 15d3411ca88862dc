"""Which secrets a run reads, from where, and what is left there; and who is given them."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, cast

import pytest
from attrs import evolve, frozen
from typing_extensions import override

from interlock.adapters.execution.masked import MaskedVenue
from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.market_data.masked import MaskedFeed
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Instrument
from interlock.core.modes import MODES, RunMode
from interlock.runner import credentials as under_test
from interlock.runner.components import Component, Kind
from interlock.runner.config.load import Loaded, load
from interlock.runner.container import Wiring
from interlock.runner.credentials import NO_CREDENTIALS, Credentials, credential_looks, read_credentials
from interlock.runner.exit_codes import RefusedToStart
from interlock.secret import Secret
from interlock.testing.builders import an_instrument

CANARY = "canary-9f8e7d6c5b4a"
OTHER = "another-canary-0123"


@frozen(kw_only=True)
class NoOptions:
    """No keys."""


class Quotes(MemoryFeed):
    """A feed that needs a secret."""

    Options = NoOptions
    Credentials: ClassVar[tuple[str, ...]] = ("api_key",)
    given: Mapping[str, Secret]

    @classmethod
    def from_options(cls, options: object, *, credentials: Mapping[str, Secret], **_: object) -> "Quotes":
        """Remembers what it was given."""
        made = cls(())
        made.given = credentials
        return made


class Venue(PaperVenue):
    """A venue that needs two."""

    Credentials: ClassVar[tuple[str, ...]] = ("api_key", "api_secret")
    given: Mapping[str, Secret]

    @classmethod
    @override
    def from_options(  # type: ignore[override]
        cls, options: PaperOptions, *, instrument: Instrument, credentials: Mapping[str, Secret]
    ) -> "Venue":
        """Remembers what it was given."""
        made = super().from_options(options, instrument=instrument)
        made.given = credentials
        return made


class Environ(dict[str, str]):
    """Says who looked, and for what."""

    asked: list[object]

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked = []

    @override
    def pop(self, key: object, *default: Any) -> Any:
        """Counted."""
        self.asked.append(key)
        return super().pop(cast(str, key), *default)

    @override
    def __getitem__(self, key: str) -> str:
        self.asked.append(key)
        return super().__getitem__(key)

    @override
    def get(self, key: object, *default: Any) -> Any:
        """Counted."""
        self.asked.append(key)
        return super().get(cast(str, key), *default)


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """The configuration where there is no file."""
    monkeypatch.chdir(tmp_path)
    return load(None, environ={})


def _with(
    loaded: Loaded,
    mode: RunMode,
    market_data: Mapping[str, str] = MappingProxyType({}),
    execution: Mapping[str, str] = MappingProxyType({}),
) -> Loaded:
    config = loaded.config
    others = [each for each in loaded.components if each.kind not in (Kind.MARKET_DATA, Kind.EXECUTION)]
    return evolve(
        loaded,
        config=evolve(
            config,
            run_mode=mode,
            market_data=evolve(config.market_data, credentials=market_data),
            execution=evolve(config.execution, credentials=execution),
        ),
        components=(
            *others,
            Component(kind=Kind.MARKET_DATA, name="simulated", cls=Quotes),
            Component(kind=Kind.EXECUTION, name="paper", cls=Venue),
        ),
    )


FEED = {"api_key": "env:FEED_KEY"}
VENUE = {"api_key": "env:VENUE_KEY", "api_secret": "env:VENUE_SECRET"}
VALUES = {"FEED_KEY": CANARY, "VENUE_KEY": OTHER, "VENUE_SECRET": CANARY + OTHER, "OTHER": "stays as it is"}


def _environ() -> MutableMapping[str, str]:
    return Environ(VALUES)


def test_the_table_says_which_mode_reads_what() -> None:
    """SIM nothing, PAPER those of the data, LIVE both."""
    assert {mode.value: set(MODES[mode].credentials_read) for mode in RunMode} == {
        "SIM": set(),
        "PAPER": {"market_data"},
        "LIVE": {"market_data", "execution"},
    }


@pytest.mark.parametrize("mode", list(RunMode))
@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("market_data", [{}, FEED])
@pytest.mark.parametrize("execution", [{}, VENUE])
def test_what_a_mode_does_not_allow_is_not_even_looked_for(
    loaded: Loaded, mode: RunMode, live: bool, market_data: dict[str, str], execution: dict[str, str]
) -> None:
    """Neither in the environment nor in part: all that is needed may be read, or nothing is."""
    needs = {table for table, wanted in (("market_data", market_data), ("execution", execution)) if wanted}
    may = MODES[mode].credentials_read if mode is not RunMode.LIVE or live else frozenset()
    environ = Environ(VALUES)
    asked = _with(loaded, mode, market_data, execution)
    if needs <= may:
        read = read_credentials(asked, live=live, environ=environ)
        assert set(read.market_data) == set(market_data)
        assert set(read.execution) == set(execution)
        assert bool(read) is bool(needs)
        return
    with pytest.raises(RefusedToStart) as refused:
        read_credentials(asked, live=live, environ=environ)
    assert environ.asked == []
    assert environ == VALUES
    assert "nothing" in str(refused.value)
    if mode is not RunMode.LIVE:
        assert ("paper in [execution] needs api_key, api_secret" in str(refused.value)) is bool(execution)


def test_a_variable_is_gone_once_it_was_read(loaded: Loaded) -> None:
    """Whatever is started later does not inherit it; the others stay."""
    environ = _environ()
    read = read_credentials(_with(loaded, RunMode.LIVE, FEED, VENUE), live=True, environ=environ)
    assert environ == {"OTHER": "stays as it is"}
    assert read.market_data["api_key"].reveal() == CANARY
    assert {name: secret.reveal() for name, secret in read.execution.items()} == {
        "api_key": OTHER,
        "api_secret": CANARY + OTHER,
    }
    assert CANARY not in repr(read)


def test_it_is_the_environment_of_the_process_that_loses_it(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody hands in another."""
    monkeypatch.setenv("FEED_KEY", CANARY)
    assert read_credentials(_with(loaded, RunMode.PAPER, FEED)).market_data["api_key"].reveal() == CANARY
    assert "FEED_KEY" not in os.environ


def test_one_source_may_serve_both_adapters(loaded: Loaded) -> None:
    """It is read once: then it is gone."""
    same = {"api_key": "env:FEED_KEY", "api_secret": "env:FEED_KEY"}
    read = read_credentials(_with(loaded, RunMode.LIVE, FEED, same), live=True, environ=_environ())
    assert read.market_data["api_key"] is read.execution["api_key"] is read.execution["api_secret"]


def test_everything_that_is_wrong_is_told_at_once_and_no_value_of_it(loaded: Loaded) -> None:
    """Not set, no secret, not open: all in one message."""
    environ = {"VENUE_KEY": "short", "VENUE_SECRET": f"{CANARY}\nsecond line"}
    with pytest.raises(RefusedToStart) as refused:
        read_credentials(_with(loaded, RunMode.LIVE, {"api_key": "fd:999"}, VENUE), live=True, environ=environ)
    told = str(refused.value).splitlines()
    assert told[0] == "a secret that the run needs is not where the file says: nothing is started."
    assert told[1].startswith(
        "  market_data.credentials.api_key: the descriptor 999 cannot be read (bad file descriptor)"
    )
    assert "execution.credentials.api_key: what env:VENUE_KEY holds is no secret: a secret must have from 8" in told[2]
    assert (
        "execution.credentials.api_secret: what env:VENUE_SECRET holds is no secret: a secret must be one line"
        in told[3]
    )
    assert CANARY not in str(refused.value)
    assert "short" not in str(refused.value)
    with pytest.raises(RefusedToStart, match="the variable FEED_KEY is not set"):
        read_credentials(_with(loaded, RunMode.PAPER, FEED), environ={})


# ------------------------------------------------------------------------------------------ descriptors


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends; what is still open is closed."""
    ends = os.pipe()
    yield ends
    for end in ends:
        if _is_open(end):
            os.close(end)


def _read(loaded: Loaded, number: int) -> str:
    read = read_credentials(_with(loaded, RunMode.PAPER, {"api_key": f"fd:{number}"}), environ={})
    return read.market_data["api_key"].reveal()


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_descriptor_is_read_to_its_end_and_closed(loaded: Loaded, pipe: tuple[int, int], end: str) -> None:
    """Without the line's end that nearly every writer adds. In pieces, too."""
    reads, writes = pipe
    os.write(writes, CANARY[:5].encode())
    os.write(writes, f"{CANARY[5:]}{end}".encode())
    os.close(writes)
    assert _read(loaded, reads) == CANARY
    assert not _is_open(reads)


def test_a_file_can_stand_behind_a_descriptor(loaded: Loaded, tmp_path: Path) -> None:
    """As a shell opens one."""
    (tmp_path / "key").write_text(f"{CANARY}\n")
    assert _read(loaded, os.open(tmp_path / "key", os.O_RDONLY)) == CANARY


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"", "must not be empty"),
        (b"\n", "must not be empty"),
        (f"{CANARY}\n\n".encode(), "one line"),
        (f"{CANARY}\n{CANARY}\n".encode(), "one line"),
        (b"\xff\xfe" + CANARY.encode(), "no UTF-8 text"),
        (CANARY.encode() * 3_000, "found another number"),
    ],
)
def test_what_is_no_secret_behind_a_descriptor_is_refused(
    loaded: Loaded, pipe: tuple[int, int], written: bytes, why: str
) -> None:
    """And the descriptor is closed all the same, and nothing of it is told."""
    reads, writes = pipe
    os.set_blocking(writes, False)
    os.write(writes, written)
    os.close(writes)
    with pytest.raises(RefusedToStart, match=why) as refused:
        _read(loaded, reads)
    assert CANARY not in str(refused.value)
    assert not _is_open(reads)


def test_a_folder_or_the_wrong_end_of_a_pipe_is_refused(loaded: Loaded, tmp_path: Path, pipe: tuple[int, int]) -> None:
    """With the system's words."""
    with pytest.raises(RefusedToStart, match="is a directory"):
        _read(loaded, os.open(tmp_path, os.O_RDONLY))
    os.close(pipe[0])
    with pytest.raises(RefusedToStart, match="bad file descriptor"):
        _read(loaded, pipe[1])


def test_nobody_waits_for_ever_for_a_secret(
    loaded: Loaded, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe whose other end stays open has no end."""
    monkeypatch.setattr(under_test, "DESCRIPTOR_SECONDS", 0.05)
    os.write(pipe[1], CANARY.encode())
    with pytest.raises(RefusedToStart, match=r"still open for writing after 0\.05 s") as refused:
        _read(loaded, pipe[0])
    assert CANARY not in str(refused.value)
    assert not _is_open(pipe[0])


# --------------------------------------------------------------------------------------- who gets them


def test_an_adapter_is_given_what_it_declares_behind_a_mask(loaded: Loaded) -> None:
    """Its own, and in a mapping that nobody changes."""
    asked = _with(loaded, RunMode.PAPER, FEED, VENUE)
    secrets = Credentials(
        market_data={"api_key": Secret(CANARY)},
        execution={name: Secret(OTHER) for name in ("api_key", "api_secret", "x")},
    )
    wiring = Wiring(asked, credentials=secrets)
    feed, venue = wiring.feed(wiring.calendar()), wiring.venue()
    assert isinstance(feed, MaskedFeed)
    assert isinstance(venue, MaskedVenue)
    inner, outer = cast(Any, feed)._feed, cast(Any, venue)._venue
    assert dict(inner.given) == {"api_key": Secret(CANARY)}
    assert dict(outer.given) == {"api_key": Secret(OTHER), "api_secret": Secret(OTHER)}
    with pytest.raises(TypeError):
        inner.given["other"] = Secret(OTHER)
    assert (venue.is_live, venue.is_io, venue.protection) == (Venue.is_live, Venue.is_io, Venue.protection)
    assert (feed.is_live, feed.is_io) == (Quotes.is_live, Quotes.is_io)


def test_an_adapter_whose_secrets_were_not_read_is_not_made(loaded: Loaded) -> None:
    """Forgetting to read them opens nothing."""
    wiring = Wiring(_with(loaded, RunMode.PAPER, FEED, VENUE))
    with pytest.raises(RefusedToStart, match="simulated needs api_key: no secret was read"):
        wiring.feed(wiring.calendar())
    with pytest.raises(RefusedToStart, match="paper needs api_key, api_secret: no secret was read"):
        wiring.venue()


def test_a_strategy_and_a_rule_are_given_none() -> None:
    """They talk to nobody."""
    for kind in (Kind.STRATEGY, Kind.RISK_RULE):
        assert Component(kind=kind, name="x", cls=Quotes).credentials == ()
        assert Credentials(market_data={"api_key": Secret(CANARY)}).of(kind) == {}


def test_without_secrets_nothing_stands_around_an_adapter(loaded: Loaded) -> None:
    """Most runs have none, and pay nothing."""
    wiring = Wiring(loaded)
    assert not isinstance(wiring.feed(wiring.calendar()), MaskedFeed)
    assert type(wiring.venue()) is PaperVenue
    assert not NO_CREDENTIALS
    assert an_instrument().symbol


# ----------------------------------------------------------------------------------------- for a check


def test_a_check_says_what_is_there_and_reads_nothing(loaded: Loaded, pipe: tuple[int, int]) -> None:
    """Neither the variable nor the descriptor is another one afterwards."""
    os.write(pipe[1], CANARY.encode())
    environ = Environ(VALUES)
    asked = _with(loaded, RunMode.LIVE, FEED, {"api_key": f"fd:{pipe[0]}", "api_secret": "env:GONE", "x": "fd:998"})
    looks = credential_looks(asked, environ)
    assert [(look.ok, look.detail) for look in looks] == [
        (True, "market_data.credentials.api_key is there (env:FEED_KEY); it was not read"),
        (True, f"execution.credentials.api_key is there (fd:{pipe[0]}); it was not read"),
        (False, "execution.credentials.api_secret: the variable GONE is not set"),
        (False, "execution.credentials.x: the descriptor 998 is not open"),
    ]
    assert environ.asked == []
    assert os.read(pipe[0], 100) == CANARY.encode()


def test_a_check_says_what_the_mode_does_not_read(loaded: Loaded) -> None:
    """Before a run is refused for it."""
    environ = Environ(VALUES)
    (look,) = credential_looks(_with(loaded, RunMode.SIM, FEED), environ)
    assert not look.ok
    assert "SIM does not read it" in look.detail
    assert credential_looks(loaded, environ) == ()
