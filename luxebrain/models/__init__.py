"""One file per room. Importing the package imports every table: Alembic and the tests must see them all."""

from luxebrain.models import (
    accounts,
    campaigns,
    catalog,
    events,
    forecasts,
    orders,
    outbox,
    pricing,
    recommendations,
    segments,
    stores,
    training,
    work,
)

__all__ = [
    "accounts",
    "campaigns",
    "catalog",
    "events",
    "forecasts",
    "orders",
    "outbox",
    "pricing",
    "recommendations",
    "segments",
    "stores",
    "training",
    "work",
]
