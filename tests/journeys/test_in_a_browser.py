"""A merchant with a browser: from sign-up to the store's figures; and every page of a store, looked at by a machine's eyes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy import update

from lab.woocommerce.server import LabServer
from luxebrain import config, jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.edge.access import RULES, Rule
from luxebrain.jobs import schedule
from luxebrain.models.accounts import Standing, User
from luxebrain.services import proposals
from tests.chromium import axe_source
from tests.journeys.small_shop import ORDERS, running_small_shop
from tests.live import PASSWORD, Connected
from tests.web.troubled import add_trouble

pytestmark = pytest.mark.xdist_group("browser")
EMAIL = "merchant@shop.example"
WIDTHS = {390: 844, 1280: 800}
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = """(runOnly) => axe.run(document, { runOnly, resultTypes: ['violations'] })
  .then((result) => result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`)))"""
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF: dict[str, dict[str, object]] = {
    "light": {"type": "tag", "values": EVERYTHING},
    "dark": {"type": "rule", "values": ["color-contrast"]},  # all that a look can change
}
# what an address needs → who may open it
PAGES = {frozenset({"store_id"}): (Rule.MEMBER, Rule.OPERATOR), frozenset[str](): (Rule.OPERATOR,)}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS_RING = "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).boxShadow"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabServer]:
    with running_small_shop(tmp_path) as running:
        yield running


@pytest.fixture
def context(chromium: Browser, app: Flask) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser finds wrong: errors of scripts, what the content policy stops, what cannot be loaded."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    opened = context.new_page()
    opened.on("console", lambda message: note_complaint(complaints, message))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    return opened


def note_complaint(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        complaints.append(f"{message.location['url']}: {message.text}")


def test_a_merchant_signs_up_connects_and_sees_the_store(page: Page, web: str, lab: LabServer, app: Flask, complaints: list[str]) -> None:
    sign_up(page, web)
    store_id = connect_through_consent(page, lab)
    watch_the_copy(page, app, store_id)
    look_around(page)
    log_out(page, f"{web}/stores/{store_id}/orders")

    assert [complaint for complaint in complaints if not complaint.startswith(lab.url)] == []


def sign_up(page: Page, web: str) -> None:
    page.goto(f"{web}/sign-up")
    page.get_by_label("Your name").fill("Mia Merchant")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page).to_have_url(f"{web}/connect")


def connect_through_consent(page: Page, lab: LabServer) -> int:
    page.get_by_label("Address of your store").first.fill(lab.url)
    page.get_by_role("button", name="Go to my store's consent page").click()
    expect(page).to_have_url(re.compile(re.escape(lab.url)))
    page.get_by_label("Username").fill("merchant")
    page.get_by_label("Password").fill("merchant")
    page.get_by_role("button", name="Login").click()
    page.get_by_role("link", name="Approve").click()
    page.wait_for_url(re.compile(r"/stores/\d+/sync$"))
    return int(page.url.rsplit("/", 2)[1])


def watch_the_copy(page: Page, app: Flask, store_id: int) -> None:
    """The page follows by itself: nothing is reloaded."""
    with app.app_context():
        work_one_page(store_id, times=4)
        expect(page.get_by_role("heading", name="Copying your store")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Products")).to_have_attribute("value", re.compile(r"[1-9]\d*"))
        jobs.run("sync.pages", store_id)
    expect(page.get_by_text("Complete")).to_be_visible()


def work_one_page(store_id: int, *, times: int) -> None:
    before = config.current()
    config.use(replace(before, slice_s=0.0001))
    for _ in range(times):
        jobs.run("sync.pages", store_id)
    config.use(before)


def look_around(page: Page) -> None:
    rooms = page.get_by_role("navigation", name="Rooms", exact=True)
    rooms.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Best sellers")).to_be_visible()
    rooms.get_by_role("link", name="Orders").click()
    expect(page.get_by_text(str(ORDERS)).first).to_be_visible()
    expect(page.get_by_role("row")).not_to_have_count(0)


def log_out(page: Page, private: str) -> None:
    page.get_by_role("button", name="Log out").first.click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.goto(private)
    expect(page).to_have_url(re.compile("/log-in"))


@pytest.mark.usefixtures("merchant_id")
def test_keys_are_enough_to_log_in_and_always_show_where_one_is(page: Page, web: str, connected: Connected, complaints: list[str]) -> None:
    page.goto(f"{web}/log-in")

    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    rings = []
    for _ in range(2):  # the box to stay logged in, then the button
        page.keyboard.press("Tab")
        rings.append(page.evaluate(FOCUS_RING))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{web}/stores/{connected.store_id}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    assert page.url.endswith("#content")
    assert "nonenone" not in rings
    assert complaints == []


def test_no_page_is_too_wide_complains_or_keeps_anybody_out(page: Page, web: str, connected: Connected, complaints: list[str]) -> None:
    learn(connected)
    found = {path: look_at(page, f"{web}{path}", complaints) for path in ("/", "/log-in", "/sign-up")}
    log_in(page, web)

    make_operator(connected)

    for path in ["/connect", *pages_of(connected)]:
        found[path] = look_at(page, f"{web}{path}", complaints)

    assert len(found) > 10
    assert [f"{path} at {problem}" for path, problems in found.items() for problem in problems] == []


def learn(connected: Connected) -> None:
    """So that the pages have something to show."""
    connected.sync()
    with connected.app.app_context():
        jobs.run("training.train", connected.store_id)
        with transaction(connected.store_id):
            proposals.make_proposals(utcnow())


def make_operator(connected: Connected) -> None:
    """Of the merchant, so that the operators' pages open too; with something to see on them."""
    with connected.app.app_context():
        with transaction():
            session.execute(update(User).values(standing=Standing.ADMIN))
        add_trouble(connected.store_id, "The small shop")
        schedule.run_due()


def log_in(page: Page, web: str) -> None:
    page.goto(f"{web}/log-in")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("/stores/"))


def pages_of(connected: Connected) -> list[str]:
    """Every page that a member or an operator may open and that needs no more than the store."""
    adapter = connected.app.url_map.bind("localhost")
    addresses = (
        adapter.build(route.endpoint, {"store_id": connected.store_id} if route.arguments else {})
        for route in connected.app.url_map.iter_rules()
        if rule_of(route.endpoint) in PAGES.get(frozenset(route.arguments), ()) and "GET" in (route.methods or ())
    )
    return sorted(address for address in addresses if not address.endswith(".csv"))


def rule_of(endpoint: str) -> Rule | None:
    return RULES.get(endpoint.rpartition(".")[0])


def look_at(page: Page, url: str, complaints: list[str]) -> list[str]:
    """What is wrong with a page, at every width and in every look. Parts of pages are passed over."""
    complaints.clear()
    if not is_a_page(page, url):
        return []
    page.goto(url)
    page.evaluate(axe_source())
    problems = []
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for look in LOOKS:
            page.emulate_media(color_scheme=look)
            problems += [f"{width} px, {look}: {problem}" for problem in [*page.evaluate(AXE, RULES_OF[look]), *how_much_too_wide(page)]]
            keep_picture(page, f"{width}-{look}")
    return problems + complaints


def is_a_page(page: Page, url: str) -> bool:
    answer = page.request.get(url)
    assert answer.status < 400, (url, answer.status)
    return "<!doctype html>" in answer.text()


def how_much_too_wide(page: Page) -> list[str]:
    pixels = page.evaluate(TOO_WIDE)
    return [f"{pixels} px too wide"] if pixels > 0 else []


def keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        place = re.sub(r"\W+", "-", page.url.partition("/stores/")[2] or page.url.rpartition("/")[2])
        page.screenshot(path=Path(folder) / f"{place or 'home'}-{name}.png", full_page=True)
