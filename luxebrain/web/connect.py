"""Connecting a store: the list of one's stores, the address form, the way back from the store's consent page."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.connecting import open_store
from luxebrain.edge.forms import stripped
from luxebrain.edge.headers import content_security_policy
from luxebrain.errors import InvalidInput, OutgoingError
from luxebrain.integrations.platform import Credentials
from luxebrain.services import connecting, stores

blueprint = Blueprint("connect", __name__)


class AddressForm(FlaskForm):
    url = StringField("Address of your store", [InputRequired("Type the address of your store."), Length(max=300)], filters=[stripped])


class KeysForm(AddressForm):
    key = StringField("Consumer key", [InputRequired("Paste the key; it starts with ck_."), Length(max=200)], filters=[stripped])
    secret = PasswordField("Consumer secret", [InputRequired("Paste the secret; it starts with cs_."), Length(max=200)], filters=[stripped])


@blueprint.get("/stores")
def list_stores() -> ResponseReturnValue:
    with transaction():
        mine = stores.list_stores_of(g.user.id)
    if not mine:
        return redirect(url_for("connect.new"))
    if len(mine) == 1:
        return redirect(url_for("overview.show", store_id=mine[0].id))
    return render_template("connect/stores.html", stores=mine, user=g.user)


@blueprint.route("/connect", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = AddressForm()
    if form.validate_on_submit():
        try:
            url = connecting.probe_address(str(form.url.data))
        except InvalidInput as error:
            form.url.errors = [str(error)]
        else:
            with transaction():
                return redirect(connecting.record_attempt(url, user_id=g.user.id, now=utcnow()))
    return _form_page(form, KeysForm(formdata=None))


@blueprint.post("/connect/keys")
def with_keys() -> ResponseReturnValue:
    form = KeysForm()
    if form.validate_on_submit():
        try:
            url = connecting.probe_address(str(form.url.data))
            credentials = Credentials(url=url, key=str(form.key.data), secret=str(form.secret.data))
            profile = connecting.prove_keys(credentials)
        except InvalidInput as error:
            form.url.errors = [str(error)]
        except OutgoingError as error:
            form.key.errors = [f"The store did not accept these keys: {error}"]
        else:
            record = partial(stores.record_store, connecting.PLATFORM, url, profile, owner_id=g.user.id, now=utcnow())
            return redirect(url_for("sync.show", store_id=open_store(record, credentials)))
    return _form_page(AddressForm(formdata=None), form)


@blueprint.get("/connect/return")
def come_back() -> ResponseReturnValue:
    """`success=1` proves nothing: what counts is whether keys arrived for this state."""
    with transaction():
        store_id = connecting.find_connected_store(request.args.get("user_id", ""), user_id=g.user.id)
    if store_id is not None:
        return redirect(url_for("sync.show", store_id=store_id))
    was_refused = request.args.get("success") == "0"
    return render_template("connect/failed.html", was_refused=was_refused, user=g.user), 409


def _form_page(form: AddressForm, keys_form: KeysForm) -> ResponseReturnValue:
    """The one form whose answer leads to another site, the merchant's store: a browser applies form-action to the redirect too."""
    status = 422 if form.is_submitted() and (form.errors or keys_form.errors) else 200
    page = render_template("connect/new.html", form=form, keys_form=keys_form, user=g.user)
    return page, status, {"Content-Security-Policy": content_security_policy(form_action="'self' https: http:")}
