"""Old order lines whose product is gone from the store: linked to the product that has their sku or their name now, where that is certain.

WooCommerce forgets the product of a line once it is deleted for good (its id reads 0, its sku nothing), and merchants who import their
catalogue anew lose years of history that way. Only one product may answer; what the store says is not overwritten elsewhere (`linked_by`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from luxebrain.database.session import session


class LinkedBy(StrEnum):
    SKU = "sku"
    NAME = "name"


def link_lines(order_ids: Sequence[int]) -> None:
    """Of the acting store's orders; in one statement."""
    session.execute(_LINK, {"order_ids": list(order_ids), "sku": LinkedBy.SKU, "name": LinkedBy.NAME})


_LINK = text("""
    with lost as (
        select order_id, id, sku, title from order_line where order_id = any(:order_ids) and product_id is null
    ), by_sku as (
        select lost.order_id, lost.id, min(variant.product_id) as product_id, min(variant.id) as variant_id
        from lost join variant on variant.sku = lost.sku and variant.deleted_at is null
        where lost.sku <> '' group by lost.order_id, lost.id having count(*) = 1
    ), by_name as (
        select lost.order_id, lost.id, min(product.id) as product_id
        from lost join product on product.title = lost.title and product.deleted_at is null
        where lost.title <> '' group by lost.order_id, lost.id having count(*) = 1
    ), found as (
        select order_id, id, product_id, variant_id, :sku as linked_by from by_sku
        union all
        select order_id, id, product_id,
            (select case when count(*) = 1 then min(variant.id) end from variant
             where variant.product_id = by_name.product_id and variant.deleted_at is null), :name
        from by_name where not exists (select from by_sku where (by_sku.order_id, by_sku.id) = (by_name.order_id, by_name.id))
    )
    update order_line set product_id = found.product_id, variant_id = found.variant_id, linked_by = found.linked_by
    from found where (order_line.order_id, order_line.id) = (found.order_id, found.id)
""").bindparams(bindparam("order_ids", type_=ARRAY(BigInteger)))
