"""The report, as a person opens it: from a file, in a real browser, with nothing else to be had."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from .chromium import complaints, emulate, opened, requested
from .pages import HOSTILE

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(browser: "Chrome", example: Path) -> "Chrome":
    """The page of the example, opened anew on a light screen."""
    emulate(browser)
    opened(browser, example)
    return browser


def _all(browser: "Chrome", css: str) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, css))


def _visible_rows(browser: "Chrome") -> list[str]:
    script = "return [...document.querySelectorAll('.decisions tbody tr:not([hidden])')].map(row => row.id)"
    found: list[str] = browser.execute_script(script)
    return found


def test_the_price_is_drawn_with_its_marks(page: "Chrome") -> None:
    """Each kind has its word in the legend, and as many shapes as the table beside it says."""
    words = [entry.text for entry in page.find_elements(By.CSS_SELECTOR, "#price .legend .legendtext")]
    assert set(words) == {"close", "high to low", "entry filled", "exit filled", "order denied", "split"}
    said = {
        row.find_element(By.TAG_NAME, "th").text: int(row.find_elements(By.TAG_NAME, "td")[1].text.replace(",", ""))
        for row in page.find_elements(By.CSS_SELECTOR, ".marks tbody tr")
    }
    script = (
        "return Object.fromEntries(document.querySelector('#price .drawing').data"
        ".filter(trace => trace.mode === 'markers').map(trace => [trace.name, trace.x.length]))"
    )
    drawn = page.execute_script(script)
    assert drawn == {word: count for word, count in said.items() if count}
    assert _all(page, "#price .scatterlayer .points path") == sum(drawn.values())


def test_every_chart_is_drawn(page: "Chrome") -> None:
    """Price, equity, drawdown, position, trading states and reasons; each has a table or sentences beside it."""
    assert _all(page, ".drawing .main-svg") >= 6
    for section in ("price", "equity", "position", "states", "reasons"):
        assert _all(page, f"#{section} .drawing svg") >= 1, section
        assert _all(page, f"#{section} p, #{section} table") >= 1, section


def test_the_filter_filters(page: "Chrome") -> None:
    """By outcome, by reason and by text, together; and what is shown again is all of it."""
    every = _visible_rows(page)
    Select(page.find_element(By.ID, "filter-outcome")).select_by_value("DENIED")
    denied = _visible_rows(page)
    assert 0 < len(denied) < len(every)
    assert page.find_element(By.ID, "filter-count").text == f"{len(denied)} of {len(every)} rows"
    page.find_element(By.ID, "filter-text").send_keys("2012-06-20")
    (only,) = _visible_rows(page)
    assert "NOTIONAL_EXCEEDS_MAX_PER_ORDER" in page.find_element(By.ID, only).text
    page.find_element(By.ID, "filter-text").send_keys("nowhere to be found")
    assert _visible_rows(page) == []
    page.find_element(By.CSS_SELECTOR, ".filter button[type=reset]").click()
    page.execute_async_script("setTimeout(arguments[0])")
    assert _visible_rows(page) == every


def test_a_row_opens_to_its_explanation_by_the_keyboard_alone(page: "Chrome") -> None:
    """Tab reaches it, Enter opens it, and what it opens to names every rule with what it saw."""
    Select(page.find_element(By.ID, "filter-outcome")).select_by_value("DENIED")
    row = page.find_element(By.ID, _visible_rows(page)[0])
    page.find_element(By.CSS_SELECTOR, ".filter button[type=reset]").send_keys(Keys.SHIFT, Keys.NULL)
    page.switch_to.active_element.send_keys(Keys.TAB)
    focused = page.switch_to.active_element
    assert focused.tag_name == "summary"
    assert row.find_element(By.TAG_NAME, "ul").is_displayed() is False
    focused.send_keys(Keys.ENTER)
    opened_up = row.find_element(By.TAG_NAME, "details").text
    assert "max_order_notional" in opened_up
    assert "price_collar passed" in opened_up


def test_the_first_tab_skips_to_the_decisions(page: "Chrome") -> None:
    """Nobody has to tab through the charts."""
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = page.switch_to.active_element
    assert skip.text == "Skip to the decisions"
    skip.send_keys(Keys.ENTER)
    assert page.current_url.endswith("#decisions")


def test_charts_move_by_the_keyboard_and_together(page: "Chrome") -> None:
    """Plus zooms in, arrows move, 0 shows all; buttons do the same."""
    span = (
        "const shown = document.querySelector(arguments[0] + ' .drawing')._fullLayout.xaxis.range;"
        "return new Date(shown[1]) - new Date(shown[0])"
    )
    whole = page.execute_script(span, "#price")
    figure = page.find_element(By.CSS_SELECTOR, "#price figure")
    figure.send_keys("+")
    nearer = page.execute_script(span, "#price")
    assert nearer < whole
    for section in ("#equity", "#position", "#states", "#reasons"):
        assert page.execute_script(span, section) == nearer
    said = page.find_element(By.ID, "shown").text
    figure.send_keys(Keys.ARROW_RIGHT)
    assert page.find_element(By.ID, "shown").text != said
    page.find_element(By.CSS_SELECTOR, "[data-act=all]").click()
    assert page.execute_script(span, "#equity") == whole


def test_nothing_is_complained_of_and_nothing_fetched(page: "Chrome", example: Path) -> None:
    """The console is empty, and the only address asked for is the file itself."""
    assert complaints(page) == []
    assert [url for url in requested(page) if not url.startswith(("data:", "blob:"))] == [example.as_uri()]


def test_the_policy_keeps_out_what_would_fetch(page: "Chrome") -> None:
    """Were a script of somebody else's in the page, it could reach nobody: the browser refuses, and says so."""
    script = (
        "const done = arguments[0];"
        "document.addEventListener('securitypolicyviolation', event => done(event.violatedDirective));"
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i)"
    )
    assert page.execute_async_script(script) == "img-src"
    assert not [url for url in requested(page) if "127.0.0.1" in url]


