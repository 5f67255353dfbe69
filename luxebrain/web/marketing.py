"""The front page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from luxebrain.edge.session import load_user

blueprint = Blueprint("marketing", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    if load_user() is not None:
        return redirect(url_for("connect.list_stores"))
    return render_template("marketing/home.html")
