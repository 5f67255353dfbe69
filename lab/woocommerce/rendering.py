"""JSON answers as WordPress sends them: PHP's escaping, `_fields`, and the headers every REST answer has."""

from typing import Any

from flask import Response, request

from lab.woocommerce.deliveries import encode

NO_CACHE = {"Expires": "Wed, 11 Jan 1984 05:00:00 GMT", "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private"}
REST_HEADERS = {
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
}


def json_answer(body: Any, status: int = 200) -> Response:
    """`body` with only the fields that `_fields` asks for."""
    return Response(encode(_chosen(body)), status=status, content_type="application/json; charset=UTF-8")


def _chosen(body: Any) -> Any:
    wanted = [name.strip() for name in request.args.get("_fields", "").split(",") if name.strip()]
    if not wanted:
        return body
    if isinstance(body, list):
        return [_chosen(one) for one in body]
    tops = {name.partition(".")[0] for name in wanted}
    return {name: value for name, value in body.items() if name in tops} if isinstance(body, dict) else body
