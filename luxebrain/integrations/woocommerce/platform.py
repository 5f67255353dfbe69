"""WooCommerce as a Platform.

Pages go by id, newest first. Only an order by id is stable (by date, rows made in one second tie: 4 of 416 were lost and 4 doubled).
Newest first, what is made during the sync moves rows back, never forward, so that all a page can miss is what a deletion moved forward; the
store's total tells how much.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from luxebrain.errors import OutgoingError, Refused, Rejected, Unavailable
from luxebrain.integrations import fields
from luxebrain.integrations.http import Http
from luxebrain.integrations.pace import pace_of
from luxebrain.integrations.platform import (
    BadRow,
    Capabilities,
    Change,
    Credentials,
    CustomerRecord,
    Digest,
    Entity,
    Extension,
    IndexPage,
    Irrelevant,
    Listed,
    Page,
    PricePush,
    PriceState,
    Record,
    StoreProfile,
    Unsubscribed,
)
from luxebrain.integrations.woocommerce import plugin, prices, subscriptions
from luxebrain.integrations.woocommerce.client import (
    ENDLESS,
    IDLE_PAGE,
    LONGEST_LIST_S,
    MOST_PAGES,
    PAGE_SIZE,
    Listing,
    WooClient,
    id_of,
)
from luxebrain.integrations.woocommerce.records import Row, is_listed, is_trashed, is_variable, read_row
from luxebrain.integrations.woocommerce.webhooks import read_delivery

PATHS = {
    Entity.COLLECTIONS: "products/categories",
    Entity.PRODUCTS: "products",
    Entity.CUSTOMERS: "customers",
    Entity.ORDERS: "orders",
}
# What tells a row that is ours from one that is not, and when it changed: a thirteenth of a product's bytes.
INDEX_FIELDS = "id,type,status,variations,date_created_gmt,date_modified_gmt"
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page starts: its number, the lowest id seen, the total when it was seen, and what the walk has cost in pages."""

    page: int
    last_id: int | None = None
    total: int | None = None
    spent: int = 0

    @staticmethod
    def parse(text: str | None) -> Cursor:
        if text is None:
            return Cursor(1)
        page, last_id, total, *spent = text.split(":")  # the last is not there in what was begun before an upgrade
        return Cursor(int(page), int(last_id), int(total) if total else None, int(spent[0]) if spent else 0)

    def __str__(self) -> str:
        return f"{self.page}:{self.last_id}:{'' if self.total is None else self.total}:{self.spent}"

    def after(self, page: int, last_id: int, total: int | None) -> Cursor:
        """Where the next page starts once this one was full. Raises Refused where the store's list has no end."""
        spent = self.spent + (1 if self.last_id is None or last_id < self.last_id else IDLE_PAGE)
        if spent >= MOST_PAGES:
            raise Refused(f"{ENDLESS}.")
        return Cursor(page + 1, last_id, total, spent)


