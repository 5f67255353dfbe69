"""A store's settings: one form per section, its change shown before it is saved, errors beside their fields; and the way out.

A browser with JavaScript lists the change above the button while one types (`data-changes`); one without sends `preview` along and gets a
page that says it and asks once more.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.services import erasing, leaving, price_list, receipts, settings, stores
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.settings import Change
from luxebrain.web.frame import render, script_tag
from luxebrain.web.settings_forms import SECTIONS, EraseForm, PlacementsForm, PriceForm, SenderForm, values_of

blueprint = Blueprint("settings", __name__, url_prefix="/stores/<int:store_id>/settings")
TITLES = {"placements": "Placements", "prices": "Price limits", "sender": "Sender"}


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    return _page(store_id)


@blueprint.post("/<section>")
def save(store_id: int, section: str) -> ResponseReturnValue:
    """Errors come back with the form; `preview` shows the change first, `edit` goes back from there with what was typed."""
    if section not in SECTIONS:
        abort(404)
    form = SECTIONS[section]()
    if not form.validate_on_submit() or "edit" in request.form:
        return _page(store_id, {section: form}), 422 if form.errors else 200
    if "preview" in request.form:
        with transaction(store_id):
            changes = settings.find_changes(form.chosen())
            waiting = price_list.count_proposals()["proposed"]
        if changes:
            return _review(section, form, changes, waiting)
    with transaction(store_id):
        saved = settings.save(form.chosen(), by=g.user.id, now=utcnow())
    flash(_words(saved))
    return redirect(url_for("settings.show", store_id=store_id, _anchor=section))


def _words(saved: list[Change]) -> str:
    if not saved:
        return "Nothing was changed."
    return "Saved. " + "; ".join(f"{change.label}: {change.before} → {change.after}" for change in saved)


def _review(section: str, form: FlaskForm, changes: list[Change], waiting: int) -> str:
    typed = [(field.name, "y" if field.data is True else field.data) for field in form if field.name != "csrf_token" and field.data]
    context = {"section": section, "title": TITLES[section], "changes": changes, "typed": typed, "waiting": waiting}
    return render("dashboard/settings_review.html", room="settings", **context)


def _page(store_id: int, typed: dict[str, FlaskForm] | None = None, *, erase_form: EraseForm | None = None) -> str:
    """`typed`: the section whose form comes back as it was sent."""
    with transaction(store_id):
        now = {
            "placements": PlacementsForm(formdata=None, data=values_of(settings.read_placements())),
            "prices": PriceForm(formdata=None, data=values_of(settings.read_price_limits())),
            "sender": SenderForm(formdata=None, data=values_of(settings.read_sender())),
        } | (typed or {})
        context: dict[str, Any] = {
            "kept": settings.count_kept(),
            "departing": receipts.find_departing(),
            "is_owner": settings.is_owner(g.user.id, store_id),
            "public_key": stores.public_key_of(store_id),
        }
    forms = {"placement_form": now["placements"], "price_form": now["prices"], "sender_form": now["sender"]}
    context |= forms | {
        "erase_form": erase_form or EraseForm(formdata=None),
        "script_tag": script_tag(context["public_key"]),
        "placement_keys": PLACEMENTS,
    }
    return render("dashboard/settings.html", room="settings", **context)


@blueprint.post("/disconnect")
def disconnect(store_id: int) -> ResponseReturnValue:
    """Begins to leave the store; pressed again meanwhile, it does not wait for the store any longer."""
    _require_owner(store_id)
    with transaction(store_id):
        leaving.start_leaving(restores_prices="keeps_prices" not in request.form, by=g.user.id, now=utcnow())
    return redirect(url_for("settings.show", store_id=store_id, _anchor="leave"))


@blueprint.get("/disconnect")
def leave_progress(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while we leave."""
    with transaction(store_id):
        departing = receipts.find_departing()
    return render_template("dashboard/leave_progress.html", departing=departing, store=g.store)


@blueprint.post("/erase")
def erase(store_id: int) -> ResponseReturnValue:
    _require_owner(store_id)
    form, name = EraseForm(), g.store.name
    if form.confirm.data != name:
        form.confirm.errors = [f"Type “{name}” to erase it. What was typed is another name."]
        return _page(store_id, erase_form=form), 422
    with transaction(store_id):
        erasing.record_erasure(by=g.user.id)
    flash(f"{name} and all that we kept of it are erased.")
    return redirect(url_for("connect.list_stores"))


def _require_owner(store_id: int) -> None:
    with transaction(store_id):
        is_owner = settings.is_owner(g.user.id, store_id)
    if not is_owner:
        abort(403, "Only an owner of the store may do this. Ask one of them.")
