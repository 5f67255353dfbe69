"""The steps of the check, in the order a newcomer takes them. Each is a module with `run(client)` that raises when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from demo.client import Client
from demo.steps import boot, campaign, connect, order, price, settings, sync, train, widget

Step = Callable[[Client], None]

ORDER = ("connect", "sync", "order", "train", "widget", "price", "campaign", "settings")
BUILT: Mapping[str, Step] = {
    "boot": boot.run,
    "connect": connect.run,
    "sync": sync.run,
    "order": order.run,
    "train": train.run,
    "widget": widget.run,
    "price": price.run,
    "campaign": campaign.run,
    "settings": settings.run,
}
