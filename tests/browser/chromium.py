"""A real Chromium without a window, and what it says of a page."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

WAIT_SECONDS = 60
# A browser has errands of its own: none of them is the page's, and none should leave the machine.
FLAGS = (
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--window-size=1280,900",
    # Whatever is asked for all the same is found nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@contextmanager
def chromium(folder: Path) -> Iterator[Chrome]:
    """A browser with a profile of its own in ``folder``."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    if os.geteuid() == 0:
        # Chromium's own sandbox does not work for root. The page is ours, and nothing is fetched.
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The driver is named: selenium would otherwise look for one, on the network too.
    driver = Chrome(options=options, service=Service(executable_path=shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def opened(driver: Chrome, page: Path) -> None:
    """Open ``page`` and wait until its script has done its part. What was logged before is forgotten."""
    # Whatever the browser itself shows at first asks for things of its own.
    driver.get("about:blank")
    for log in ("browser", "performance"):
        _log(driver, log)
    driver.get(page.as_uri())
    WebDriverWait(driver, WAIT_SECONDS).until(
        lambda found: found.execute_script("return document.documentElement.dataset.ready") == "yes"
    )


def emulate(driver: Chrome, *, media: str = "screen", scheme: str = "light") -> None:
    """Let the page believe that it is on ``media``, and that its reader likes ``scheme``."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def requested(driver: Chrome) -> list[str]:
    """Every address that the page asked for since it was opened, and was not kept from by its policy."""
    said = [json.loads(entry["message"])["message"] for entry in _log(driver, "performance")]
    kept_from = {
        one["params"]["requestId"]
        for one in said
        if one["method"] == "Network.loadingFailed" and one["params"].get("blockedReason") == "csp"
    }
    return [
        one["params"]["request"]["url"]
        for one in said
        if one["method"] == "Network.requestWillBeSent" and one["params"]["requestId"] not in kept_from
    ]


def complaints(driver: Chrome) -> list[str]:
    """Everything on the console that is no mere word: errors, warnings, and what the policy of the page kept out."""
    return [entry["message"] for entry in _log(driver, "browser") if entry["level"] in {"SEVERE", "WARNING"}]


def _log(driver: Chrome, name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = driver.get_log(name)  # type: ignore[no-untyped-call]
    return entries
