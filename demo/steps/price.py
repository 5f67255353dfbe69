"""A price proposal is approved, written and verified; the storefront shows it; rolled back, it shows the old one again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from demo.client import Client, StepFailed, find_form, wait_until


@dataclass(frozen=True, slots=True)
class Proposal:
    id: str
    product_page: str
    old_price: str
    new_price: str


def run(client: Client) -> None:
    prices = f"/stores/{client.card.store_id}/prices"
    listed = client.submit(prices, action="/prices/look")
    proposal = _find_proposal(client, listed.text)
    client.send(find_form(listed.text, action=f"/{proposal.id}/approve", where=listed.url), {}, base=listed.url)
    wait_until("the price is written and verified", lambda: _state(client, prices, proposal) == "In your store", 30)
    if _shown(client, proposal) != proposal.new_price:
        raise StepFailed(f"{proposal.product_page} should cost {proposal.new_price}, not {_shown(client, proposal)}")
    decided = client.get(prices, state="decided")
    client.send(find_form(decided.text, action=f"/{proposal.id}/roll-back", where=decided.url), {}, base=decided.url)
    wait_until("the price is rolled back", lambda: _state(client, prices, proposal) == "Rolled back", 30)
    if _shown(client, proposal) != proposal.old_price:
        raise StepFailed(f"{proposal.product_page} should cost {proposal.old_price} again, not {_shown(client, proposal)}")


def _find_proposal(client: Client, html: str) -> Proposal:
    """The first for a product without variants, so that its page shows one price; it must say why."""
    for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL):
        id, link = re.search(r"/prices/(\d+)/approve", row), re.search(r'href="([^"]+/product/[^"]+)"', row)
        amounts = re.findall(r"£([\d,.]+\d)", row)
        if not id or not link or len(amounts) < 2:
            continue
        if not re.search(r"\d+ in stock.*\d+(\.\d)? % (more|less)|below your floor", row):
            raise StepFailed(f"proposal {id[1]} does not say its reason in figures")
        found = Proposal(id[1], unescape(link[1]), amounts[0], amounts[1])
        if 'name="variation_id"' not in client.get(found.product_page).text and _shown(client, found) == found.old_price:
            return found
    raise StepFailed("no price is proposed for a product without variants")


def _shown(client: Client, proposal: Proposal) -> str:
    """What the storefront asks for now; of a reduced price, the reduced one."""
    shown = re.search(r'class="big-price">(.*?)</p>', client.get(proposal.product_page).text, re.DOTALL)
    without_before = re.sub(r"<del.*?</del>", "", shown[1], flags=re.DOTALL) if shown else ""
    amounts = re.findall(r"[\d,.]+\d", re.sub(r"<[^>]+>|&\w+;", " ", without_before))
    return str(amounts[0]) if len(amounts) == 1 else ""


def _state(client: Client, prices: str, proposal: Proposal) -> str:
    page = client.get(prices, state="decided").text
    for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
        if f"/{proposal.id}/" in row or (proposal.product_page in unescape(row) and proposal.new_price in row):
            if "Not changed" in row:
                raise StepFailed(f"the price was not written: {re.sub(r'<[^>]+>', ' ', row)}")
            return next((word for word in ("In your store", "Rolled back") if word in row), "")
    return ""
