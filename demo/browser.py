"""A headless Chromium, where one is found: looks at a product page as a shopper does."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Error, sync_playwright

from demo.client import StepFailed

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CARD = "luxebrain-widget li[part=card]"


def find_browser() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def see_widget_in_browser(url: str) -> None:
    """Scrolls to the widget and waits for its products. Raises StepFailed where they do not come, or the page reports an error."""
    errors: list[str] = []
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*sandbox, "--disable-dev-shm-usage", "--disable-gpu"])
        try:
            page = browser.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(url, wait_until="load")
            page.mouse.wheel(0, 4000)
            page.locator(CARD).first.wait_for(timeout=15_000)
        except Error as error:
            raise StepFailed(f"no widget appeared on {url} in the browser: {error}") from error
        finally:
            browser.close()
    if errors:
        raise StepFailed(f"{url} reports errors in the browser: {'; '.join(errors)}")
