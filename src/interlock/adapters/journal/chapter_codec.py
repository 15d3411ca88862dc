"""What a journal's first record looks like in bytes, where it goes on from an earlier journal and where it does not."""

from decimal import Decimal
from typing import Any

import cattrs
import msgspec
from attrs import evolve

from interlock.adapters.journal.state_codec import read_state, spell_state
from interlock.core.observations import JournalOpened, Observation
from interlock.core.state import State


def to_tree(body: Any) -> dict[str, Any]:
    """``body`` as a tree for JSON, amounts aside. msgspec knows nothing of a state, whose orders have to stay in order,
    so a chapter's is spelt as in a snapshot."""
    observation: Observation = body.observation
    if not isinstance(observation, JournalOpened):
        return msgspec.to_builtins(body, builtin_types=(Decimal,))  # type: ignore[no-any-return]
    chapter: Any = observation.chapter
    plain = evolve(observation, chapter=chapter and evolve(chapter, state=None))
    tree: dict[str, Any] = msgspec.to_builtins(
        msgspec.structs.replace(body, observation=plain), builtin_types=(Decimal,)
    )
    if chapter is None:
        # Journals of before know no such word, and their hashes are over what they say.
        del tree["observation"]["chapter"]
    else:
        tree["observation"]["chapter"]["state"] = spell_state(chapter.state)
    return tree


def reads_states(converter: cattrs.Converter) -> None:
    """Let ``converter`` read what ``to_tree`` spelt."""
    converter.register_structure_hook(State, read_state)
