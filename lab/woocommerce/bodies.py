"""What a client sends: the JSON body, checked against the types and closed lists that REST v3 declares for single writes.

Batch items are not checked at all: that is recorded, and why "abc" can become a price of "".
"""

from collections.abc import Mapping

from flask import request

from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, invalid_parameter

STRINGS = (
    "name", "slug", "type", "status", "sku", "regular_price", "sale_price", "description", "short_description", "weight", "reason",
    "amount",
    "payment_method", "payment_method_title", "customer_note", "email", "first_name", "last_name", "topic", "delivery_url", "secret",
)  # fmt: skip
INTEGERS = ("stock_quantity", "menu_order", "customer_id", "low_stock_amount")
BATCH_LIMIT = 100

Enums = Mapping[str, tuple[str, ...]]


def read_body(enums: Enums | None = None) -> Document:
    """The body of a single write; raises RestError 400 for a value of the wrong type or outside its list."""
    sent = _body()
    for name, value in sent.items():
        if name in STRINGS and value is not None and not isinstance(value, str):
            raise _wrong_type(name, "string")
        if name in INTEGERS and value is not None and not str(value).lstrip("-").isdigit():
            raise _wrong_type(name, "integer")
        allowed = (enums or {}).get(name)
        if allowed and value not in allowed:
            message = f"{name} is not one of {', '.join(allowed[:-1])}, and {allowed[-1]}."
            raise invalid_parameter(name, message, code="rest_not_in_enum")
    return sent


def read_batch() -> Document:
    """{create, update, delete} of a batch, unchecked; raises RestError 413 above a hundred items."""
    sent = _body()
    parts = {name: sent.get(name) or [] for name in ("create", "update", "delete")}
    if sum(len(part) for part in parts.values()) > BATCH_LIMIT:
        message = f"Unable to accept more than {BATCH_LIMIT} items for this request."
        raise RestError(413, "woocommerce_rest_request_entity_too_large", message)
    return {name: part for name, part in parts.items() if part}


def is_forced() -> bool:
    """Whether a DELETE is for good."""
    return str(request.args.get("force", _body().get("force", ""))).lower() in ("true", "1")


def _body() -> Document:
    sent = request.get_json(silent=True, force=True) if request.data else request.form.to_dict()
    return sent if isinstance(sent, dict) else {}


def _wrong_type(name: str, kind: str) -> RestError:
    return invalid_parameter(name, f"{name} is not of type {kind}.", code="rest_invalid_type", data={"param": name})
