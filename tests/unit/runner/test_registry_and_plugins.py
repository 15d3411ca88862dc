"""Names to classes: what ships first, then what is installed, and only when it is named."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from interlock.runner import main, plugins
from interlock.runner.components import BrokenPlugin, Kind, Plugin, UnknownComponent
from interlock.runner.config import ConfigurationProblems, load
from interlock.runner.exit_codes import ExitCode
from interlock.runner.registry import Registry

MODULE = '''
from decimal import Decimal
from attrs import field, frozen
from interlock.core.ports.strategy import Strategy
from interlock.core.decision import NoAction
from interlock.core.risk.rule import RiskRule
from interlock.core.values import positive

@frozen(kw_only=True)
class Parameters:
    """Its keys."""
    size: Decimal = field(validator=positive)

class Wishes(Strategy):
    Parameters = Parameters
    lookback = 1
    def __init__(self, parameters): ...
    def propose(self, view):
        return NoAction(code="PLUGIN.NOTHING")

class Bare(Strategy):
    lookback = 1
    def propose(self, view): ...

class Renamed(RiskRule):
    name = "other"
    Limits = Parameters
    def evaluate(self, candidate, view): ...

class Raises(Wishes):
    def __init__(self, parameters):
        raise RuntimeError("a-secret")

class Silent(Strategy):
    Parameters = Parameters
    lookback = 1
    def __init__(self, parameters): ...

class Wordy(Wishes):
    lookback = "x"

class Far(Wishes):
    sums = (2,)

class Hidden(Wishes):
    @property
    def lookback(self):
        raise KeyError("a-secret")

class Rule(RiskRule):
    name = "raising"
    applies_to = frozenset()
    Limits = Parameters
    def __init__(self, limits):
        if limits.size == 1:
            raise LookupError("a-secret")
    def evaluate(self, candidate, view): ...

class Endless(Rule):
    name = "endless"
    horizon = 3

class Aimless(Rule):
    name = "aimless"
    applies_to = None

class Changing(Rule):
    name = "changing"
    applies_to = {"ENTRY"}

class Misnamed(Rule):
    name = "misnamed"
    applies_to = frozenset({"ENTRIES"})

class Stranger: ...
'''

ENTRY_POINTS = """
[interlock.strategies]
wishes = interlock_test_plugin:Wishes
observer = interlock_test_plugin:Stranger
bare = interlock_test_plugin:Bare
stranger = interlock_test_plugin:Stranger
gone = interlock_test_plugin_gone:Wishes
twice = interlock_test_plugin:Wishes
raises = interlock_test_plugin:Raises
silent = interlock_test_plugin:Silent
wordy = interlock_test_plugin:Wordy
far = interlock_test_plugin:Far
hidden = interlock_test_plugin:Hidden

[interlock.risk_rules]
raising = interlock_test_plugin:Rule
endless = interlock_test_plugin:Endless
aimless = interlock_test_plugin:Aimless
changing = interlock_test_plugin:Changing
misnamed = interlock_test_plugin:Misnamed
renamed = interlock_test_plugin:Renamed
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package beside ours, as pip would leave it, and a second one that offers one of the same names."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "interlock_test_plugin.py").write_text(MODULE, "utf-8")
    for name, points in (
        ("interlock_test", ENTRY_POINTS),
        ("interlock_other", "[interlock.strategies]\ntwice = interlock_test_plugin:Wishes\n"),
    ):
        folder = site / f"{name}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", "utf-8")
        (folder / "entry_points.txt").write_text(dedent(points), "utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "interlock_test_plugin", raising=False)
    return site


@pytest.mark.parametrize("kind", list(Kind))
def test_every_shipped_name_leads_to_a_class_with_keys(kind: Kind) -> None:
    """Nothing is listed that is not there."""
    for name in Registry().built_in(kind):
        component = Registry().find(kind, name)
        assert component.plugin is None
        assert isinstance(component.settings, type)


def test_plugins_are_not_looked_for_when_a_name_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at every installed package is for names that we do not know."""

    def never(**_: object) -> None:
        raise AssertionError("looked for plugins")

    monkeypatch.setattr(plugins, "entry_points", never)
    assert Registry().find(Kind.STRATEGY, "observer").name == "observer"


def test_an_installed_name_is_found_with_its_owner(installed: Path) -> None:
    """A plugin's name and version go into the build string, and so into the journal."""
    component = Registry().find(Kind.STRATEGY, "wishes")
    assert component.plugin == Plugin(distribution="interlock_test", version="1.2")
    assert plugins.build([component]).endswith("; interlock_test 1.2")
    assert plugins.build([]).startswith("interlock ")


def test_nothing_installed_takes_the_place_of_something_shipped(installed: Path) -> None:
    """A plugin called like one of ours is never asked."""
    assert Registry().find(Kind.STRATEGY, "observer").plugin is None


def test_an_unknown_name_lists_what_there_is(installed: Path) -> None:
    """Ours and the installed ones alike."""
    with pytest.raises(UnknownComponent) as caught:
        Registry().find(Kind.STRATEGY, "nobody")
    assert {"observer", "wishes"} <= set(caught.value.known)


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        (Kind.STRATEGY, "gone", "could not be imported: ModuleNotFoundError"),
        (Kind.STRATEGY, "stranger", "not a Strategy"),
        (Kind.STRATEGY, "bare", "Parameters is not an attrs class"),
        (Kind.STRATEGY, "twice", "both offer twice"),
        (Kind.RISK_RULE, "renamed", "calls itself other"),
    ],
)
def test_a_broken_plugin_says_what_is_wrong_with_it(installed: Path, kind: Kind, name: str, why: str) -> None:
    """Whose fault it is, and what it is."""
    with pytest.raises(BrokenPlugin, match=why):
        Registry().find(kind, name)


