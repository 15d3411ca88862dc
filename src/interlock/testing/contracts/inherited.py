"""How the properties of a contract are run, which every subclass inherits."""

from hypothesis import HealthCheck, settings


def inherited(examples: int) -> settings:
    """So many examples, however long they take. Subclasses inherit the tests on purpose: each is a fair place to run
    them, with the fixtures of its own."""
    return settings(
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
