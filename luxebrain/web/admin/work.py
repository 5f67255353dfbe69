"""The operators' console: queues, what waits, what failed, what runs when; and taking up again what was parked."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from redis import RedisError

from luxebrain.database.tenancy import transaction
from luxebrain.queue import QUEUES, list_queues
from luxebrain.services import console, dead_letters, leases, stores
from luxebrain.web.parked import page_of, read_choice, words_for

blueprint = Blueprint("work", __name__, url_prefix="/admin")


@blueprint.get("/work")
def show() -> ResponseReturnValue:
    try:
        queues = list_queues()
    except RedisError:
        queues = None
    return render_template("admin/work.html", user=g.user, work=console.look_at_work(), queues=queues)


@blueprint.post("/stores/<int:store_id>/work/<kind>/resume")
def resume(store_id: int, kind: str) -> ResponseReturnValue:
    if kind not in QUEUES:
        abort(404)
    with transaction(store_id):
        store = stores.get_store(store_id)
        is_resumed = leases.resume(kind, by=g.user.id)
    flash(f"{console.WORDS[kind]}: {store.name} is worked on again." if is_resumed else f"{store.name} was taken up again already.")
    return redirect(url_for("work.show"))


@blueprint.get("/stores/<int:store_id>/deliveries")
def deliveries(store_id: int) -> ResponseReturnValue:
    choice = read_choice(request.args)
    with transaction(store_id):
        store, parked = stores.get_store(store_id), page_of(choice, request.args)
    return render_template("admin/deliveries.html", user=g.user, store=store, parked=parked)


@blueprint.post("/stores/<int:store_id>/deliveries/replay")
def replay(store_id: int) -> ResponseReturnValue:
    choice = read_choice(request.args)
    with transaction(store_id):
        stores.get_store(store_id)
        count = dead_letters.replay(choice, by=g.user.id)
    flash(words_for(count))
    return redirect(url_for("work.deliveries", store_id=store_id))
