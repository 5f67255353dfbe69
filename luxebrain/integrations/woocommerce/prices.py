"""Writing prices to a store and reading them back.

A batch answers 200 even for items it refused, stores "abc" as no price at all, and drops a sale price that is not below the regular one
without a word. So amounts go as formatted strings, and what comes back is compared with what was sent.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from luxebrain.errors import Rejected
from luxebrain.integrations import fields
from luxebrain.integrations.platform import PricePush, PriceState
from luxebrain.integrations.woocommerce.client import LONGEST_LIST_S, PRICE_BATCH, WooClient, id_of

BATCH_SIZE = 50  # the store takes 100, in up to ten seconds: half of that leaves slow hosts time
GONE = "The store has no such product any more."
PLANNED_SALE = "It has a sale with dates in the store. Its price is left alone until that sale is over or taken back."
NO_ANSWER = "The store did not answer for this product."
Key = tuple[int, int]  # product id, variant id: the same number for a simple product


def push_prices(client: WooClient, prices: Sequence[PricePush]) -> list[PriceState]:
    """One PriceState per push, in order, with `error` where it was not stored as sent.

    Raises ValueError before anything is sent where a price is negative or no number. A call that fails raises OutgoingError, and then
    some prices may have been stored: read them.
    """
    for push in prices:
        if not push.price.is_finite() or push.price < 0:
            raise ValueError(f"{push.price} is no price")
    stored: dict[Key, PriceState] = {}
    for path, batch in _batches(prices):
        stored |= _push_batch(client, path, batch)
    return [_compared(push, stored.get(_key(push))) for push in prices]


def read_prices(client: WooClient, variants: Sequence[Key]) -> list[PriceState]:
    stored: dict[Key, PriceState] = {}
    simple_ids = sorted({product for product, variant in variants if product == variant})
    for start in range(0, len(simple_ids), BATCH_SIZE):
        include = ",".join(map(str, simple_ids[start : start + BATCH_SIZE]))
        stored |= _states(client.get_page("products", {"include": include}).rows)
    ends = time.monotonic() + LONGEST_LIST_S
    for parent_id in sorted({product for product, variant in variants if product != variant}):
        stored |= _states(read_variations(client, parent_id, ends=ends), parent_id=parent_id)
    return [stored.get(key) or _failed(key, GONE) for key in variants]


def read_variations(client: WooClient, product_id: int, *, ends: float) -> list[Mapping[str, Any]]:
    """All of one product's; none where the product is gone. `ends`: of time.monotonic()."""
    try:
        return client.get_all(f"products/{product_id}/variations", {"orderby": "id", "order": "asc"}, ends=ends)
    except Rejected as error:
        if error.status == 404:
            return []
        raise


def _batches(prices: Sequence[PricePush]) -> Iterator[tuple[str, list[PricePush]]]:
    """Simple products go together; variations only through their own product (products/batch answers 404 for them)."""
    groups: dict[str, list[PricePush]] = defaultdict(list)
    for push in prices:
        is_simple = push.product_id == push.variant_id
        groups["products/batch" if is_simple else f"products/{push.product_id}/variations/batch"].append(push)
    for path, group in groups.items():
        for start in range(0, len(group), BATCH_SIZE):
            yield path, group[start : start + BATCH_SIZE]


def _push_batch(client: WooClient, path: str, batch: Sequence[PricePush]) -> dict[Key, PriceState]:
    keys = {push.variant_id: _key(push) for push in batch}
    try:
        answer = client.post(path, {"update": [_item(push) for push in batch]}, limits=PRICE_BATCH)
    except Rejected as error:
        return {key: _failed(key, str(error)) for key in keys.values()}
    rows = fields.children(answer, "update") if isinstance(answer, Mapping) else []
    return {keys[row["id"]]: _state(keys[row["id"]], row) for row in rows if row.get("id") in keys}


def _item(push: PricePush) -> dict[str, Any]:
    """Clearing a sale leaves its dates, which a later one would inherit: they are cleared each time."""
    compare_at_price = _compare_at_price(push)
    regular_price, sale_price = (push.price, "") if compare_at_price is None else (compare_at_price, f"{push.price:f}")
    cleared = {"date_on_sale_from": "", "date_on_sale_to": ""}
    return {"id": push.variant_id, "regular_price": f"{regular_price:f}", "sale_price": sale_price, **cleared}


def _compare_at_price(push: PricePush) -> Decimal | None:
    """None unless it is above the price: the store would drop the sale price and charge the regular one."""
    return push.compare_at_price if push.compare_at_price is not None and push.compare_at_price > push.price else None


def _states(rows: Sequence[Mapping[str, Any]], *, parent_id: int | None = None) -> dict[Key, PriceState]:
    keys = [(parent_id or id_of(row), id_of(row)) for row in rows]
    return {key: _failed(key, PLANNED_SALE) if _has_planned_sale(row) else _state(key, row) for key, row in zip(keys, rows, strict=True)}


def _has_planned_sale(row: Mapping[str, Any]) -> bool:
    """A sale with dates: a push would clear them, and nothing could bring them back."""
    return bool(row.get("sale_price")) and any(row.get(name) for name in ("date_on_sale_from", "date_on_sale_to"))


def _state(key: Key, row: Mapping[str, Any]) -> PriceState:
    if refusal := fields.child(row, "error"):
        return _failed(key, fields.plain_text(refusal.get("message")) or "The store refused this price.")
    try:
        price, regular_price = fields.optional_amount(row, "price"), fields.optional_amount(row, "regular_price")
    except ValueError as error:
        return _failed(key, f"The store answered with a price that cannot be read ({error}).")
    is_reduced = price is not None and regular_price is not None and price < regular_price
    return PriceState(product_id=key[0], variant_id=key[1], price=price, compare_at_price=regular_price if is_reduced else None)


def _compared(push: PricePush, state: PriceState | None) -> PriceState:
    if state is None or state.error:
        return state or _failed(_key(push), NO_ANSWER)
    if (state.price, state.compare_at_price) == (push.price, _compare_at_price(push)):
        return state
    error = f"The store keeps {_words(state.price, state.compare_at_price)} instead of {_words(push.price, _compare_at_price(push))}."
    return PriceState(
        product_id=push.product_id, variant_id=push.variant_id, price=state.price, compare_at_price=state.compare_at_price, error=error
    )


def _words(price: Decimal | None, compare_at_price: Decimal | None) -> str:
    before = f" (before: {compare_at_price:f})" if compare_at_price is not None else ""
    return f"{price:f}{before}" if price is not None else "no price"


def _failed(key: Key, error: str) -> PriceState:
    return PriceState(product_id=key[0], variant_id=key[1], price=None, compare_at_price=None, error=error)


def _key(push: PricePush) -> Key:
    return push.product_id, push.variant_id