def test_a_plugins_keys_are_read_like_ours(installed: Path, tmp_path: Path) -> None:
    """Unknown keys, wrong types and limits of an installed strategy are told with line and key."""
    path = tmp_path / "interlock.toml"
    text = '[[instruments]]\nsymbol = "X"\ntick_size = 1\nlot_size = 1\ncalendar = "24/7"\n'
    text = f'account = "a"\nopening_cash = 1\n{text}[market_data]\nadapter = "simulated"\ninterval = "1m"\n'
    text += '[execution]\nslippage_bps = 0\nfee_bps = 0\nfee_fixed = 0\nparticipation = "ignore"\n[strategy]\n'
    path.write_text(text + 'name = "wishes"\nsize = "2"\n', "utf-8")
    loaded = load(path, {}, None)
    assert [str(component.plugin) for component in loaded.components if component.plugin] == ["interlock_test 1.2"]
    path.write_text(text + 'name = "wishes"\nsize = 0\nsiez = 1\n', "utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load(path, {}, None)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (18, "strategy.size"),
        (19, "strategy.siez"),
    ]
    path.write_text(text + 'name = "stranger"\n[risk.renamed]\nsize = 1\n', "utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load(path, {}, None)
    assert [problem.expected for problem in caught.value.problems] == ["a plugin that can be used"] * 2


CONFIGURATION = """
account = "a"
opening_cash = 1
[[instruments]]
symbol = "X"
tick_size = 1
lot_size = 1
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
[execution]
slippage_bps = 0
fee_bps = 0
fee_fixed = 0
participation = "ignore"
[strategy]
name = "{strategy}"
size = 2
"""


@pytest.mark.parametrize(
    ("strategy", "cls", "why"),
    [
        ("raises", "Raises", "its __init__ raised RuntimeError"),
        ("silent", "Silent", "(TypeError): it has no propose"),
        ("wordy", "Wordy", 'its lookback is no whole number of at least 1, but the string "x" (TypeError)'),
        ("far", "Far", "its sums are not whole numbers from 1 to its lookback of 1 (TypeError)"),
        ("hidden", "Hidden", "what it says of itself cannot be read: KeyError"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_strategy_that_cannot_be_made_is_a_problem_of_the_configuration(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, strategy: str, cls: str, why: str
) -> None:
    """Exit 2 from both, with plugin, class and error type: it is no defect of ours, and its message stays unsaid."""
    path = tmp_path / "interlock.toml"
    path.write_text(CONFIGURATION.format(strategy=strategy), "utf-8")
    assert main.run([command, "-c", str(path)]) == ExitCode.USAGE
    said = "".join(capsys.readouterr())
    assert f"{path}:18: strategy.name: found the string" in said
    assert f"interlock_test 1.2, interlock_test_plugin:{cls}: " in said
    assert why in said
    assert "a-secret" not in said


def test_rules_that_cannot_be_made_are_told_all_at_once(installed: Path, tmp_path: Path) -> None:
    """Each with the line of its table."""
    path = tmp_path / "interlock.toml"
    text = CONFIGURATION.format(strategy="wishes")
    text += "".join(f"[risk.{name}]\nsize = {size}\n" for name, size in RULES)
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load(path, {}, None)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (20, "risk.raising"), (22, "risk.endless"), (24, "risk.aimless"), (26, "risk.changing"),
        (28, "risk.misnamed"),
    ]  # fmt: skip
    for problem, why in zip(
        caught.value.problems,
        (
            "raised LookupError",
            "its horizon",
            "but a NoneType: write frozenset({OrderClass.ENTRY}), for example",
            "but a set: write",
            "holds what is no OrderClass",
        ),
        strict=True,
    ):
        assert why in problem.remedy


RULES = (("raising", 1), ("endless", 2), ("aimless", 2), ("changing", 2), ("misnamed", 2))
