"""Lists as REST v3 answers them: filters, order, pages, and their headers, with the schema errors WordPress gives for bad parameters.

Recorded and kept: documents of one second come in an order of their own on every page, unless ordered by id, so that paging by date loses
some and doubles others; a page past the end is 200 and []; per_page ends at 100.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from lab.woocommerce import dates
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, invalid_parameter
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.state import State

Shape = Callable[[State, Document], Document]

DATE_FILTERS = {
    "after": ("date_created_gmt", 1),
    "before": ("date_created_gmt", -1),
    "modified_after": ("date_modified_gmt", 1),
    "modified_before": ("date_modified_gmt", -1),
}
FIELD_OF_ORDER = {
    "date": "date_created_gmt", "modified": "date_modified_gmt", "registered_date": "date_created_gmt", "title": "name", "name": "name",
    "popularity": "total_sales", "slug": "slug", "price": "price", "menu_order": "menu_order", "count": "id", "rating": "id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """How one resource is listed: what it may be ordered by, and how when nothing is asked."""

    shape: Shape
    orders: tuple[str, ...]
    order_by: str = "date"
    order: str = "desc"
    has_date_filters: bool = True


def answer_list(documents: list[Document], listing: Listing) -> Response:
    """One page of documents, filtered by what every resource understands."""
    store = current_store()
    per_page, page = integer("per_page", 10, most=100), integer("page", 1)
    found = _by_numbers(documents)
    found = _by_dates(store, found) if listing.has_date_filters else found
    found = _sorted(found, listing, page)
    start = integer("offset", 0, least=0) or (page - 1) * per_page
    shown = [listing.shape(store, document) for document in found[start : start + per_page]]
    answer = json_answer(shown)
    _add_headers(answer, len(found), page, per_page)
    return answer


def integer(name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
    """A whole number from the query; raises RestError 400 as the schema check does."""
    text = request.args.get(name)
    if text is None:
        return default
    if not text.lstrip("-").isdigit():
        raise invalid_parameter(name, f"{name} is not of type integer.", code="rest_invalid_type", data={"param": name})
    number = int(text)
    if number < least or (most is not None and number > most):
        bounds = f"between {least} (inclusive) and {most} (inclusive)" if most is not None else f"greater than or equal to {least}"
        raise invalid_parameter(name, f"{name} must be {bounds}", code="rest_out_of_bounds")
    return number


def numbers(name: str) -> list[int] | None:
    """A list of ids, comma-separated or as name[]=; None when not asked."""
    texts = request.args.getlist(f"{name}[]") or request.args.get(name, "").split(",")
    return [int(text) for text in texts if text.strip().isdigit()] or None


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of a closed list; raises RestError 400."""
    value = request.args.get(name, default)
    if value not in allowed:
        raise not_in_enum(name, name, allowed)
    return value


def not_in_enum(name: str, subject: str, allowed: tuple[str, ...]) -> RestError:
    listed = f"{', '.join(allowed[:-1])}, and {allowed[-1]}"
    return invalid_parameter(name, f"{subject} is not one of {listed}.", code="rest_not_in_enum")


def _by_numbers(documents: list[Document]) -> list[Document]:
    include, exclude = numbers("include"), numbers("exclude") or []
    found = [document for document in documents if document["id"] not in exclude]
    return found if include is None else [document for document in found if document["id"] in include]


def _by_dates(store: State, documents: list[Document]) -> list[Document]:
    dates_are_gmt = request.args.get("dates_are_gmt", "").lower() in ("true", "1")
    for name, (field, direction) in DATE_FILTERS.items():
        text = request.args.get(name)
        if text is None:
            continue
        bound = _bound(store, name, text, dates_are_gmt=dates_are_gmt)
        documents = [document for document in documents if (document[field] > bound if direction > 0 else document[field] < bound)]
    return documents


def _bound(store: State, name: str, text: str, *, dates_are_gmt: bool) -> str:
    try:
        return dates.filter_bound(text.replace(" ", "+"), offset_hours=store.settings.gmt_offset_hours, dates_are_gmt=dates_are_gmt)
    except dates.InvalidDate as error:
        raise invalid_parameter(name, "Invalid date.", code="rest_invalid_date") from error


def _sorted(documents: list[Document], listing: Listing, page: int) -> list[Document]:
    by = choice("orderby", listing.orders, listing.order_by)
    is_down = choice("order", ("asc", "desc"), listing.order) == "desc"
    if by == "include":
        wanted = numbers("include") or []
        return sorted(documents, key=lambda document: wanted.index(document["id"]) if document["id"] in wanted else len(wanted))
    if by == "id":
        return sorted(documents, key=lambda document: int(document["id"]), reverse=is_down)
    field = FIELD_OF_ORDER.get(by, "id")
    return sorted(documents, key=lambda document: (_sortable(document, field), _tie(document, page)), reverse=is_down)


def _sortable(document: Document, field: str) -> Any:
    value = document.get(field)
    if field == "price":
        return float(value or 0)
    return value if value is not None else ""


def _tie(document: Document, page: int) -> bytes:
    """The order of documents that tie: another one on every page."""
    return hashlib.blake2b(f"{document['id']}/{page}".encode(), digest_size=4).digest()


def _add_headers(answer: Response, total: int, page: int, per_page: int) -> None:
    pages = -(-total // per_page)
    answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"] = str(total), str(pages)
    if page > 1:
        answer.headers.add("Link", f'<{_page_address(min(page - 1, max(pages, 1)))}>; rel="prev"')
    if page < pages:
        answer.headers.add("Link", f'<{_page_address(page + 1)}>; rel="next"')


def _page_address(page: int) -> str:
    hidden = ("consumer_key", "consumer_secret")
    asked = {name: value for name, value in request.args.items() if name not in hidden} | {"page": str(page)}
    return f"{current_store().home_url}{request.path}?{urlencode(asked, safe=',:')}"
