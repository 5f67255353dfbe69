"""For load balancers: /healthz says that the process lives, /readyz that it can reach what it needs."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from luxebrain.services import health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    problems = health.find_problems()
    return jsonify(status="unavailable" if problems else "ok", problems=problems), 503 if problems else 200
