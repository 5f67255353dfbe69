"""Sign-up, log-in, log-out."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.forms import stripped
from luxebrain.edge.limits import ATTEMPTS, limiter
from luxebrain.edge.session import forget, load_user, remember, token_of_request
from luxebrain.errors import InvalidInput
from luxebrain.services import accounts

blueprint = Blueprint("accounts", __name__)
_OUR_PATH = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


class LogInForm(FlaskForm):
    email = EmailField("E-mail address", [InputRequired("Type your e-mail address."), Length(max=254)], filters=[stripped])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=200)])
    is_long = BooleanField("Keep me logged in for 30 days")


class SignUpForm(FlaskForm):
    name = StringField("Your name", [Length(max=100)], filters=[stripped])
    email = EmailField("E-mail address", [InputRequired("Type your e-mail address."), Length(max=254)], filters=[stripped])
    password = PasswordField("Password", [InputRequired("Choose a password."), Length(max=200)])


@blueprint.route("/log-in", methods=["GET", "POST"])
@limiter.limit(ATTEMPTS, methods=["POST"])
def log_in() -> ResponseReturnValue:
    if load_user() is not None:
        return redirect(_next_page())
    form = LogInForm()
    if form.validate_on_submit():
        if token := _token_for(str(form.email.data), str(form.password.data), is_long=form.is_long.data):
            return remember(redirect(_next_page()), token, is_long=form.is_long.data)
        form.password.errors = ["That address and password do not go together. Check both, or sign up."]
    return render_template("accounts/log_in.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/sign-up", methods=["GET", "POST"])
@limiter.limit(ATTEMPTS, methods=["POST"])
def sign_up() -> ResponseReturnValue:
    form = SignUpForm()
    if form.validate_on_submit():
        email, password = str(form.email.data), str(form.password.data)
        try:
            with transaction():
                accounts.sign_up(email, password, name=form.name.data or "")
        except InvalidInput as error:
            form[error.field].errors = [str(error)]
        else:
            token = _token_for(email, password, is_long=False)
            return remember(redirect(url_for("connect.list_stores")), str(token), is_long=False)
    return render_template("accounts/sign_up.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    with transaction():
        accounts.log_out(token_of_request())
    flash("You are logged out.")
    return forget(redirect(url_for("accounts.log_in")))


def _token_for(email: str, password: str, *, is_long: bool) -> str | None:
    with transaction():
        return accounts.log_in(email, password, now=utcnow(), is_long=is_long)


def _next_page() -> str:
    """Only a path of ours. To a browser `//elsewhere` and `/\\elsewhere` are other hosts; it drops tabs and line ends before it looks."""
    wanted = request.args.get("next", "")
    return wanted if _OUR_PATH.fullmatch(wanted) else url_for("connect.list_stores")
