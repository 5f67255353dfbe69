"""What every dashboard page shows around its content: the store, the rooms, what is happening now."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, url_for

from luxebrain import config
from luxebrain.database.tenancy import transaction
from luxebrain.services import progress


def render(template: str, *, room: str, **context: Any) -> str:
    """A page of `g.store`. Call it after the view's own transaction."""
    with transaction(g.store.id):
        around = {"activity": progress.find_activity(), "trouble": progress.find_trouble()}
    return render_template(template, room=room, store=g.store, stores=g.stores, user=g.user, **around, **context)


def pages(endpoint: str, *, page: int, size: int, rows: int, total: int, **values: Any) -> dict[str, str | None]:
    """What the pager shows of a list, newest or most urgent first: "1 to 50 of 7,120", and the addresses of the pages beside this one."""
    first = (page - 1) * size
    values["store_id"] = g.store.id
    return {
        "shown": f"{first + 1:,} to {first + rows:,} of {total:,}" if rows else f"none of {total:,}",
        "earlier": url_for(endpoint, page=page + 1, **values) if first + rows < total else None,
        "later": url_for(endpoint, page=page - 1, **values) if page > 1 else None,
    }


def script_tag(public_key: str) -> str:
    """What a storefront's pages need for widgets."""
    return f'<script type="module" src="{config.current().public_url}/widgets/v1/luxebrain.js?store={public_key}"></script>'
