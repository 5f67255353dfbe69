"""What the tests of the house look at: the whole checkout, and two merchants with a store each."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.services import accounts, stores

CHECKOUT = Path(__file__).parents[2]
PASSWORD = "four words in a row"


def tracked_files(*patterns: str) -> list[Path]:
    """Files of the project: known to git or new, not ignored. Without git (an unpacked archive), all."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [CHECKOUT / name for name in listing.stdout.splitlines()] or [path for pattern in patterns for path in CHECKOUT.rglob(pattern)]
    return [path for path in found if path.is_file()]


def make_merchant(name: str) -> int:
    """A merchant who owns one store; both carry `name`. Returns the store's id."""
    profile = StoreProfile(name=name, url=f"https://{name}.example", currency="GBP", timezone="Europe/London", prices_include_tax=True)
    with transaction():
        owner = accounts.sign_up(f"{name}@example.com", PASSWORD)
        store = stores.record_store("woocommerce", profile.url, profile, owner_id=owner.id, now=datetime.now(UTC))
    with transaction(store.id):
        stores.open_store(store, Credentials(url=profile.url, key="ck_key", secret="cs_secret"))
    return store.id
