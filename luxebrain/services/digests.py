"""Our side of a digest: per day of the last change how many rows, and a sum over them that equals the platform's where the rows do.

One statement each, whatever the store's size. The sum of a row is certificates.checksum, computed by PostgreSQL.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text

from luxebrain.database.session import session
from luxebrain.integrations.platform import DayDigest, Digest, Entity

# Variants are summed beside their products: one that is deleted need not move its product's date.
NAMES = {Entity.PRODUCTS: ("products", "variants"), Entity.ORDERS: ("orders",), Entity.CUSTOMERS: ("customers",)}
_ROWS = {
    "products": "product where deleted_at is null",
    "variants": "variant where deleted_at is null and id <> product_id and product_id in (select id from product where deleted_at is null)",
    "orders": "orders where deleted_at is null",
    "customers": "customer where deleted_at is null",
}
_SUMS = {
    name: text(f"""
        select modified_at::date, count(*),
            sum(('x' || left(md5(id || ':' || to_char(modified_at, 'YYYY-MM-DD"T"HH24:MI:SS')), 15))::bit(60)::bigint)
        from (select id, modified_at at time zone 'UTC' as modified_at from {rows}) counted
        where cast(:since as date) is null or modified_at >= cast(:since as date) group by 1""")  # noqa: S608 - our own text
    for name, rows in _ROWS.items()
}


def agrees(entity: Entity, digest: Digest, *, since: datetime | None) -> bool:
    """Whether the acting store's rows of this entity are those of the platform, on every day that both sides name."""
    return all(name in digest and digest[name] == sum_up(name, since=since) for name in NAMES[entity])


def sum_up(name: str, *, since: datetime | None) -> dict[date, DayDigest]:
    """`since`: from the beginning of its day (UTC) on."""
    found = session.execute(_SUMS[name], {"since": None if since is None else since.date()})
    return {day: DayDigest(rows, int(total)) for day, rows, total in found}
