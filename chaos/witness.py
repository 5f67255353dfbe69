"""What the database itself has seen: triggers of chaos's own write down every version that was applied and every delivery marked done.

Both notes carry their transaction, so that a version applied outside the transaction of its done-mark shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import psycopg

from chaos.bodies import Kind

_SET_UP = """
create table chaos_write (seq bigserial primary key, tx xid8 not null default pg_current_xact_id(), store_id bigint, kind text, id bigint,
    serial int, is_alive boolean);
create table chaos_done (seq bigserial primary key, tx xid8 not null default pg_current_xact_id(), delivery_id bigint);
create function chaos_note_order() returns trigger language plpgsql security definer as $$ begin
    insert into chaos_write (store_id, kind, id, serial, is_alive)
    values (new.store_id, 'order', new.id, new.total::int, new.deleted_at is null);
    return null; end $$;
create function chaos_note_product() returns trigger language plpgsql security definer as $$ begin
    insert into chaos_write (store_id, kind, id, serial, is_alive)
    values (new.store_id, 'product', new.id, split_part(new.title, ' v', 2)::int, new.deleted_at is null);
    return null; end $$;
create function chaos_note_done() returns trigger language plpgsql security definer as $$ begin
    insert into chaos_done (delivery_id) values (new.id);
    return null; end $$;
create trigger chaos_order after insert or update on orders for each row execute function chaos_note_order();
create trigger chaos_product after insert or update on product for each row execute function chaos_note_product();
create trigger chaos_done after update of state on delivery for each row when (new.state = 'done') execute function chaos_note_done();
"""
_ORDERS = """select store_id, 'order', id, total::int, deleted_at is null, number,
    (select coalesce(array_agg(quantity::int order by order_line.id), '{}') from order_line where store_id = o.store_id and order_id = o.id)
    from orders o"""
_PRODUCTS = """select store_id, 'product', id, split_part(title, ' v', 2)::int, deleted_at is null, split_part(title, ' v', 1),
    (select coalesce(array_agg(price::int), '{}') from variant where store_id = p.store_id and product_id = p.id and deleted_at is null)
    from product p"""


@dataclass(frozen=True, slots=True)
class Write:
    transaction: int
    store_id: int
    kind: Kind
    id: int
    serial: int
    is_alive: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`label`: whose it says it is. `parts`: the quantities of an order's lines, the price of a product's variants."""

    serial: int
    is_alive: bool
    label: str
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    store_id: int
    topic: str
    body: bytes
    state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """`marks`: (transaction, delivery id) of every time a delivery was marked done."""

    stored: list[Stored]
    writes: list[Write]
    marks: list[tuple[int, int]]
    rows: dict[tuple[int, Kind, int], Row]


def set_up(admin_url: str) -> None:
    with psycopg.connect(admin_url) as connection:
        connection.execute(_SET_UP)


def count_states(admin_url: str) -> Counter[str]:
    """Deliveries by state; raises psycopg.OperationalError while the server is away."""
    with psycopg.connect(admin_url, connect_timeout=2) as connection:
        return Counter(dict(connection.execute("select state, count(*) from delivery group by state").fetchall()))


def hear(admin_url: str) -> Evidence:
    with psycopg.connect(admin_url) as connection:
        stored = [Stored(*row) for row in connection.execute("select store_id, topic, body, state from delivery")]
        writes = connection.execute(
            "select tx::text::bigint, store_id, kind, id, serial, is_alive from chaos_write order by seq"
        ).fetchall()
        marks = connection.execute("select tx::text::bigint, delivery_id from chaos_done order by seq").fetchall()
        rows = [row for query in (_ORDERS, _PRODUCTS) for row in connection.execute(query)]
    return Evidence(
        stored=stored,
        writes=[Write(row[0], row[1], Kind(row[2]), *row[3:]) for row in writes],
        marks=[(row[0], row[1]) for row in marks],
        rows={(row[0], Kind(row[1]), row[2]): Row(row[3], row[4], row[5], tuple(row[6])) for row in rows},
    )
