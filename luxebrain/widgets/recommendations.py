"""The widget API: what a storefront's script asks for, and the script itself. Public, without cookies, from memory."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.datastructures import MultiDict

from luxebrain.engines.serving import Placement
from luxebrain.errors import InvalidInput
from luxebrain.services import recommendations
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.recommendations import Question
from luxebrain.widgets import script as scripts
from luxebrain.widgets.events import take_events
from luxebrain.widgets.snapshot import refresher, shelf

blueprint = Blueprint("widgets", __name__, url_prefix="/widgets/v1")
ANSWER_CACHING = "public, max-age=30, stale-if-error=86400"
SCRIPT_CACHING = "public, max-age=300, stale-if-error=604800"
MOST_IDS = 100
LARGEST_ID = 2**63 - 1
MOST_ITEMS = 24


@dataclass(frozen=True, slots=True)
class Packed:
    plain: bytes
    gzipped: bytes
    etag: str


@blueprint.after_request
def allow_every_storefront(response: Response) -> Response:
    """Nothing here depends on who asks; a module script needs this header too."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Timing-Allow-Origin"] = "*"  # the script tells its own size
    return response


@blueprint.get("/recommendations")
def recommend() -> Response:
    refresher.ensure_running(current_app._get_current_object())  # type: ignore[attr-defined]
    question = read_question(request.args)
    answer = recommendations.answer(shelf.get(request.args.get("store", "")), question)
    return _cacheable(Response(answer.body, mimetype="application/json"), answer.etag, ANSWER_CACHING)


blueprint.post("/events")(take_events)


@blueprint.get("/luxebrain.js")
def script() -> Response:
    return _file(packed(scripts.script()))


@blueprint.get("/words/<language>.js")
def words(language: str) -> Response:
    """The script's words in another language than English."""
    if language not in scripts.LANGUAGES:
        abort(404)
    return _file(packed(scripts.words(language)))


def _file(packed: Packed) -> Response:
    if request.accept_encodings.quality("gzip") > 0:
        response = Response(packed.gzipped, mimetype="text/javascript", headers={"Content-Encoding": "gzip"})
        response = _cacheable(response, f"{packed.etag}-gzip", SCRIPT_CACHING)
    else:
        response = _cacheable(Response(packed.plain, mimetype="text/javascript"), packed.etag, SCRIPT_CACHING)
    response.headers["Vary"] = "Accept-Encoding"
    return response


def read_question(args: MultiDict[str, str]) -> Question:
    """Raises InvalidInput naming the parameter. Of long lists the first hundred ids count."""
    name = args.get("placement", "")
    if name not in PLACEMENTS:
        raise InvalidInput("placement", f"placement must be one of {', '.join(PLACEMENTS)}.")
    product = _ids(args, "product")
    return Question(
        Placement(name),
        product_id=product[0] if product else None,
        cart=_ids(args, "cart"),
        seen=_ids(args, "seen"),
        k=max(1, min(_number("k", args.get("k") or "8"), MOST_ITEMS)),
    )


def _ids(args: MultiDict[str, str], name: str) -> tuple[int, ...]:
    parts = args.get(name, "").split(",", MOST_IDS)[:MOST_IDS]
    return tuple(_number(name, part) for part in parts if part.strip())


def _number(name: str, text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID):
        raise InvalidInput(name, f"{name} must be a number{'' if name in ('k', 'product') else ' or several with commas'}.")
    return int(text)


def _cacheable(response: Response, etag: str, caching: str) -> Response:
    """304 where the browser has it already; a proxy that compressed the answer has made its tag a weak one."""
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    response.set_etag(etag)
    response.headers["Cache-Control"] = caching
    return response


@cache
def packed(plain: bytes) -> Packed:
    return Packed(plain, gzip.compress(plain, 9, mtime=0), hashlib.blake2b(plain, digest_size=12).hexdigest())
