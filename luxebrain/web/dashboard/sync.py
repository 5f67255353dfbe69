"""The store's connection: how far the copy is, what was set aside, copy everything again."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.services import certificate_report, certificates, dead_letters, leases, syncs
from luxebrain.services import progress as service
from luxebrain.web.frame import render
from luxebrain.web.parked import page_of, read_choice, words_for

blueprint = Blueprint("sync", __name__)


@blueprint.get("/stores/<int:store_id>/sync")
def show(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        sync_progress, inbox = service.find_progress(now=utcnow()), service.count_deliveries()
        quarantined, found = service.count_quarantined(), certificate_report.find_health()
    return render("dashboard/sync.html", room="sync", sync_progress=sync_progress, inbox=inbox, quarantined=quarantined, health=found)


@blueprint.get("/stores/<int:store_id>/sync/progress")
def progress(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while a copy runs."""
    with transaction(store_id):
        sync_progress = service.find_progress(now=utcnow())
    return render_template("dashboard/sync_progress.html", sync_progress=sync_progress, store=g.store)


@blueprint.post("/stores/<int:store_id>/sync")
def start(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        syncs.start_sync(is_full=True)
        leases.ring_for(syncs.KIND, by=g.user.id)
    flash("Copying everything again. It goes on when you leave this page.")
    return redirect(url_for("sync.show", store_id=store_id))


@blueprint.post("/stores/<int:store_id>/sync/check")
def check(store_id: int) -> ResponseReturnValue:
    """Compares all of the store with the copy."""
    with transaction(store_id):
        certificates.start_check(is_full=True, now=utcnow())
        leases.ring_for(certificates.KIND, by=g.user.id)
    flash("Comparing the copy with your store. It goes on when you leave this page.")
    return redirect(url_for("sync.show", store_id=store_id))


@blueprint.get("/stores/<int:store_id>/sync/check")
def check_progress(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while a comparison runs."""
    with transaction(store_id):
        found = certificate_report.find_health()
    return render_template("dashboard/health.html", health=found, store=g.store)


@blueprint.get("/stores/<int:store_id>/sync/set-aside")
def quarantine(store_id: int) -> ResponseReturnValue:
    choice = read_choice(request.args)
    with transaction(store_id):
        rows, parked = service.list_quarantined(), page_of(choice, request.args)
    return render("dashboard/quarantine.html", room="sync", rows=rows, parked=parked)


@blueprint.post("/stores/<int:store_id>/sync/set-aside/replay")
def replay(store_id: int) -> ResponseReturnValue:
    """Those that the address names, or all."""
    choice = read_choice(request.args)
    with transaction(store_id):
        count = dead_letters.replay(choice, by=g.user.id)
    flash(words_for(count))
    return redirect(url_for("sync.quarantine", store_id=store_id))
