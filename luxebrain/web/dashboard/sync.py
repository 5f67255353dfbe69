"""The store's connection: how far the sync is, what was set aside, read again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.services import progress, syncs
from luxebrain.web.frame import render

blueprint = Blueprint("sync", __name__)


@blueprint.get("/stores/<int:store_id>/sync")
def show(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        context = {"sync": progress.find_progress(now=utcnow()), "inbox": progress.count_deliveries()}
    return render("dashboard/sync.html", room="store", **context)


@blueprint.get("/stores/<int:store_id>/sync/progress")
def show_progress(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while a sync runs."""
    with transaction(store_id):
        sync = progress.find_progress(now=utcnow())
    return render_template("dashboard/sync_progress.html", sync=sync, store_id=store_id)


@blueprint.post("/stores/<int:store_id>/sync")
def start(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        syncs.start_sync(is_full=True)
    flash("Reading the whole store again. It goes on when you leave this page.")
    return redirect(url_for("sync.show", store_id=store_id))


@blueprint.get("/stores/<int:store_id>/sync/set-aside")
def show_quarantine(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        context = {"rows": progress.list_quarantined(), "deliveries": progress.list_dead_deliveries()}
    return render("dashboard/quarantine.html", room="store", **context)
