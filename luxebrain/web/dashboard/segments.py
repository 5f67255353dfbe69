"""Customers of a store in five groups, and the people in one of them, as a page and as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.errors import NotFound
from luxebrain.money import Money
from luxebrain.services import segments
from luxebrain.services.segments import EVERYONE, WORDS, Member
from luxebrain.web.csv_files import MOST_ROWS, csv_answer
from luxebrain.web.frame import render

blueprint = Blueprint("segments", __name__, url_prefix="/stores/<int:store_id>/segments")
COLUMNS = ("name", "email", "days_since_last_order", "orders", "spent", "next_year", "may_be_written_to", "why")


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
        members = segments.list_members(chosen, page=1, size=MOST_ROWS)
    return csv_answer(chosen.replace(" ", "-"), COLUMNS, [_row(member, g.store.currency) for member in members])


def _chosen(key: str) -> str:
    """Raises NotFound for a segment that there is not; "" stays."""
    if key and (key not in WORDS or key == EVERYONE):
        raise NotFound("There is no such group of customers.")
    return key


def _row(member: Member, currency: str) -> tuple[Any, ...]:
    spent = Money(member.monetary, currency).plain()
    may_be_written_to = "yes" if member.can_be_written_to else "no"
    next_year = "" if member.value is None else Money(member.value.amount, currency).plain()
    return (member.name, member.email, member.recency_days, member.frequency, spent, next_year, may_be_written_to, member.explanation)
