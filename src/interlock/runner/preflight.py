"""What can be looked at before a run: each look gives ok or a problem with its remedy, and changes nothing."""

import os
import shutil
import stat
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from interlock.core.modes import RunMode
from interlock.core.reasons import Reason, sentence
from interlock.core.values import is_multiple
from interlock.runner.alert_look import alert_looks
from interlock.runner.amounts import plain
from interlock.runner.anchor_look import anchor_looks
from interlock.runner.clock_look import clock_look
from interlock.runner.config import Loaded
from interlock.runner.config.problems import path_text, printable
from interlock.runner.credentials import credential_looks
from interlock.runner.data_look import data_look
from interlock.runner.file_look import file_look
from interlock.runner.kill_switch_look import kill_switch_looks
from interlock.runner.look import IN_SILENCE, FeedMaker, Look, Telling, lies_in

# A year of minute bars is about that much of a journal.
FREE_BYTES_MIN: Final = 500 * 1024 * 1024

Now = Callable[[], datetime]


def preflight(loaded: Loaded, *, make_feed: FeedMaker, now: Now, telling: Telling = IN_SILENCE) -> tuple[Look, ...]:
    """Every look, in the order in which a person would fix what they find. ``telling`` is used where one takes long."""
    secrets = credential_looks(loaded)  # first: a look at the data may take what is looked for here
    data = data_look(loaded, make_feed)
    live = loaded.config.run_mode is RunMode.LIVE
    return (
        *((file_look(loaded.path, live=live),) if loaded.path is not None else ()),
        *order_size_looks(loaded),
        *allowed_looks(loaded),
        *secrets,
        state_look(loaded.state_folder),
        *kill_switch_looks(loaded.state_folder),
        *log_looks(loaded.log_path),
        # Data that cannot be read is told once, and not again as data that is not the journal's.
        *_journal_looks(loaded, make_feed if data.ok else None, telling),
        *anchor_looks(loaded),
        *alert_looks(loaded),
        disk_look(loaded.state_folder),
        clock_look(now()),
        data,
    )


def _journal_looks(loaded: Loaded, make_feed: FeedMaker | None, telling: Telling) -> tuple[Look, ...]:
    # Most checks come before there is a journal, and what reads one is not imported for nothing.
    if not lies_in(loaded.state_folder, "journal*"):
        return ()
    from interlock.runner.journal_look import journal_looks

    return journal_looks(loaded, make_feed, telling)


def order_size_looks(loaded: Loaded) -> tuple[Look, ...]:
    """A strategy that is told how much to order is told a quantity that the venue takes.

    By convention: it goes for every strategy, a plugin's too, whose own keys hold a decimal ``quantity``.
    """
    quantity = getattr(loaded.config.strategy.parameters, "quantity", None)
    if not isinstance(quantity, Decimal):
        return ()
    lot = loaded.config.instrument.lot_size
    fits = is_multiple(quantity, lot)
    fine = f"the quantity {plain(quantity)} is a multiple of the lot {plain(lot)}"
    # The venue would say it in these words, order by order.
    wrong = sentence(Reason.OFF_LOT, {"quantity": quantity, "lot": lot})
    return (
        Look(
            name="order size",
            ok=fits,
            detail=fine if fits else wrong,
            remedy="" if fits else "the venue would reject every order: write a multiple of lot_size as quantity",
        ),
    )


def allowed_looks(loaded: Loaded) -> tuple[Look, ...]:
    """The instrument is among those that may be entered, where there is such a list: else nothing is ever bought."""
    limits = loaded.config.risk.get("allowed_instruments")
    symbol = loaded.config.instrument.symbol
    allowed: tuple[str, ...] = getattr(limits, "instruments", (symbol,))
    if symbol in allowed:
        return ()
    shown = printable(", ".join(allowed))
    return (
        Look(
            name="allowed instruments",
            ok=False,
            detail=f"{symbol} is not among {shown}: every entry would be denied ({Reason.INSTRUMENT_NOT_ALLOWED})",
            remedy=f"write {symbol} into [risk.allowed_instruments], if it may be traded",
        ),
    )


def log_looks(path: Path) -> tuple[Look, ...]:
    """What is where the log goes is a file: a run refuses to start on anything else. Nothing there is fine."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        # Not there yet, or behind a folder that the look before this one tells of.
        return ()
    if stat.S_ISREG(mode):
        return ()
    what = "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no regular file"
    return (
        Look(
            name="log",
            ok=False,
            detail=f"{path_text(path)} is {what}",
            remedy="move it away, or name another state_dir: a run would refuse to start (exit 3)",
        ),
    )


def state_look(folder: Path) -> Look:
    """The folder of the journal is ours, private, real and writable, or can be made."""
    shown = path_text(folder)
    # The folder above first: whoever can write there can replace what is in it. Reading it shows nothing.
    wrong = _wrong_with_folder(folder.parent, closed=stat.S_IWOTH) or _wrong_with_folder(folder, closed=0o077)
    if wrong is not None:
        return Look(name="state folder", ok=False, detail=wrong[0], remedy=wrong[1])
    existing = _existing(folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        return Look(
            name="state folder",
            ok=False,
            detail=f"{path_text(existing)} cannot be written by this user",
            remedy="make it writable, or name another state_dir",
        )
    detail = f"{shown} is private and writable" if existing == folder else f"{shown} can be made"
    return Look(name="state folder", ok=True, detail=detail)


def _wrong_with_folder(folder: Path, *, closed: int) -> tuple[str, str] | None:
    shown = path_text(folder)
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{shown}: {(error.strerror or 'error').lower()}", "name another state_dir"
    if stat.S_ISLNK(status.st_mode):
        return f"{shown} is a symbolic link", "name the folder itself as state_dir"
    if not stat.S_ISDIR(status.st_mode):
        return f"{shown} is not a folder", "move it away, or name another state_dir"
    if status.st_mode & closed and status.st_mode & stat.S_ISVTX:
        # /tmp and its like: everybody on this machine works there, whoever owns it.
        return f"{shown} is shared by all users of this machine", "name another state_dir, in a folder of your own"
    if status.st_uid != os.geteuid():
        return f"{shown} belongs to another user", "run as its owner, or name another state_dir"
    if status.st_mode & closed:
        return f"{shown} is open to others (mode {stat.S_IMODE(status.st_mode):04o})", f"chmod 700 {shown}"
    return None


def disk_look(folder: Path) -> Look:
    """There is room for a journal."""
    free = shutil.disk_usage(_existing(folder)).free
    enough = free >= FREE_BYTES_MIN
    wanted = FREE_BYTES_MIN // 1024**2
    return Look(
        name="disk",
        ok=enough,
        detail=f"{'at least' if enough else 'less than'} {wanted} MiB are free",
        remedy="" if enough else "make room, or name a state_dir on another disk: a full disk halts the run",
    )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    for part in (folder, *folder.parents):
        # Not part.is_dir(), which raises where a name is too long for the disk.
        if os.path.isdir(part):  # noqa: PTH112
            return part
    return Path()
