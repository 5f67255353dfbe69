"""Recommendations of a store: its widgets with a preview, how good they are, the script tag, and learning again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.forms import stripped
from luxebrain.engines.serving import Placement
from luxebrain.services import credits, extensions, leases, plugin_zip, recommendations, snapshots, stores, syncs, trainings, widget_events
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.recommendations import LONGEST_TITLE, PlacementChange
from luxebrain.services.snapshots import PlacementRule
from luxebrain.services.trainings import Engine, ModelCard
from luxebrain.web.frame import render, script_tag

blueprint = Blueprint("recommendations", __name__, url_prefix="/stores/<int:store_id>/recommendations")
WINDOW = timedelta(days=28)
TIERS = {
    "collaborative": "from orders",
    "content": "from names and categories",
    "popular": "popular now",
    "cold": "newest first",
    "seen": "as looked at",
}
MEASURES = {
    "hit_rate": "The product was among them",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "ndcg": "How near the top (nDCG)",
    "coverage": "Products ever shown",
}


class TitleForm(FlaskForm):
    title = StringField("Title", [DataRequired("Give this widget a title."), Length(max=LONGEST_TITLE)], filters=[stripped])


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    return _page(store_id)


@blueprint.post("/train")
def train(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        trainings.start_training()
        leases.ring_for(trainings.KIND, by=g.user.id)
    flash("Learning from your orders. It goes on when you leave this page.")
    return redirect(url_for("recommendations.show", store_id=store_id))


@blueprint.get("/plugin")
def download_plugin(store_id: int) -> ResponseReturnValue:
    """The plugin for the storefront, filled in."""
    with transaction(store_id):
        public_key = stores.public_key_of(store_id)
    packed = plugin_zip.build_plugin_zip(public_key=public_key, address=config.current().public_url)
    named = {"Content-Disposition": f'attachment; filename="luxebrain-{plugin_zip.plugin_version()}.zip"', "Cache-Control": "no-store"}
    return packed, 200, {"Content-Type": "application/zip", **named}


@blueprint.post("/plugin")
def look_for_plugin(store_id: int) -> ResponseReturnValue:
    """With it everything that changed in the store is read."""
    with transaction(store_id):
        syncs.start_sync()
        leases.ring_for(syncs.KIND, by=g.user.id)
    flash("Looking at your storefront. Reload this page in a moment.")
    return redirect(url_for("recommendations.show", store_id=store_id, _anchor="plugin"))


@blueprint.get("/progress")
def show_progress(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while a training runs; when it has ended, the whole page is."""
    with transaction(store_id):
        training = trainings.find_progress()
    answer = render_template("dashboard/training_progress.html", training=training, store_id=store_id)
    is_over = training is None or training.run.finished_at is not None
    return answer, 200, {"HX-Refresh": "true"} if is_over else {}


@blueprint.post("/<placement>/switch")
def switch(store_id: int, placement: str) -> ResponseReturnValue:
    chosen = _placement(placement)
    with transaction(store_id):
        now = snapshots.read_placements()[chosen]
        changes = recommendations.save_placements({chosen: PlacementRule(not now.is_on, now.title)})
    return _saved(store_id, changes)


@blueprint.post("/<placement>/title")
def rename(store_id: int, placement: str) -> ResponseReturnValue:
    chosen = _placement(placement)
    form = TitleForm(prefix=placement)
    if not form.validate_on_submit():
        return _page(store_id, {chosen: form}), 422
    with transaction(store_id):
        now = snapshots.read_placements()[chosen]
        changes = recommendations.save_placements({chosen: PlacementRule(now.is_on, str(form.title.data))})
    return _saved(store_id, changes)


def _placement(name: str) -> Placement:
    if name not in PLACEMENTS:
        abort(404)
    return Placement(name)


def _saved(store_id: int, changes: list[PlacementChange]) -> ResponseReturnValue:
    for change in changes:
        flash(f"{_said(change)} Your storefront follows within a minute.")
    if not changes:
        flash("Nothing was changed.")
    return redirect(url_for("recommendations.show", store_id=store_id))


def _said(change: PlacementChange) -> str:
    if change.after in ("on", "off"):
        return f"The widget for {PLACEMENTS[change.placement].subject} is {change.after} now."
    return f"Saved: “{change.before}” is now “{change.after}”."


def _page(store_id: int, forms: dict[Placement, TitleForm] | None = None) -> str:
    with transaction(store_id):
        products = recommendations.list_preview_products()
        product_id = request.args.get("product", type=int) or (products[0].id if products else 0)
        previews = recommendations.preview(product_id)
        rules = snapshots.read_placements()
        figures = widget_events.sum_placements(since=utcnow() - WINDOW)
        model = trainings.latest_card(Engine.RECOMMENDATIONS)
        context: dict[str, Any] = {
            "training": trainings.find_progress(),
            "brought": credits.sum_credits(since=utcnow() - WINDOW),
            "cost": widget_events.find_cost(since=utcnow() - WINDOW),
            "sighting": extensions.find_sighting(),
            "script_tag": script_tag(stores.public_key_of(store_id)),
        }
    filled = {placement: TitleForm(formdata=None, prefix=placement, title=rule.title) for placement, rule in rules.items()} | (forms or {})
    shown = [_shown(placement, rules[placement], previews[placement], filled[placement]) for placement in PLACEMENTS]
    placements = [placement | {"figures": figures.get(placement["key"])} for placement in shown]
    context |= {"placements": placements, "products": products, "product_id": product_id, "card": _card(model)}
    return render("dashboard/recommendations.html", room="recommendations", store_id=store_id, **context)


def _shown(placement: Placement, rule: PlacementRule, answer: dict[str, Any], form: TitleForm) -> dict[str, Any]:
    items = [item | {"price": Decimal(item["price"])} for item in answer["items"]]
    tier = TIERS.get(answer["strategy"], "")
    return {
        "key": placement,
        "title": rule.title,
        "is_on": rule.is_on,
        "where": PLACEMENTS[placement].where,
        "tier": tier,
        "items": items,
        "form": form,
    }


def _card(model: ModelCard | None) -> dict[str, Any] | None:
    """The model's measured figures, each beside what showing the most popular products would have reached."""
    if model is None:
        return None
    measured, k = model.card["measured"], (model.card["measured"] or {}).get("k")
    rows = [
        {
            "measure": word,
            "ours": measured["model"][f"{name}@{k}"],
            "error": measured["model"].get(f"{name}@{k}_se"),
            "baseline": measured["baseline"][f"{name}@{k}"],
        }
        for name, word in (MEASURES.items() if measured else ())
    ]
    return {**model.card, "trained_at": model.trained_at, "test_orders": measured["cases"] if measured else 0, "rows": rows}
