"""A code with its numbers, inside of what was observed: why a venue refused, what stands in a release's way.

Without any numbers they are left out, or the code stands alone: as it was before there were any, so that what was
recorded then has the same bytes now.
"""

from typing import Any, Final

from interlock.adapters.journal.number_codec import all_escaped, numbers_of, refused
from interlock.core.arming import ArmingRefused
from interlock.core.commands import OperatorCommand
from interlock.core.observations import Observation
from interlock.core.reason_text import Cause
from interlock.core.reports import OrderRejected

WITH_CAUSES: Final = (OrderRejected, OperatorCommand, ArmingRefused)


def with_causes(observation: Observation, tree: dict[str, Any]) -> dict[str, Any]:
    """``tree``, which spells ``observation``, with the codes in it spelled their way."""
    match observation:
        case OrderRejected(numbers=numbers):
            tree.pop("numbers")
            return {**tree, "numbers": all_escaped(numbers)} if numbers else tree
        case OperatorCommand(standing=causes):
            return {**tree, "standing": [_cause_spelled(cause) for cause in causes]}
        case ArmingRefused(reasons=causes):
            return {**tree, "reasons": [_cause_spelled(cause) for cause in causes]}
        case _:
            return tree


def _cause_spelled(cause: Cause) -> object:
    return {"code": cause.code, "numbers": all_escaped(cause.numbers)} if cause.numbers else cause.code


def cause_of(tree: Any, _: object) -> Cause:
    """What was spelled. Raises ``ValueError`` for what no encoder wrote."""
    if isinstance(tree, str):
        return Cause(code=tree)
    if not isinstance(tree, dict) or tree.keys() != {"code", "numbers"} or not isinstance(tree["code"], str):
        refused(tree, "a reason")
    numbers: Any = numbers_of(tree["numbers"], None)
    return Cause(code=tree["code"], numbers=numbers)
