"""``interlock report``: one page, from the records alone, and nothing in it but what they say."""

import json
import re
import shutil
import stat
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path

import pytest
from typing_extensions import override

from interlock.core.decision import NoAction
from interlock.core.reports import FillBasis
from interlock.core.strategies.moving_average_cross import MovingAverageCross
from interlock.core.view import MarketView
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.runner.report import facts, library
from interlock.runner.report.marks import SHAPES, MarkKind

from .conftest import Home

ROOT = Path(__file__).parents[4]


class _Parsed(HTMLParser):
    """A page as a browser's parser takes it apart: its elements, their attributes, and the text of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    @override
    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.scripts and self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.text.append(data)


def _report(*args: str, code: int = ExitCode.DONE) -> str:
    assert run(["report", *args]) == code
    return Path("report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory, configuration: Callable[..., str]) -> Path:
    """The journal of a run that bought and sold, for tests that only read it."""
    return Home(tmp_path_factory.mktemp("traded"), configuration).run()


@pytest.fixture(scope="module")
def page(traded: Path) -> str:
    """Its page."""
    target = traded.parent / "page.html"
    assert run(["report", str(traded), "-o", str(target)]) == ExitCode.DONE
    return target.read_text("utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is where we are."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_tells_what_was_done_and_why(page: str) -> None:
    """Orders and fills, the reasons with their numbers, the stamps of the run, what the fills rest on."""
    text = " ".join(_Parsed(page).text)
    for said in (
        "TEST, SIM, account demo",
        "TREND_TURNED_UP",
        "bought 5 TEST at",
        "max_order_notional passed",
        "Nothing, for no order was made.",
        "sha256:",
        "risk.max_order_notional.limit",
        "NEXT_OPEN: at the open of the bar after the decision",
        "END_OF_DATA",
    ):
        assert said in text, said


def _configuration(page: str) -> str:
    return " ".join(_Parsed(page.partition('id="configuration"')[2].partition("</section>")[0]).text)


def test_every_value_says_where_it_came_from(home: Home) -> None:
    """The file with its line, and the default; the runs that were configured alike share a table."""
    home.run(cycles=10)
    home.run(cycles=10)
    text = re.sub(r"\s+", " ", _configuration(_report()))
    assert "as did each of the 2 runs from record 1 on" in text
    assert re.search(
        r"The run's configuration is the default, but for \d+ values from the file interlock\.toml\.", text
    )
    line = 1 + (home.folder / "interlock.toml").read_text().splitlines().index('limit = "900"')
    assert f"risk.max_order_notional.limit 900 interlock.toml, line {line}" in text
    assert "alerts.seconds 5 default" in text
    assert str(home.folder) not in text
    assert "What changed" not in text


def test_each_run_has_its_own_configuration_on_the_page(home: Home) -> None:
    """The newest is shown, an earlier one opens, and between them stands what says the same in another place."""
    home.run(cycles=10)
    home.run(cycles=10)
    rows = home.rows()
    for seq, kind, body in rows[2:]:
        if kind == "RunStarted":
            tree = json.loads(body)
            del tree["observation"]["origins"][0]["keys"]["run_mode"]
            tree["observation"]["origins"].append(
                {"keys": {"run_mode": None}, "name": HOSTILE, "source": "ENVIRONMENT"}
            )
            rows[seq] = (seq, kind, json.dumps(tree, sort_keys=True, separators=(",", ":")))
    home.rewrite(rows)
    page = _report()
    text = re.sub(r"\s+", " ", _configuration(page))
    assert f"run_mode SIM {HOSTILE}, environment" in text
    assert re.search(r"Before that, as run \S+ recorded it in record 1 \(", text)
    assert "run_mode SIM interlock.toml, line " in text
    assert "What changed from run to run record key was came from is comes from" in text
    assert re.search(rf"\d+ run_mode SIM interlock.toml, line \d+ SIM {re.escape(HOSTILE)}, environment", text)
    assert "img" not in _Parsed(page).tags


def test_a_denial_stands_first_among_what_the_rules_saw(home: Home) -> None:
    """With what was observed, the limit, and what to do."""
    home.run(quantity="9")
    page = _report()
    first = page.partition("<li>Denied by ")[2].partition("<li>")[2]
    assert first.startswith("max_order_quantity denied it: QUANTITY_EXCEEDS_MAXIMUM: order quantity 9 exceeds")


def test_a_release_says_who_released_and_why(home: Home) -> None:
    """As it stands on record; what a person typed is text, whatever it looks like."""
    home.run(cycles=5)
    assert run(["halt", "--reason", "to look"]) == ExitCode.DONE
    home.run(cycles=5)
    assert run(["resume", "--reason", f"looked {HOSTILE}"]) == ExitCode.DONE
    home.run(cycles=5)
    page = _report().partition('id="states"')[2].partition("</section>")[0]
    text = re.sub(r"\s+", " ", " ".join(_Parsed(page).text))
    assert re.search(
        rf"ACTIVE not restricted: OPERATOR_RESUME: \S+@\S+ released trading: looked {re.escape(HOSTILE)}", text
    )
    assert re.search(r"ACTIVE not restricted \d+ ", text)
    assert "img" not in _Parsed(page).tags


def test_a_page_without_a_name_is_refused_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    """A script's variable was empty: that is no folder, and nobody typed a dot."""
    assert run(["report", "-o", ""]) == ExitCode.USAGE
    assert "it is empty, and a file is meant: name the file that is to be written" in capsys.readouterr().err


