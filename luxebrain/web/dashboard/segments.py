"""Customers of a store in five groups, and the people in one of them, as a page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Blueprint, g, make_response, request
from flask.typing import ResponseReturnValue

from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.errors import NotFound
from luxebrain.money import Money
from luxebrain.services import segments
from luxebrain.services.segments import EVERYONE, WORDS, Member
from luxebrain.web.frame import render

blueprint = Blueprint("segments", __name__, url_prefix="/stores/<int:store_id>/segments")
MOST_EXPORTED = 100_000
COLUMNS = ("name", "email", "days_since_last_order", "orders", "spent", "may_be_written_to", "why")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    chosen = _chosen(request.args.get("segment", ""))
    page = page_of_request()
    with transaction(store_id):
        context = {
            "segments": segments.list_segments(),
            "computed_at": segments.computed_at(),
            "members": segments.list_members(chosen, page=page) if chosen else [],
        }
    word = WORDS.get(chosen, "")
    return render("dashboard/segments.html", room="segments", chosen=chosen, word=word, page=page, page_size=segments.PAGE_SIZE, **context)


@blueprint.get("/people.csv")
def download(store_id: int) -> ResponseReturnValue:
    chosen = _chosen(request.args.get("segment", ""))
    if not chosen:
        raise NotFound("Choose a group of customers first.")
    with transaction(store_id):
        members = segments.list_members(chosen, page=1, size=MOST_EXPORTED)
    response = make_response(_as_csv(members, g.store.currency))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{chosen.replace(" ", "-")}.csv"'
    return response


def _chosen(key: str) -> str:
    """Raises NotFound for a segment that there is not; "" stays."""
    if key and (key not in WORDS or key == EVERYONE):
        raise NotFound("There is no such group of customers.")
    return key


def _as_csv(members: Sequence[Member], currency: str) -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for member in members:
        spent = Money(member.monetary, currency).plain()
        facts = (member.recency_days, member.frequency, spent, "yes" if member.can_be_written_to else "no")
        rows.writerow([_harmless(member.name), _harmless(member.email), *facts, member.explanation])
    return written.getvalue()


def _harmless(text: str) -> str:
    """A cell that a spreadsheet takes as text: names come from strangers (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text
