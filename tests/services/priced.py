"""Products of the lab with a proposal, and what became of it: what tests of prices start from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lab.woocommerce import catalog
from lab.woocommerce.documents import Document
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Variant
from luxebrain.models.outbox import Effect
from luxebrain.models.pricing import Proposal
from luxebrain.services import leases, pricing, proposals
from tests.live import Connected, make_product

COST = [{"key": "_wc_cog_cost", "value": "5.00"}]


def make_mug(connected: Connected, price: str = "10.00", **more: Any) -> Document:
    """A product of the lab that was read: it costs 5.00."""
    return make_mugs(connected, 1, price, **more)[0]


def make_mugs(connected: Connected, number: int, price: str = "10.00", *, name: str = "Mug", **more: Any) -> list[Document]:
    stock = {"meta_data": COST, "manage_stock": True, "stock_quantity": 30}
    mugs = [make_product(connected.lab, name, price, **stock, **more) for _ in range(number)]
    connected.sync()
    return mugs


def make_proposal(connected: Connected, product: Document, new_price: str = "9.50", *, variant_id: int | None = None) -> int:
    """From what we know of the product now."""
    with connected.app.app_context(), transaction(connected.store_id):
        variant = session.query(Variant).filter_by(id=variant_id or product["id"]).one()
        proposal = Proposal(
            product_id=product["id"],
            variant_id=variant.id,
            old_price=variant.price,
            old_compare_at_price=variant.compare_at_price,
            new_price=Decimal(new_price),
            reason="30 in stock, none sold in 12 weeks: 5 % less.",
            figures={"list_price": str(variant.compare_at_price or variant.price)},
        )
        session.add(proposal)
        session.flush()
        return proposal.id


def make_approved(connected: Connected, product: Document, new_price: str = "9.50", *, variant_id: int | None = None) -> int:
    proposal_id = make_proposal(connected, product, new_price, variant_id=variant_id)
    with connected.app.app_context(), transaction(connected.store_id):
        proposals.approve([proposal_id], by=1, now=utcnow())
    return proposal_id


def push(connected: Connected) -> None:
    with connected.app.app_context():
        jobs.run("prices.push", connected.store_id)


def push_all(connected: Connected) -> None:
    """Again and again without waiting for the time of the next try."""
    for _ in range(pricing.MOST_ATTEMPTS + 2):
        with connected.app.app_context(), transaction(connected.store_id):
            session.query(Effect).filter(Effect.retry_at.is_not(None)).update({"retry_at": utcnow()})
        push(connected)


def claim(connected: Connected) -> pricing.Batch:
    """Claims as the job does; then the lease is over, as some time after a kill."""
    with transaction(connected.store_id):
        fence = leases.claim_lease("prices.push")
        assert fence is not None
    with transaction(connected.store_id):
        batch = pricing.claim_prices(fence, now=utcnow())
        assert batch is not None
    with transaction(connected.store_id):
        leases.release_lease("prices.push", fence)
    return batch


def found(connected: Connected, proposal_id: int) -> Proposal:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(Proposal).filter_by(id=proposal_id).one()


def effect_of(connected: Connected, proposal_id: int) -> Effect:
    """How far its price is in the ledger."""
    effect_id = found(connected, proposal_id).effect_id
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(Effect).filter_by(id=effect_id).one()


def in_lab(connected: Connected, product: Document) -> tuple[str, str]:
    """(price, regular price) as the store's own database has it."""
    with connected.lab.store.lock:
        stored = connected.lab.store.find("variation" if product.get("parent_id") else "product", product["id"])
        assert stored is not None
        return stored["price"], stored["regular_price"]


def edit_by_hand(connected: Connected, product: Document, **fields: str) -> None:
    with connected.lab.store.lock:
        catalog.update_product(connected.lab.store, connected.lab.store.product(product["id"]), fields)


def rows(connected: Connected, model: type) -> list[Any]:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(model).all()
