"""What every dashboard page shows around its content: the store, the rooms, what is happening now."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from luxebrain import config
from luxebrain.database.tenancy import transaction
from luxebrain.services import progress


def render(template: str, *, room: str, **context: Any) -> str:
    """A page of `g.store`. Call it after the view's own transaction."""
    with transaction(g.store.id):
        around = {"activity": progress.find_activity(), "trouble": progress.find_trouble()}
    return render_template(template, room=room, store=g.store, stores=g.stores, user=g.user, **around, **context)


def script_tag(public_key: str) -> str:
    """What a storefront's pages need for widgets."""
    return f'<script type="module" src="{config.current().public_url}/widgets/v1/luxebrain.js?store={public_key}"></script>'
