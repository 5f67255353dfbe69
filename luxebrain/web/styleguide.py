"""Every piece and every page with made-up figures, to be looked at: development only, registered nowhere else.

A page whose template asks for something that its example lacks fails loudly here, before a merchant meets it.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from luxebrain.web import styleguide_examples as examples
from luxebrain.web.styleguide_base import frame

blueprint = Blueprint("styleguide", __name__, url_prefix="/styleguide")


@blueprint.get("")
def show() -> ResponseReturnValue:
    return render_template("styleguide/pieces.html", pages=sorted(examples.PAGES), **frame(room="overview"), **examples.pieces())


@blueprint.get("/<path:name>")
def page(name: str) -> ResponseReturnValue:
    """`name` is a template without its ending, such as dashboard/prices; a word behind it is another state: prices-empty."""
    if name not in examples.PAGES:
        abort(404)
    return render_template(f"{name.partition('-')[0]}.html", **examples.PAGES[name]())
