"""What keeps `make fast` fast, in counts: a test that looked at a clock would fail where the machine is busy."""

import pytest
from hypothesis import given, is_hypothesis_test, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

QUICK_EXAMPLES = 10
MANY = 60
# What starts `interlock` as a process of its own, or forks one.
STARTING = {"interlock", "examples", "forked"}


@settings(max_examples=MANY)
@given(st.integers())
def test_a_property_may_ask_for_many_examples(number: int) -> None:
    """The one that the next test can rely on."""
    assert number + 0 == number


class AnyMachine(RuleBasedStateMachine):
    """As little as a machine can be."""

    @rule()
    def step(self) -> None: ...


TestAnyMachine = AnyMachine.TestCase
TestAnyMachine.settings = settings(max_examples=MANY, stateful_step_count=1)


def test_no_property_draws_more_than_the_profile_lets_it(request: pytest.FixtureRequest) -> None:
    """In the fast suite a few examples, whatever number stands beside a property; in the whole one that number."""
    found: list[tuple[str, int]] = []
    for item in request.session.items:
        of_the_property = getattr(getattr(item, "function", None), "_hypothesis_internal_use_settings", None)
        of_the_machine = getattr(getattr(item, "cls", None), "settings", None)
        own = [each for each in (of_the_property, of_the_machine) if isinstance(each, settings)]
        assert own or not is_hypothesis_test(getattr(item, "obj", None)), f"{item.nodeid}: how many does it draw?"
        found += [(item.nodeid, each.max_examples) for each in own]
    if settings.get_current_profile_name() == "quick":
        assert [(name, count) for name, count in found if count > QUICK_EXAMPLES] == []
    else:
        assert {count for name, count in found if name.startswith("tests/unit/test_fast_suite.py")} <= {MANY}


def test_what_starts_a_process_is_slow(request: pytest.FixtureRequest) -> None:
    """A process takes as long as a hundred other tests: the fast suite leaves it to the whole one."""
    starting = [item for item in request.session.items if STARTING & set(getattr(item, "fixturenames", ()))]
    assert [item.nodeid for item in starting if item.get_closest_marker("slow") is None] == []
