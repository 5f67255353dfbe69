"""What a request works with: the store and the options it was made with."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from lab.woocommerce.deliveries import Deliveries
from lab.woocommerce.faults import Faults
from lab.woocommerce.outgoing import Outgoing
from lab.woocommerce.store import Store


@dataclass(frozen=True, slots=True)
class Options:
    """How a lab store is made.

    home: folder for its database; None keeps it in memory. data: folder of samples an empty store is filled from. development: send to
    private addresses and http callbacks, as a developer's WordPress filters would allow. delivery_delay_s: how long WP-Cron takes to come
    by. ca_bundle: certificates to trust beside the usual ones.
    """

    home: Path | None = None
    data: Path | None = None
    development: bool = False
    delivery_delay_s: float = 0.3
    ca_bundle: Path | None = None
    home_url: str = "http://127.0.0.1"

    @classmethod
    def from_environment(cls, *, home: Path | None = None, data: Path | None = None) -> "Options":
        """LAB_DEVELOPMENT=1, LAB_CA_BUNDLE=<file>, LAB_DELIVERY_DELAY_S=<seconds>."""
        bundle = os.environ.get("LAB_CA_BUNDLE")
        delay = float(os.environ.get("LAB_DELIVERY_DELAY_S", "0.3"))
        development = os.environ.get("LAB_DEVELOPMENT") == "1"
        return cls(home=home, data=data, development=development, delivery_delay_s=delay, ca_bundle=Path(bundle) if bundle else None)


@dataclass(frozen=True, slots=True)
class Lab:
    """Everything that one fake store is made of."""

    options: Options
    store: Store
    faults: Faults
    deliveries: Deliveries
    outgoing: Outgoing


def current_lab() -> Lab:
    return cast(Lab, current_app.extensions["lab"])


def current_store() -> Store:
    return current_lab().store
