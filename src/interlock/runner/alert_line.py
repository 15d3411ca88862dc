"""What an alert command reads: one JSON object on one line for each alert, its keys always the same."""

import json
from collections.abc import Mapping
from typing import Final

from interlock.masking import masked
from interlock.runner.alert_causes import Alert
from interlock.runner.config.problems import printable

# As many as may wait have to fit into a pipe together.
LINE_BYTES_MAX: Final = 3_000
# What a plugin has to say may have any length. What is needed to go and look has not.
_WORDS_MAX: Final = 200


def alert_line(alert: Alert, when: Mapping[str, str | int], left_out: int) -> bytes:
    """``alert`` and ``when`` (time, mode, account, journal_id, seq), and how many were ``left_out`` before it."""
    words = {"code": alert.code, "sentence": alert.sentence, "to_do": alert.to_do}
    numbers = {name: str(value) for name, value in alert.numbers.items()}
    line = _line(when, words, numbers, left_out)
    if len(line) > LINE_BYTES_MAX:
        line = _line(when, {name: printable(text, _WORDS_MAX) for name, text in words.items()}, {}, left_out)
    return line


def _line(when: Mapping[str, str | int], words: Mapping[str, str], numbers: Mapping[str, str], left_out: int) -> bytes:
    told = {**when, "code": words["code"], "sentence": words["sentence"], "numbers": numbers, "to_do": words["to_do"]}
    return masked(json.dumps({**told, "left_out": left_out})).encode() + b"\n"
