"""The mailbox as a page, and as JSON for programs. The HTML of a mail is shown in a sandbox: it is somebody else's code."""

from __future__ import annotations

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lab.smtp.delivery import Delivery
from lab.smtp.mailbox import Received

# Links open a page of their own, outside the sandbox; scripts and forms of the mail do not work, as in a mail program.
SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox; script-src 'none'; form-action 'none'"
VIEWS = {"html": "Mail", "text": "Text", "headers": "Headers", "source": "Source"}


def make_pages(delivery: Delivery) -> Flask:
    app = Flask(__name__)
    mailbox = delivery.mailbox

    @app.get("/")
    def show_list() -> str:
        return render_template("mailbox.html", messages=mailbox.all(), shown=None)

    @app.get("/messages/<int:number>")
    def show_message(number: int) -> str:
        shown = _get(number)
        view = request.args.get("view", "html" if shown.html else "text")
        return render_template("mailbox.html", messages=mailbox.all(), shown=shown, views=_views(shown), view=view)

    @app.get("/messages/<int:number>/html")
    def show_html(number: int) -> Response:
        html = (_get(number).html or "") + '<base target="_blank">'  # at the end: before the doctype it would mean quirks mode
        return Response(html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": SANDBOX})

    @app.get("/messages.json")
    def list_as_json() -> Response:
        return jsonify([received.as_json() for received in mailbox.all(recipient=request.args.get("to"))])

    @app.delete("/messages/<int:number>")
    def remove(number: int) -> tuple[str, int]:
        mailbox.remove(number)
        return "", 204

    @app.delete("/messages")
    def clear() -> tuple[str, int]:
        mailbox.clear()
        return "", 204

    @app.post("/clear")
    def clear_by_button() -> AnyResponse:
        mailbox.clear()
        return redirect(url_for("show_list"), code=303)

    @app.route("/lab/knobs", methods=["GET", "POST"])
    def knobs() -> Response | tuple[Response, int]:
        """GET shows them; POST turns those it names (JSON), e.g. {"drop_next": 2, "keeps_dropped": false}."""
        try:
            turned = delivery.turn(**_tuples(request.get_json())) if request.method == "POST" else delivery.knobs
        except TypeError as error:
            return jsonify(error=str(error)), 400
        return jsonify(turned)

    def _get(number: int) -> Received:
        return mailbox.find(number) or abort(404)

    return app


def _views(shown: Received) -> dict[str, str]:
    missing = {"html"} if shown.html is None else set()
    missing |= {"text"} if shown.text is None else set()
    return {name: label for name, label in VIEWS.items() if name not in missing}


def _tuples(document: dict[str, object]) -> dict[str, object]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
