"""How the properties of a contract are run, which every subclass inherits."""

from hypothesis import HealthCheck, settings


def at_most(examples: int) -> int:
    """``examples``, or as many as the loaded profile of Hypothesis draws where those are fewer: who asks for a quick
    run gets one."""
    return min(examples, settings().max_examples)


def inherited(examples: int) -> settings:
    """At most so many examples, however long they take. Subclasses inherit the tests on purpose: each is a fair place
    to run them, with the fixtures of its own."""
    return settings(
        deadline=None,
        max_examples=at_most(examples),
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