def test_what_comes_from_data_is_text_wherever_it_stands(browser: "Chrome", hostile: Path) -> None:
    """Symbol, account, reason, refused row, code, configuration: each is shown, and nothing is made of it."""
    emulate(browser)
    opened(browser, hostile)
    assert complaints(browser) == []
    assert _all(browser, "img") == 0
    assert browser.title.startswith("Interlock report: </script>")
    assert HOSTILE in browser.find_element(By.TAG_NAME, "h1").text
    for section in ("decisions", "configuration", "refused", "states", "reasons"):
        assert "</script><img" in str(browser.find_element(By.ID, section).get_attribute("textContent")), section
    legend = [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#reasons .legendtext")]
    assert any("</script><img" in text for text in legend)
    Select(browser.find_element(By.ID, "filter-code")).select_by_visible_text(HOSTILE)
    assert 0 < len(_visible_rows(browser)) < _all(browser, ".decisions tbody tr")


def test_the_origins_of_values_are_text_too(browser: "Chrome", hostile: Path) -> None:
    """The name of a file and of a flag, however they are called."""
    emulate(browser)
    opened(browser, hostile)
    origins = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "#configuration td:nth-child(3)")]
    assert origins == [f"{HOSTILE}, command line", f"{HOSTILE}, line 1"]


def test_every_value_of_the_example_has_where_it_came_from(page: "Chrome") -> None:
    """In a column with a heading, none left empty; the file's with their lines."""
    heads = [head.text for head in page.find_elements(By.CSS_SELECTOR, "#configuration thead th")]
    assert heads == ["key", "value", "from"]
    origins = [cell.text for cell in page.find_elements(By.CSS_SELECTOR, "#configuration td:nth-child(3)")]
    assert len(origins) == _all(page, "#configuration tbody tr") > 40
    assert {"default", "aapl.toml"} == {origin.partition(",")[0] for origin in origins}


def _colours(browser: "Chrome") -> tuple[str, str, str]:
    script = (
        "const of = (css, name) => getComputedStyle(document.querySelector(css))[name];"
        "return [of('body', 'backgroundColor'), of('body', 'color'), of('.drawing .xtick text', 'fill')]"
    )
    paper, ink, ticks = browser.execute_script(script)
    return paper, ink, ticks


def test_dark_is_dark_and_paper_is_white(page: "Chrome") -> None:
    """Page and charts follow the reader's scheme; in print they are black on white, whatever the scheme."""
    light = _colours(page)
    assert light[1] == light[2]
    emulate(page, scheme="dark")
    dark = _colours(page)
    assert dark[0] != light[0]
    assert dark[1] == dark[2] != light[1]
    emulate(page, media="print", scheme="dark")
    assert _colours(page) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)", "rgb(0, 0, 0)")
    assert page.find_element(By.CSS_SELECTOR, ".filter").is_displayed() is False


def test_it_prints(page: "Chrome") -> None:
    """To PDF, with all of its sections, and nothing cut off at the side."""
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF-")
    emulate(page, media="print")
    wide = (
        "return Math.max(...[...document.querySelectorAll('.drawing, table')].map(e => e.scrollWidth - e.clientWidth))"
    )
    assert page.execute_script(wide) <= 1


def test_without_javascript_everything_but_the_charts_is_there(browser: "Chrome", example: Path) -> None:
    """The tables are static, and rows open."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(example.as_uri())
        assert "Without JavaScript there are no charts" in browser.find_element(By.TAG_NAME, "noscript").text
        assert _all(browser, ".decisions tbody tr") > 100
        browser.find_element(By.CSS_SELECTOR, ".decisions summary").click()
        assert browser.find_element(By.CSS_SELECTOR, ".decisions details[open] ul").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_half_a_million_bars_load_and_no_extreme_is_lost(browser: "Chrome", long: Path) -> None:
    """The page says how it was down-sampled; the one bar at 900 and the one at 1 are in what is drawn."""
    emulate(browser)
    opened(browser, long)
    assert complaints(browser) == []
    text = browser.find_element(By.CSS_SELECTOR, "#price p").text
    assert "Down-sampled: 500,000 bars are drawn as 4,000 points of 125 bars each" in text
    script = (
        "const all = document.querySelector('#price .drawing').data.flatMap(trace => [...trace.y]);"
        "return [Math.min(...all), Math.max(...all), performance.now()]"
    )
    least, greatest, milliseconds = browser.execute_script(script)
    assert (least, greatest) == (1, 900)
    assert milliseconds < 30_000
    assert long.stat().st_size < 12_000_000
