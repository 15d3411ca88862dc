"""What a typed arming is bound to, as the file that carries it says it; and how it is told from any other.

The token is in that file alone: what is recorded is a fingerprint of it.
"""

import hashlib
import hmac
import json
import os
import pwd
import socket
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import asdict, field, frozen

from interlock.core.arming import Armed, Envelope
from interlock.core.values import problem_with_amount

TOKEN_BYTES: Final = 32
FINGERPRINT_CHARACTERS: Final = 16
FORMAT: Final = 1
# Many times what an arming is, and nothing to a machine.
FILE_BYTES_MAX: Final = 16_384


class Malformed(ValueError):
    """What lies there is no arming. The message says what is wrong and quotes nothing of it."""


@frozen(kw_only=True)
class Binding:
    """Who armed what, where, for how long: it holds there and nowhere else.

    ``journal_id`` is None where there was no journal yet; ``folder`` is the state folder itself, which a copy is not;
    ``uid`` is the user's number, which a name may share.
    """

    config_digest: str
    build: str
    journal_id: str | None
    folder: str
    account: str
    host: str
    uid: int
    by: str
    issued_at: datetime
    expires_at: datetime
    envelope: Envelope


@frozen(kw_only=True)
class Token:
    """A binding, and the random bytes that make it one of a kind. ``seal`` is over both."""

    binding: Binding
    token: bytes = field(repr=False)
    seal: str = field(repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed since it was sealed."""
        return hmac.compare_digest(self.seal, seal_of(self.token, self.binding))

    @property
    def fingerprint(self) -> str:
        """What names it in records, and opens nothing."""
        return hashlib.sha256(self.token).hexdigest()[:FINGERPRINT_CHARACTERS]

    @property
    def armed(self) -> Armed:
        """What is recorded of it."""
        bound = self.binding
        return Armed(
            fingerprint=self.fingerprint,
            by=bound.by,
            issued_at=bound.issued_at,
            expires_at=bound.expires_at,
            envelope=bound.envelope,
        )


def seal_of(token: bytes, binding: Binding) -> str:
    """HMAC-SHA256 with the token over the binding's canonical text."""
    return hmac.new(token, _text(_tree(binding)), hashlib.sha256).hexdigest()


def written(token: bytes, binding: Binding) -> bytes:
    """What the file holds."""
    return _text({**_tree(binding), "format": FORMAT, "token": token.hex(), "seal": seal_of(token, binding)})


def read(data: bytes) -> Token:
    """What a file says. Raises ``Malformed``; whether it is whole, and meant for here, is not asked."""
    if len(data) > FILE_BYTES_MAX:
        raise Malformed("it is larger than an arming can be")
    try:
        tree: Any = json.loads(data.decode("ascii"))
        if tree.pop("format") != FORMAT:
            raise Malformed("it has another format")
        token, seal = bytes.fromhex(tree.pop("token")), tree.pop("seal")
        if len(token) != TOKEN_BYTES or not isinstance(seal, str) or not seal.isascii():
            raise Malformed("its token or its seal has another form")
        found = Token(binding=_binding(tree), token=token, seal=seal)
    except Malformed:
        raise
    except Exception as error:  # noqa: BLE001 - it may hold anything, and nothing of it is repeated
        raise Malformed(f"it cannot be read ({type(error).__name__})") from None
    return found


def who() -> str:
    """``user@host``, as it is recorded."""
    try:
        name = pwd.getpwuid(uid()).pw_name
    except KeyError:
        name = str(uid())
    return f"{name}@{host()}"


def folder_here(folder: Path) -> str:
    """Which folder it is, by device and number. Raises ``OSError``."""
    found = folder.stat()
    return f"{found.st_dev}:{found.st_ino}"


def uid() -> int:
    """This user's number."""
    return os.getuid()


def host() -> str:
    """This machine's name."""
    return socket.gethostname()


def _text(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _tree(binding: Binding) -> dict[str, Any]:
    return asdict(binding, value_serializer=lambda _, __, value: _plain(value))


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value.normalize(), "f")
        case datetime():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value


def _binding(tree: dict[str, Any]) -> Binding:
    """Strict: a key too many, one too few or one of another type is no arming."""
    envelope = tree.pop("envelope")
    for name in ("max_quantity", "max_notional", "max_loss"):
        envelope[name] = _amount(envelope[name])
    if type(envelope["max_orders"]) is not int:
        raise TypeError
    envelope["instruments"] = tuple(_said(each) for each in envelope["instruments"])
    for name in ("issued_at", "expires_at"):
        tree[name] = _time(tree[name])
    for name in ("config_digest", "build", "folder", "account", "host", "by"):
        _said(tree[name])
    if type(tree["uid"]) is not int or not isinstance(tree["journal_id"], str | None):
        raise TypeError
    return Binding(envelope=Envelope(**envelope), **tree)


def _said(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _amount(value: object) -> Decimal:
    amount = Decimal(_said(value))
    if problem_with_amount(amount) is not None:
        raise ValueError
    return amount


def _time(value: object) -> datetime:
    at = datetime.fromisoformat(_said(value))
    if at.utcoffset() != UTC.utcoffset(None):
        raise ValueError
    return at
