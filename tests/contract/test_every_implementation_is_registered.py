"""No implementation without its contract: whoever adds an adapter, a rule or a strategy proves it."""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import interlock.adapters
import interlock.core.risk
import interlock.core.strategies
import interlock.testing
import interlock.testing.fakes
from interlock.core.ports import Calendar, Clock, ExecutionPort, Journal, MarketDataPort, RiskPolicy, Strategy
from interlock.core.risk.registry import RULES
from interlock.core.risk.rule import RiskRule
from interlock.testing.contracts.calendar import CalendarContract
from interlock.testing.contracts.clock import ClockContract
from interlock.testing.contracts.execution import ExecutionContract
from interlock.testing.contracts.journal import JournalContract
from interlock.testing.contracts.market_data import MarketDataContract
from interlock.testing.contracts.risk_policy import RiskPolicyContract
from interlock.testing.contracts.risk_rule import RiskRuleContract
from interlock.testing.contracts.strategy import StrategyContract

HERE = Path(__file__).parent
CONTRACTS: dict[type, type] = {
    MarketDataPort: MarketDataContract,
    ExecutionPort: ExecutionContract,
    Clock: ClockContract,
    Calendar: CalendarContract,
    Journal: JournalContract,
    Strategy: StrategyContract,
    RiskRule: RiskRuleContract,
    RiskPolicy: RiskPolicyContract,
}


# Where implementations stand; the kit's own fakes are held to the contracts, too.
PACKAGES = (interlock.adapters, interlock.core.risk, interlock.core.strategies, interlock.testing)


def everything_imported() -> None:
    """Import every module in which an implementation may stand."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)


def below(cls: type) -> Iterator[type]:
    """Every subclass, however deep."""
    direct: list[type] = cls.__subclasses__()
    for sub in direct:
        yield sub
        yield from below(sub)


def implementations(port: type) -> set[type]:
    """The concrete subclasses of ``port`` in those packages, whatever else has been imported."""
    places = tuple(package.__name__ + "." for package in PACKAGES)
    return {cls for cls in below(port) if cls.__module__.startswith(places) and not inspect.isabstract(cls)}


def proofs() -> list[type]:
    """Every class in this folder whose tests pytest collects."""
    found: list[type] = []
    for path in sorted(HERE.glob("test_*.py")):
        if path == Path(__file__):
            continue
        spec = importlib.util.spec_from_file_location(f"proofs_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [cls for name, cls in inspect.getmembers(module, inspect.isclass) if name.startswith("Test")]
    return found


def proved(contract: type, classes: Iterable[type]) -> set[type]:
    """What the concrete subclasses of ``contract`` among ``classes`` name as their subject."""
    return {
        getattr(cls, "subject", type(None))
        for cls in classes
        if issubclass(cls, contract) and not inspect.isabstract(cls)
    }


def unproved(port: type, contract: type, known: set[type], classes: Iterable[type]) -> list[str]:
    """What is missing, with the remedy."""
    return [
        f"{cls.__module__}.{cls.__qualname__} is a {port.__name__} without a contract: add a class Test... "
        f"({contract.__name__}) with `subject = {cls.__name__}` to a file in tests/contract"
        for cls in sorted(known - proved(contract, classes), key=lambda cls: cls.__qualname__)
    ]


def test_every_adapter_and_rule_has_a_contract_subclass() -> None:
    """Every concrete implementation of a port is the subject of at least one class that inherits the contract."""
    everything_imported()
    classes = proofs()
    missing = [
        line
        for port, contract in CONTRACTS.items()
        for line in unproved(port, contract, implementations(port), classes)
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_every_contract_class_names_its_subject() -> None:
    """A class that inherits a contract says which implementation it proves, and it is one of that port."""
    wrong = [
        f"{cls.__qualname__}: write `subject = ...`, the {port.__name__} that it proves"
        for cls in proofs()
        for port, contract in CONTRACTS.items()
        if issubclass(cls, contract) and not issubclass(getattr(cls, "subject", type(None)), port)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_search_finds_what_there_is() -> None:
    """Were nothing found, nothing would be missing: each port has an implementation, and the fakes count too."""
    everything_imported()
    assert all(implementations(port) for port in CONTRACTS)
    assert interlock.testing.fakes.ScriptedVenue in implementations(ExecutionPort)
    assert len(implementations(RiskRule)) == len(RULES)


def test_an_implementation_without_a_contract_is_named_with_the_remedy() -> None:
    """The search can fail: without the proofs of one rule, that rule is missing, and it is told what to write."""
    everything_imported()
    rules = implementations(RiskRule)
    classes = proofs()
    assert unproved(RiskRule, RiskRuleContract, rules, classes) == []
    fewer = [cls for cls in classes if cls.__name__ != "TestOrderRate"]
    (line,) = unproved(RiskRule, RiskRuleContract, rules, fewer)
    assert line.startswith("interlock.core.risk.rules.order_rate.OrderRate is a RiskRule without a contract")
    assert "`subject = OrderRate`" in line


def test_a_contract_that_proves_something_else_proves_nothing() -> None:
    """A subclass that names another subject does not count, nor one that names none."""

    class Other(RiskRuleContract):
        pass

    class Unnamed(Other):
        at_the_limit = beyond_the_limit = None  # type: ignore[assignment]

    assert proved(RiskRuleContract, [Other, Unnamed]) == {type(None)}
    assert len(unproved(RiskRule, RiskRuleContract, implementations(RiskRule), [Unnamed])) == len(RULES)
