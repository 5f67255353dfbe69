"""Which platforms there are: the only place that names them all."""

from __future__ import annotations

from collections.abc import Callable

from luxebrain.integrations.http import Http
from luxebrain.integrations.platform import Credentials, Platform
from luxebrain.integrations.woocommerce.platform import WooCommerce

_PLATFORMS: dict[str, Callable[[Credentials, Http], Platform]] = {"woocommerce": WooCommerce}
KINDS = tuple(_PLATFORMS)


def open_platform(kind: str, credentials: Credentials, http: Http) -> Platform:
    """Calls nothing yet. Raises KeyError for a kind that is not in KINDS."""
    return _PLATFORMS[kind](credentials, http)
