"""The endpoints this process has verified deliveries for: so that the next one costs no look-up and no unsealing.

What is remembered may be out of date, and that does no harm: inbox.record_delivery stores nothing for an endpoint that is gone or was given
another secret, and whoever gets a False from it reads the endpoint again.
"""

from __future__ import annotations

from luxebrain.database.tenancy import transaction
from luxebrain.errors import NotFound
from luxebrain.services import stores
from luxebrain.services.stores import Endpoint

MOST_REMEMBERED = 10_000
_remembered: dict[str, Endpoint] = {}


def recall(token: str) -> Endpoint | None:
    return _remembered.get(token)


def read(token: str) -> Endpoint:
    """As it is now. Raises NotFound where no store delivers there."""
    with transaction():
        endpoint = stores.find_webhook_endpoint(token)
    if endpoint is None:
        _remembered.pop(token, None)
        raise NotFound("No store delivers here.")
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[token] = endpoint
    return endpoint
