"""What the fake store holds: documents, ids, its clock, its settings, and who wants to hear of changes.

Everything that changes goes through `put` and `remove`, so that nothing is forgotten by a restart. Callers hold `lock` for what must be
seen whole.
"""

import itertools
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.woocommerce import dates
from lab.woocommerce.documents import Document, DocumentFile

UNCATEGORIZED = {"id": 15, "name": "Uncategorized", "slug": "uncategorized"}

# WordPress numbers posts of every type (products, variations, orders, refunds) in one sequence.
SEQUENCES = {"product": "post", "variation": "post", "order": "post", "refund": "post"}
FIRST_IDS = {"post": 23, "category": 16, "customer": 3, "webhook": 1, "key": 1, "line": 1, "meta": 1, "image": 1}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the merchant chose under WooCommerce → Settings."""

    name: str = "Hearth & Holly"
    currency: str = "GBP"
    currency_name: str = "Pound sterling"
    currency_symbol: str = "£"
    currency_entity: str = "&pound;"
    country: str = "GB"
    gmt_offset_hours: float = 1.0
    prices_include_tax: str = "no"


Listener = Callable[[str, int], None]


class State:
    """Documents by kind and id, with the platform's own numbering and clock."""

    def __init__(self, path: Path | None = None, *, settings: Settings | None = None) -> None:
        self.lock = threading.RLock()
        self.settings = settings or Settings()
        self.home_url = "http://localhost"
        self.listeners: list[Listener] = []
        self._file = DocumentFile(path)
        self._tables = self._file.read()
        self._ahead = timedelta(0)
        self._counters = self._restored_counters()
        if self.find("category", UNCATEGORIZED["id"]) is None:
            self.put("category", {**UNCATEGORIZED, "parent": 0, "description": "", "display": "default", "menu_order": 0})

        self.secret = self._kept_secret()

    def now(self) -> datetime:
        """The store's clock: the machine's, plus what was advanced."""
        return datetime.now(UTC) + self._ahead

    def stamp(self) -> str:
        return dates.text(self.now())

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def next_id(self, sequence: str) -> int:
        """The next number of a sequence; never one that was given before, also after a restart."""
        name = SEQUENCES.get(sequence, sequence)
        with self.lock:
            number = next(self._counters[name])
        if name not in ("line", "meta", "image"):
            self._file.write("counter", [{"id": name, "last": number}])
        return number

    def all(self, kind: str) -> list[Document]:
        return list(self._tables[kind].values())

    def find(self, kind: str, document_id: object) -> Document | None:
        return self._tables[kind].get(document_id) if isinstance(document_id, int | str) else None

    def put(self, kind: str, document: Document) -> Document:
        self._tables[kind][document["id"]] = document
        self._file.write(kind, [document])
        return document

    def put_all(self, kind: str, documents: Iterable[Document]) -> None:
        """Many at once, in one transaction, without telling listeners; ids given are never given again."""
        batch = list(documents)
        self._tables[kind].update((document["id"], document) for document in batch)
        self._file.write(kind, batch)
        self._counters = self._restored_counters()

    def remove(self, kind: str, document_id: int) -> None:
        self._tables[kind].pop(document_id, None)
        self._file.delete(kind, document_id)

    def announce(self, topic: str, resource_id: int) -> None:
        """Tell listeners that something happened, named as webhook topics are."""
        for listener in self.listeners:
            listener(topic, resource_id)

    def close(self) -> None:
        self._file.close()

    def _kept_secret(self) -> str:
        """What log-in cookies and nonces are signed with; the same after a restart."""
        kept = self.find("setting", "secret") or self.put("setting", {"id": "secret", "value": secrets.token_hex(32)})
        return str(kept["value"])

    def _restored_counters(self) -> dict[str, "itertools.count[int]"]:
        last = {name: first - 1 for name, first in FIRST_IDS.items()}
        for counter in self.all("counter"):
            last[counter["id"]] = max(last[counter["id"]], counter["last"])
        for kind in ("product", "variation", "order", "refund", "category", "customer", "webhook", "key"):
            name = SEQUENCES.get(kind, kind)
            last[name] = max([last[name], *(int(known) for known in self._tables[kind])])
        for order in self.all("order"):
            last["line"] = max([last["line"], *(line["id"] for line in order["line_items"])])
        return {name: itertools.count(number + 1) for name, number in last.items()}
