"""Many stores beside one: copies of it with addresses of their own, as far as deliveries go."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg

from bench.load import Target
from chaos.stores import Connected

_COPY = """
with copied as (
    insert into store (platform, url, name, currency, timezone, prices_include_tax, connected_at)
    select platform, url || '-' || n, name, currency, timezone, prices_include_tax, now()
    from store, generate_series(1, %(count)s) n where id = %(like)s returning id
), keyed as (
    insert into store_credential (store_id, sealed_key, sealed_secret)
    select copied.id, sealed_key, sealed_secret from copied, store_credential where store_id = %(like)s
), synced as (
    insert into sync_run (store_id, id, state, finished_at) select id, id, 'done', now() from copied
), compared as (
    insert into certificate (store_id, id, state, started_at) select id, id, 'done', now() + interval '1 day' from copied
), trained as (
    insert into training_run (store_id, id, state) select id, id, 'done' from copied
)
insert into webhook_endpoint (token, store_id, sealed_secret)
select 'copy-' || copied.id, copied.id, sealed_secret from copied, webhook_endpoint where store_id = %(like)s returning token"""


def make_crowd(admin_url: str, store: Connected, count: int) -> list[Target]:
    """So many more stores with this one's secret, connected; nothing is due for them."""
    with psycopg.connect(admin_url) as connection:
        tokens = connection.execute(_COPY, {"count": count, "like": store.store_id}).fetchall()
    address = urlsplit(store.delivery_url)
    folder = address.path.rpartition("/")[0]
    return [Target(f"{address.scheme}://{address.netloc}{folder}/{token}", store.secret) for (token,) in tokens]
