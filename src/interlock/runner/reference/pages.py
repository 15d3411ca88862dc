"""Which pages there are, and how they get into their folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from interlock.runner.reference import command_line, configuration, controls, events, log, stops, tables

COMMAND: Final = "make docs"
DRAWN: Final = f"*Drawn from the code by `{COMMAND}` (`python -m interlock.runner.reference docs/reference`): "

# Every drawn page and what draws it. `docs/README.md` lists them for people.
PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "command-line.md": command_line.page,
        "configuration.md": configuration.page,
        "controls.md": controls.page,
        "environment.md": tables.environment_page,
        "events.md": events.page,
        "log.md": log.page,
        "modes.md": tables.modes_page,
        "order-states.md": tables.order_states_page,
        "reason-codes.md": tables.reason_codes_page,
        **stops.PAGES,
    }
)


def drawn(name: str) -> str:
    """The whole text of one page. The same code gives the same bytes."""
    return f"{DRAWN}change the code, not this page.*\n\n{PAGES[name]().rstrip()}\n"


def draw(folder: Path) -> None:
    """Write every page. Raises ``OSError`` where that cannot be done."""
    for name in PAGES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(drawn(name), "utf-8", newline="\n")
    for name in _left_over(folder):
        (folder / name).unlink()


def differing(folder: Path) -> tuple[str, ...]:
    """The pages that are missing, differ from the code, or were drawn by a build that had one page more."""
    changed = [name for name in PAGES if _written(folder / name) != drawn(name)]
    return (*changed, *_left_over(folder))


def _left_over(folder: Path) -> tuple[str, ...]:
    pages = [page.relative_to(folder).as_posix() for page in sorted(folder.rglob("*.md"))]
    return tuple(name for name in pages if name not in PAGES and _written(folder / name).startswith(DRAWN))


def _written(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