class WooCommerce:
    capabilities = Capabilities(has_compare_at_price=True, sends_variant_deliveries=True)

    def __init__(self, credentials: Credentials, http: Http) -> None:
        self._client = WooClient(credentials, http)
        self._pace = pace_of(self._client.url)

    def read_profile(self) -> StoreProfile:
        """The name and time zone come from WordPress's own index; a store that hides it goes by its host, in UTC."""
        try:
            root = self._client.get_root()
        except OutgoingError:
            root = {}
        root = root if isinstance(root, Mapping) else {}
        currency, taxes = (self._client.get(path) for path in ("data/currencies/current", "settings/tax/woocommerce_prices_include_tax"))
        try:
            code, counts_tax = fields.currency({"currency": currency["code"]}), taxes["value"] == "yes"
        except (ValueError, TypeError, KeyError) as error:
            raise Unavailable("The store does not say which currency it sells in, or whether its prices include tax.") from error
        return StoreProfile(
            name=fields.plain_text(root.get("name"), longest=200) or str(urlsplit(self._client.url).hostname),
            url=self._client.url,
            currency=code,
            timezone=_timezone(root),
            prices_include_tax=counts_tax,
        )

    def read_page(self, entity: Entity, cursor: str | None = None, *, since: datetime | None = None) -> Page:
        at, ends = Cursor.parse(cursor), time.monotonic() + LONGEST_LIST_S
        listing, page = self._stable_page(entity, at, since)
        new_rows = [row for row in listing.rows if at.last_id is None or _id(row) < at.last_id]
        rows = [row for row in self._read_rows(entity, new_rows, ends=ends) if not _is_older(row, since)]
        last_id = min([id for id in (at.last_id, *map(_id, listing.rows)) if id], default=0)
        is_last = len(listing.rows) < PAGE_SIZE
        return Page(
            records=tuple(row for row in rows if not isinstance(row, BadRow | Irrelevant)),
            bad_rows=tuple(row for row in rows if isinstance(row, BadRow)),
            cursor=None if is_last else str(at.after(page, last_id, listing.total)),
            total=listing.total,
        )

    def read_index(self, entity: Entity, cursor: str | None = None, *, since: datetime | None = None) -> IndexPage:
        at = Cursor.parse(cursor)
        listing, page = self._stable_page(entity, at, since, {"_fields": INDEX_FIELDS})
        seen = {id_of(row): row for row in listing.rows}
        fresh = {id: row for id, row in seen.items() if at.last_id is None or id < at.last_id}
        last_id = min(fresh, default=at.last_id or 0)
        is_last = len(listing.rows) < PAGE_SIZE
        return IndexPage(
            rows={id: _listed(row) for id, row in fresh.items() if is_listed(entity, row)},
            lowest_id=0 if is_last else last_id,
            below_id=at.last_id,
            cursor=None if is_last else str(at.after(page, last_id, listing.total)),
            total=listing.total,
        )

    def read_some(self, entity: Entity, ids: Sequence[int]) -> Page:
        """Asked for by id, so that nothing but the trash and what is gone is left out; guests and staff are customers too."""
        params = {"include": ",".join(map(str, ids)), **({"role": "all"} if entity is Entity.CUSTOMERS else {})}
        ends = time.monotonic() + LONGEST_LIST_S
        listing = self._pace.call(lambda: self._client.get_page(PATHS[entity], params))
        if not {_id(row) for row in listing.rows} <= set(ids) or (listing.total or 0) > len(listing.rows):
            raise Unavailable("The store answered with other rows than it was asked for, or not with all of them.")
        rows = self._read_rows(entity, listing.rows, ends=ends)
        return Page(
            records=tuple(row for row in rows if not isinstance(row, BadRow | Irrelevant)),
            bad_rows=tuple(row for row in rows if isinstance(row, BadRow)),
            cursor=None,
            total=listing.total,
        )

    def read_one(self, entity: Entity, id: int) -> Record | None:
        """None for what is in the trash too. Raises ValueError where the store's answer is no valid row."""
        try:
            payload = self._client.get(f"{PATHS[entity]}/{id}")
        except Rejected as error:
            if error.status == 404:
                return None
            raise
        if is_trashed(payload):
            return None
        match self._read_rows(entity, [payload], ends=time.monotonic() + LONGEST_LIST_S)[0]:
            case BadRow(reason=reason):
                raise ValueError(reason)
            case Irrelevant():
                return None
            case record:
                return record

    def parse_delivery(self, topic: str, payload: Any) -> Change:
        return read_delivery(topic, payload)

    def subscribe(self, delivery_url: str, secret: str) -> None:
        subscriptions.subscribe(self._client, delivery_url, secret)

    def is_subscribed(self, delivery_url: str) -> bool:
        return subscriptions.is_subscribed(self._client, delivery_url)

    def unsubscribe(self, delivery_url: str) -> Unsubscribed:
        return subscriptions.unsubscribe(self._client, delivery_url)

    def find_extension(self) -> Extension | None:
        return plugin.find(self._client)

    def read_digest(self, since: date | None = None) -> Digest | None:
        return plugin.read_digest(self._client, since)

    def revoke(self) -> bool:
        return plugin.revoke(self._client)

    def push_prices(self, prices_to_push: Sequence[PricePush]) -> list[PriceState]:
        return prices.push_prices(self._client, prices_to_push)

    def read_prices(self, variants: Sequence[tuple[int, int]]) -> list[PriceState]:
        return prices.read_prices(self._client, variants)

    def _stable_page(self, entity: Entity, at: Cursor, since: datetime | None, extra: Mapping[str, str] = NOTHING) -> tuple[Listing, int]:
        """The page at the cursor, or the one before it where so much was deleted since that rows have moved there."""
        params = {"orderby": "id", "order": "desc", **_since_params(entity, since), **extra}
        listing = self._pace.call(lambda: self._client.get_page(PATHS[entity], params, page=at.page))
        gone = at.total - listing.total if at.total is not None and listing.total is not None else 0
        if gone <= 0 or at.page == 1:
            return listing, at.page
        earlier = max(1, at.page - 1 - (gone - 1) // PAGE_SIZE)
        return self._pace.call(lambda: self._client.get_page(PATHS[entity], params, page=earlier)), earlier

    def _read_rows(self, entity: Entity, payloads: Sequence[Any], *, ends: float) -> list[Row]:
        """`ends`: of time.monotonic(), by when the variations have to be there."""
        if entity is not Entity.PRODUCTS:
            return [read_row(entity, payload) for payload in payloads]
        variable = [_id(payload) for payload in payloads if is_variable(payload)]
        variations = self._pace.map(partial(prices.read_variations, self._client, ends=ends), variable)
        found = dict(zip(variable, variations, strict=True))
        return [read_row(entity, payload, found.get(_id(payload), [])) for payload in payloads]


def _since_params(entity: Entity, since: datetime | None) -> dict[str, str]:
    """Text without "Z" and the flag: with both, the store shifts the time twice and misses changes. Its clock counts whole seconds: one is
    taken off. Categories carry no date, and customers do not know the parameter: those are read in full."""
    if since is None or entity in (Entity.COLLECTIONS, Entity.CUSTOMERS):
        return {}
    bound = since.astimezone(UTC) - timedelta(seconds=1)
    return {"modified_after": bound.strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}


def _is_older(row: Row, since: datetime | None) -> bool:
    return isinstance(row, CustomerRecord) and since is not None and row.modified_at < since - timedelta(seconds=1)


def _listed(payload: Mapping[str, Any]) -> Listed:
    """A row whose date cannot be read changed at no time that any copy has: it is read in full, and says there what is wrong with it."""
    try:
        modified_at = fields.optional_moment(payload, "date_modified_gmt") or fields.moment(payload, "date_created_gmt")
    except ValueError:
        modified_at = datetime.fromtimestamp(0, UTC)
    variations = payload.get("variations") if is_variable(payload) else None
    return Listed(modified_at, frozenset(id for id in variations if isinstance(id, int)) if isinstance(variations, list) else None)


def _id(payload: Any) -> int:
    return fields.id_if_any(payload) or 0


def _timezone(root: Mapping[str, Any]) -> str:
    """An IANA name; a store set to a bare offset has none, and Etc/GMT counts the other way round. What is no zone counts as none."""
    name = fields.short_text(root, "timezone_string", longest=64)
    if _is_zone(name):
        return name
    try:
        offset = float(root.get("gmt_offset") or 0)
    except (TypeError, ValueError):
        return "UTC"
    return f"Etc/GMT{-int(offset):+d}" if offset and abs(offset) <= 12 and offset == int(offset) else "UTC"


def _is_zone(name: str) -> bool:
    """A name that nobody knows would be an error in every report that counts by week."""
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, "Europe"
        return False