def test_a_copied_journal_gives_the_same_bytes(traded: Path, page: str, here: Path) -> None:
    """In another folder, under another name, without its configuration, its data or its head file."""
    shutil.copy(traded, here / "copy.sqlite3")
    assert _report("copy.sqlite3") == page
    assert str(traded.parent) not in page


def test_the_page_is_one_file_that_fetches_nothing(page: str) -> None:
    """No address in any attribute, and a policy that allows none."""
    parsed = _Parsed(page)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(parsed.tags)
    assert all(name != "src" for name, _ in parsed.attributes)
    targets = {value for name, value in parsed.attributes if name in ("href", "action")}
    assert all(target is not None and target.startswith("#") for target in targets)
    (policy,) = [value for name, value in parsed.attributes if name == "content" and value and "default-src" in value]
    assert "default-src 'none'" in policy
    assert len(parsed.scripts) == 3


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    """The list of sections, and the link that skips."""
    parsed = _Parsed(page)
    ids = {value for name, value in parsed.attributes if name == "id"}
    assert {value[1:] for name, value in parsed.attributes if name == "href" and value} <= ids


@pytest.mark.usefixtures("here")
def test_the_page_is_ours_alone_and_its_size_is_told(traded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0600, ./report.html where nothing is said."""
    _report(str(traded))
    told = capsys.readouterr().out
    assert re.fullmatch(r"wrote report\.html: [\d,]+ bytes, [\d,]+ records, [\d,]+ bars\n", told)
    assert stat.S_IMODE(Path("report.html").stat().st_mode) == 0o600


@pytest.mark.usefixtures("here")
def test_json_says_what_was_written(traded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its keys are always the same."""
    assert run(["report", str(traded), "--json", "-o", "page.html"]) == ExitCode.DONE
    data = json.loads(capsys.readouterr().out)
    assert list(data) == [
        "file", "bytes", "journal", "head", "bars", "points", "rows", "rows_left_out", "explained",
        "contradicted", "opened",
    ]  # fmt: skip
    assert data["journal"] == str(traded)
    assert data["bytes"] == Path("page.html").stat().st_size
    assert data["bars"] == data["points"] == 90
    assert data["opened"] is None


@pytest.mark.usefixtures("here")
def test_what_is_too_much_to_tell_is_left_to_the_command_and_that_is_said(
    traded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest rows open to their explanation, the others to its name: on the page, beside it, and for scripts."""
    monkeypatch.setattr("interlock.runner.report.page.EXPLAINED_CHARACTERS_MAX", 20_000)
    text = " ".join(" ".join(_Parsed(_report(str(traded))).text).split())
    said = capsys.readouterr().out
    assert run(["report", str(traded), "--json"]) == ExitCode.DONE
    data = json.loads(capsys.readouterr().out)
    explained, rows = data["explained"], data["rows"]
    assert 0 < explained < rows
    assert f"{explained} of the rows open to their explanation, the others name the command that tells it" in said
    assert f"{explained} of them open to their explanation; the others name the command that tells it." in text
    assert text.count("Made once more") == explained
    assert len(re.findall(r"Told by interlock explain \d+ \.", text)) == rows - explained
    assert text.index("Told by interlock explain 0 .") < text.index("Made once more")


@pytest.mark.usefixtures("here")
def test_what_a_plugin_prints_is_no_answer(
    traded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked while the page is drawn, and may say what it likes: on stderr."""

    def distance(self: MovingAverageCross, no_action: NoAction, view: MarketView) -> None:
        sys.stdout.write("here I am\n")

    monkeypatch.setattr(MovingAverageCross, "distance", distance)
    assert run(["report", str(traded), "--json"]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert json.loads(captured.out)["explained"] > 0
    assert "here I am" in captured.err


def test_a_file_of_somebody_else_is_kept(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Looked at before the journal is read; --force replaces it; the journal itself nothing does."""
    journal = home.run()
    Path("report.html").write_text("<p>mine</p>")
    assert run(["report"]) == ExitCode.USAGE
    assert "is no report of Interlock's" in capsys.readouterr().err
    assert Path("report.html").read_text() == "<p>mine</p>"
    assert run(["report", "--force"]) == ExitCode.DONE
    assert run(["report"]) == ExitCode.DONE
    before = journal.read_bytes()
    assert run(["report", "--force", "-o", str(journal)]) == ExitCode.USAGE
    assert journal.read_bytes() == before


def test_a_changed_record_gives_no_page(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, and what was there stays."""
    home.run()
    home.change(20, '"volume":"1000"', '"volume":"1001"', chained=False)
    assert run(["report"]) == ExitCode.JOURNAL
    assert "record 20" in capsys.readouterr().err
    assert not Path("report.html").exists()


def test_without_its_library_it_says_what_to_install(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the journal is read: the one that is damaged here is not complained of."""
    home.run()
    home.change(20, '"volume":"1000"', '"volume":"1001"', chained=False)
    for name in ("PACKAGE", "TEMPLATES"):
        with monkeypatch.context() as without:
            without.setattr(library, name, "no_such_package")
            assert run(["report"]) == ExitCode.USAGE
        assert "needs the package no_such_package, which is not installed here: pip install 'interlock[report]'" in (
            capsys.readouterr().err
        )
    assert not Path("report.html").exists()


def test_open_hands_the_page_to_the_browser(
    traded: Path, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a file, by its whole path."""
    told = here / "told-to-the-browser"
    monkeypatch.setenv("BROWSER", f'{sys.executable} -c \'import sys; open("{told}", "w").write(sys.argv[1])\' %s')
    monkeypatch.setattr("webbrowser._tryorder", None)
    assert run(["report", str(traded), "--open", "--json"]) == ExitCode.DONE
    assert json.loads(capsys.readouterr().out)["opened"] is True
    assert told.read_text() == (here / "report.html").as_uri()


@pytest.mark.usefixtures("here")
def test_where_there_is_no_browser_the_page_is_written_all_the_same(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And that it was not opened is said."""
    monkeypatch.setenv("BROWSER", "no-such-browser-anywhere %s")
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert run(["report", str(traded), "--open"]) == ExitCode.DONE
    assert "no browser could be opened here: open the file yourself" in capsys.readouterr().out


HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_hostile_text_is_text(home: Home) -> None:
    """In the account and in a code: HTML, attributes and data take none of it for markup."""
    home.run(cycles=40)
    rows = home.rows()
    said = json.dumps(HOSTILE)[1:-1]
    for seq, kind, body in rows:
        rows[seq] = (seq, kind, body.replace('"demo"', f'"{said}"').replace('"TREND_UP_AND_LONG"', f'"{said}\\u2028"'))
    home.rewrite(rows)
    # What was written in is not what follows, and the page says so.
    page = _report(str(home.journal), code=ExitCode.FINDING)
    parsed = _Parsed(page)
    assert "img" not in parsed.tags
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert any(HOSTILE in text for text in parsed.text)
    assert ("data-code", f"{HOSTILE}\\u2028") in parsed.attributes
    data = json.loads(parsed.scripts[0])
    assert data["times"]
    assert "\u2028" not in page


def test_what_the_page_says_is_not_modelled_is_on_the_page_of_the_paper_venue() -> None:
    """The two cannot disagree."""
    text = (ROOT / "docs" / "reference" / "paper-venue.md").read_text("utf-8")
    plain = re.sub(r"\s+", " ", text.partition("## What is not modelled")[2].replace("*", ""))
    for said in facts.NOT_MODELLED:
        assert said in plain, said


def test_every_basis_and_every_mark_has_its_words() -> None:
    """And no two marks have one shape."""
    assert facts.BASES.keys() == set(FillBasis)
    assert facts.SHAPE_WORDS.keys() == SHAPES.keys() == set(MarkKind)
    assert len(set(SHAPES.values())) == len(MarkKind)


def test_the_library_is_the_file_that_its_package_ships() -> None:
    """With its licence in it, which asks to be kept."""
    found = library.library()
    assert found.version == version("plotly")
    assert "MIT license" in found.script[:500]


def test_a_journal_without_bars_has_a_page(home: Home) -> None:
    """It says that there is nothing to draw, and shows what there is."""
    home.feed = ()
    home.run()
    assert "There is no bar in this journal" in _report()
