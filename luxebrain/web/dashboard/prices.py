"""Price proposals: looking for them, and the merchant's word on each or on many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.services import price_list, proposals, stores
from luxebrain.services.price_list import PAGE_SIZE, Tab
from luxebrain.services.proposals import Made
from luxebrain.web.frame import render

blueprint = Blueprint("prices", __name__, url_prefix="/stores/<int:store_id>/prices")


class Decide(Protocol):
    def __call__(self, ids: list[int], *, by: int, now: datetime) -> int: ...


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    return render("dashboard/prices.html", room="prices", **_listed(store_id))


@blueprint.get("/list")
def show_list(store_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while prices are on their way."""
    return render_template("dashboard/prices_list.html", store=g.store, **_listed(store_id))


def _listed(store_id: int) -> dict[str, object]:
    chosen, page = request.args.get("state", Tab.PROPOSED.value), page_of_request()
    if chosen not in list(Tab):
        abort(404)
    with transaction(store_id):
        counts = price_list.count_proposals()
        rows = price_list.list_proposals(Tab(chosen), page=page)
        settings = stores.get_settings()
    earlier = url_for("prices.show", store_id=store_id, state=chosen, page=page + 1) if counts[chosen] > page * PAGE_SIZE else None
    later = url_for("prices.show", store_id=store_id, state=chosen, page=page - 1) if page > 1 else None
    first = (page - 1) * PAGE_SIZE
    shown = f"{first + 1:,} to {first + len(rows):,} of {counts[chosen]:,}" if rows else ""
    pages = {"earlier": earlier, "later": later, "shown": shown}
    return {"proposals": rows, "state": chosen, "counts": counts, "limits": settings, **pages}


@blueprint.post("/look")
def propose(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        made = proposals.make_proposals(utcnow())
    flash(_words(made))
    return redirect(url_for("prices.show", store_id=store_id))


def _words(made: Made) -> str:
    gone = f" {made.withdrawn} earlier {_s(made.withdrawn, 'one', 'ones')} no longer hold and were taken back." if made.withdrawn else ""
    if not made.proposed:
        return f"Looked at every price: none should change now.{gone}"
    if made.approved:
        return f"{made.approved} {_s(made.approved, 'price is', 'prices are')} written to your store now, as your settings allow.{gone}"
    return f"{made.proposed} {_s(made.proposed, 'price waits', 'prices wait')} for your decision.{gone}"


@blueprint.post("/approve")
@blueprint.post("/<int:proposal_id>/approve")
def approve(store_id: int, proposal_id: int | None = None) -> ResponseReturnValue:
    return _decide(store_id, proposal_id, proposals.approve, lambda n: f"We are writing {n} {_s(n, 'price', 'prices')} to your store now.")


@blueprint.post("/reject")
@blueprint.post("/<int:proposal_id>/reject")
def reject(store_id: int, proposal_id: int | None = None) -> ResponseReturnValue:
    days = proposals.QUIET_DAYS
    return _decide(
        store_id,
        proposal_id,
        proposals.reject,
        lambda n: f"{n} {_s(n, 'proposal', 'proposals')} rejected. For {days} days we propose no other price there.",
    )


@blueprint.post("/roll-back")
@blueprint.post("/<int:proposal_id>/roll-back")
def roll_back(store_id: int, proposal_id: int | None = None) -> ResponseReturnValue:
    return _decide(
        store_id, proposal_id, proposals.roll_back, lambda n: f"We are bringing {n} earlier {_s(n, 'price', 'prices')} back now."
    )


def _decide(store_id: int, proposal_id: int | None, decide: Decide, words: Callable[[int], str]) -> ResponseReturnValue:
    """One proposal, or those that were ticked; then back to the tab it came from."""
    ids = [proposal_id] if proposal_id is not None else request.form.getlist("ids", type=int)
    if ids:
        with transaction(store_id):
            number = decide(ids, by=g.user.id, now=utcnow())
        flash(words(number))
    else:
        flash("No price was ticked.", "warn")
    tab = Tab.PROPOSED if decide is not proposals.roll_back else Tab.DECIDED
    return redirect(url_for("prices.show", store_id=store_id, state=tab.value))


def _s(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
