"""The page: the template, filled. What comes from data is escaped by the template engine, or is JSON that is."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from interlock._version import __version__
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.explain import why
from interlock.core.explain_story import Story
from interlock.runner.asking.telling import opening, words
from interlock.runner.report import facts, settings
from interlock.runner.report.figures import figures
from interlock.runner.report.library import library
from interlock.runner.report.periods import periods
from interlock.runner.report.reading import CHANGES_MAX, REFUSED_MAX, Reading
from interlock.runner.report.rows import ROWS_MAX, Row
from interlock.runner.report.safely import as_json, check_embeddable, content_security_policy
from interlock.runner.report.series import BUCKETS_MAX, buckets
from interlock.runner.report.stories import stories

if TYPE_CHECKING:
    from jinja2 import Environment

# How every page of ours begins: only such a file is ever replaced.
BEGINS: Final = "<!doctype html>\n<!-- interlock report 1 -->\n"
# Explanations beyond so many characters in all are left to the command that tells them.
EXPLAINED_CHARACTERS_MAX: Final = 6_000_000
ROW_CHARACTERS_MAX: Final = 1_000
# The head of a page names so many; --json has all of them.
CONTRADICTED_MAX: Final = 20


@frozen(kw_only=True)
class Page:
    """The text, and what a script wants to know of it. ``contradicted`` are the records that are told and are not what
    follows from those before them."""

    html: str
    drawn: int
    rows: int
    explained: int
    contradicted: tuple[int, ...]


@frozen(kw_only=True)
class Part:
    """A part of an explanation: sentences under a title, and of each whether it is words for a shell."""

    title: str
    sentences: tuple[tuple[str, bool], ...]


@frozen(kw_only=True)
class ToldRow:
    """A row as the template shows it. ``opening`` and ``parts`` are what ``interlock explain`` prints of its record;
    both are empty where that is left to the command."""

    row: Row
    why: str
    opening: str = ""
    parts: tuple[Part, ...] = ()
    is_contradicted: bool = False

    @property
    def characters(self) -> int:
        """How long the explanation is."""
        return len(self.opening) + sum(len(text) for part in self.parts for text, _ in part.sentences)


def page_of(reading: Reading, rows: SearchedJournal) -> Page:
    """The page of what was read from ``rows``. The same journal and build give the same text, wherever it lies.

    Raises ``ConfigurationError`` where the charts' library or the template engine is not installed.
    """
    charts = library()
    environment = _environment()
    into = buckets(len(reading.series))
    configured, configurations = settings.configured(reading.runs)
    told = _rows(reading, rows)
    explained = sum(1 for one in told if one.parts)
    contradicted = tuple(one.row.seq for one in told if one.is_contradicted)
    scripts = [check_embeddable(charts.script, charts.package), check_embeddable(_text("report.js"), "report.js")]
    html = environment.get_template("report.html").render(
        policy=content_security_policy(scripts),
        style=check_embeddable(_text("report.css"), "report.css"),
        scripts=scripts,
        charts=charts,
        version=__version__,
        data=as_json(figures(reading, into)),
        reading=reading,
        opened=reading.opened,
        facts=facts,
        rows=told,
        explained=explained,
        contradicted=contradicted,
        outcomes=sorted({one.row.outcome for one in told}),
        codes=sorted({one.row.code for one in told if one.row.code}),
        buckets=into,
        bucket_bars=into[0].last - into[0].first + 1 if into else 0,
        periods=periods(reading.series),
        configured=configured,
        configurations=configurations,
        changed=settings.changes(reading),
        limits={
            "rows": ROWS_MAX, "buckets": BUCKETS_MAX, "refused": REFUSED_MAX, "changes": CHANGES_MAX,
            "characters": EXPLAINED_CHARACTERS_MAX, "runs": settings.RUNS_MAX, "changed": settings.CHANGED_MAX,
            "contradicted": CONTRADICTED_MAX,
        },
    )  # fmt: skip
    return Page(html=BEGINS + html, drawn=len(into), rows=len(told), explained=explained, contradicted=contradicted)


def _rows(reading: Reading, rows: SearchedJournal) -> list[ToldRow]:
    """The rows, oldest first. Where there is too much to tell, the newest are told."""
    wanted = {row.seq for row in reading.rows.kept}
    runs = {run.seq: run.started for run in reading.runs}
    told = stories(rows, reading.opened, reading.head.seq, wanted, runs) if reading.opened is not None else {}
    left = EXPLAINED_CHARACTERS_MAX
    found = []
    for row in reversed(reading.rows.kept):
        story = told.get(row.seq)
        one = ToldRow(row=row, why=_in_short(row))
        if story is not None and left > 0:
            one = evolve(one, opening=opening(story), parts=_parts(story))
        if story is not None and _contradicts(story):
            # Also where the story itself is left to the command: nobody would ask it of a row that looks well.
            one = evolve(one, is_contradicted=True)
        left -= one.characters
        found.append(one)
    return found[::-1]


def _parts(story: Story) -> tuple[Part, ...]:
    return tuple(
        Part(title=section.title, sentences=tuple((words(said), said.is_typed) for said in section.sentences))
        for section in story.sections
    )


def _contradicts(story: Story) -> bool:
    checked = story.section("checked")
    return checked is not None and checked.facts["matches"] is False


def _in_short(row: Row) -> str:
    said = why(row.record) or row.record.kind
    return _cut(said if row.count == 1 else f"{row.count:,} times: {said}", ROW_CHARACTERS_MAX)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _at(time: datetime | None) -> str:
    """A time as the page shows it: UTC, to the second."""
    return "never" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def _at_milliseconds(time: int) -> str:
    return _at(datetime.fromtimestamp(time / 1000, UTC))


def _number(value: float) -> str:
    """A number that is drawn, as short as its ten digits allow."""
    return f"{value:,.10g}"


def _shown(value: object) -> object:
    """Whatever the template prints: on one line, and nothing in it that turns or hides what stands around it."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in value)


def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("interlock.runner.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"at": _at, "at_milliseconds": _at_milliseconds, "number": _number}
    return environment


def _text(name: str) -> str:
    return files("interlock.runner.report").joinpath("templates", name).read_text("utf-8")
