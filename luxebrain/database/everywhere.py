"""Every store at once, for one transaction. Only services.admin, services.console, jobs.schedule
and cli may import this module (an import contract)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from luxebrain.database.session import session
from luxebrain.database.tenancy import ScopeError, _is_everywhere, is_transaction_open, roll_back_if_open


@contextmanager
def everywhere() -> Iterator[None]:
    """Enters a role of its own by SET LOCAL ROLE; commits at the end."""
    if is_transaction_open():
        raise ScopeError("a transaction is open: end it before acting everywhere")
    token = _is_everywhere.set(True)
    try:
        yield
        session.commit()
    finally:
        _is_everywhere.reset(token)
        roll_back_if_open()
