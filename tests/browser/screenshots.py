"""``python -m tests.browser.screenshots FOLDER``: the pictures in the docs, of the example's report."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from selenium.webdriver.common.by import By

from . import pages
from .chromium import chromium, emulate, opened
from .there import MISSING, is_there

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

WIDTH, HEIGHT = 1150, 980
# What is brought into view, and under which name it is kept.
VIEWS: Final = {"report": "", "report-decision": "decisions", "report-configuration": "configuration"}


def main(folder: Path) -> None:
    """Draw each view, light and dark, into ``folder``."""
    if not is_there():
        raise SystemExit(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        page = pages.example(Path(scratch))
        with chromium(Path(scratch) / "profile") as driver:
            driver.set_window_size(WIDTH, HEIGHT)
            for scheme in ("light", "dark"):
                emulate(driver, scheme=scheme)
                opened(driver, page)
                for name, section in VIEWS.items():
                    show(driver, section)
                    target = folder / f"{name}-{scheme}.png"
                    target.write_bytes(driver.get_screenshot_as_png())
                    print(f"{target}: {target.stat().st_size:,} bytes")


def show(driver: "Chrome", section: str) -> None:
    """Bring ``section`` into view; the decisions with a denial that is open."""
    driver.execute_script("window.scrollTo(0, 0)")
    if section == "configuration":
        driver.execute_script("document.getElementById('configuration').scrollIntoView({behavior: 'instant'})")
    elif section:
        row = driver.find_element(By.CSS_SELECTOR, "tr[data-outcome=DENIED]")
        driver.execute_script("arguments[0].querySelector('details').open = true", row)
        driver.execute_script(
            "arguments[0].scrollIntoView({block: 'start', behavior: 'instant'}); window.scrollBy(0, -80)", row
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
