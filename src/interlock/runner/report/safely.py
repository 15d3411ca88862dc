"""What goes into a page besides text: scripts, styles and data, so that none of them can end where it should not."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

# Within a script element only these can end it, or make a browser read it otherwise; everything beyond ASCII, line
# separators of JavaScript among it, is escaped by json itself.
_ESCAPED: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


def as_json(data: Any) -> str:
    """``data`` as JSON that can stand in a script element, whatever text is in it. The same data give the same text."""
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPED)


def check_embeddable(text: str, what: str) -> str:
    """``text``, which is a script or a style of ``what``. Raises ``ValueError`` where it would end its element."""
    lowered = text.lower()
    if "</script" in lowered or "</style" in lowered or "<!--" in lowered:
        raise ValueError(f"{what} cannot stand in a page: it holds the end of its own element")
    return text


def content_security_policy(scripts: Sequence[str]) -> str:
    """What a browser is told to allow: these very scripts, styles in the page, and no fetching from anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
