"""Learning starts by itself after the first sync; the overview says what was learned and when."""

from __future__ import annotations

from demo.client import Client, StepFailed, wait_until


def run(client: Client) -> None:
    store = f"/stores/{client.card.store_id}"

    def is_learned() -> bool:
        page = client.get(f"{store}/recommendations").text
        if "Learning failed" in page:
            raise StepFailed("learning failed: see the recommendations page")
        return "Learned " in page

    wait_until("recommendations are learned", is_learned, 120)
    overview = client.get(f"{store}/").text
    for words in ("What goes together", "Best sellers", "a week"):
        if words not in overview:
            raise StepFailed(f"the overview does not show {words!r}")
