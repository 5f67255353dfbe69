"""What a widget's answer is measured against: a view of constant JSON in the whole app (`app`), and in a Flask that is nothing else.

`app` is LuxeBrain with that one view more: the same checks before and headers after, only nothing to look up.
"""

from __future__ import annotations

from flask import Flask, Response

from wsgi import app as app

HELLO = b'{"recommendation_id": "0", "placement": "similar", "strategy": "none", "title": "Hello", "items": []}'
bare = Flask("hello")


def hello() -> Response:
    return Response(HELLO, mimetype="application/json")


app.get("/hello")(hello)
bare.get("/hello")(hello)
