"""One way to end, under a name that stays."""

from attrs import frozen

from interlock.runner.exit_codes import ExitCode


@frozen(kw_only=True)
class End:
    """A way to end with ``code``. ``says`` are pieces of the words by which it is known: the page quotes the whole
    of each sentence in the code that holds one. A test fails for a message of an error that no ``End`` explains."""

    name: str
    code: ExitCode
    says: tuple[str, ...]
    meaning: str
    check: str
    remedy: str
