"""Python's look for garbage, paused where nothing that is made becomes any."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """Meanwhile nobody looks for circles of values that nothing holds: what an import makes stays, and an answer ends
    soon. What is in no circle is freed all the same."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
