"""The merchant's side of a lab store, through its own REST API as a merchant's tools would use it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lab.woocommerce import catalog
from lab.woocommerce.server import LabServer
from luxebrain.integrations.woocommerce.client import WooClient


class WooShop:
    def __init__(self, client: WooClient, lab: LabServer) -> None:
        self.client, self.lab = client, lab

    def make_product(self, **fields: Any) -> int:
        return int(self.client.post("products", {"name": "Mug", "type": "simple", "regular_price": "10.00", **fields})["id"])

    def make_products(self, count: int) -> list[int]:
        ids: list[int] = []
        for start in range(0, count, 100):
            batch = [{"name": f"Mug {number}", "regular_price": "10.00"} for number in range(start, min(start + 100, count))]
            ids += [row["id"] for row in self.client.post("products/batch", {"create": batch})["create"]]
        return ids

    def make_variable_product(self, prices: list[str]) -> tuple[int, list[int]]:
        sizes = [f"S{number}" for number in range(len(prices))]
        attribute = {"name": "Size", "variation": True, "options": sizes}
        product = self.client.post("products", {"name": "Tee", "type": "variable", "attributes": [attribute]})["id"]
        variations = [
            self.client.post(f"products/{product}/variations", {"regular_price": price, "attributes": [{"name": "Size", "option": size}]})
            for price, size in zip(prices, sizes, strict=True)
        ]
        return product, [variation["id"] for variation in variations]

    def make_order(self, product_id: int, **fields: Any) -> int:
        lines = [{"product_id": product_id, "quantity": 1}]
        return int(self.client.post("orders", {"status": "processing", "line_items": lines, **fields})["id"])

    def rename_product(self, product_id: int, name: str) -> None:
        self.client.post(f"products/{product_id}", {"name": name})

    def trash_product(self, product_id: int) -> None:
        """As a person does in the store: a batch of deletions is for good."""
        with self.lab.store.lock:
            catalog.trash_product(self.lab.store, self.lab.store.product(product_id))

    def delete_product(self, product_id: int) -> None:
        self.client.delete(f"products/{product_id}")

    def later(self) -> datetime:
        self.lab.store.advance(60)
        return self.lab.store.now()

    def subscribed_topics(self, delivery_url: str) -> list[str]:
        return [row["topic"] for row in self.client.get_all("webhooks", {}) if row["delivery_url"] == delivery_url]
