"""Campaigns of a store: write, look at the mail as it will arrive, send it to oneself, send it, watch it go."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.forms import stripped
from luxebrain.edge.limits import limiter
from luxebrain.errors import InvalidInput
from luxebrain.integrations.messaging.channel import Accepted
from luxebrain.models.campaigns import Campaign, CampaignState, MessageState
from luxebrain.models.stores import StoreSettings
from luxebrain.services import campaigns, leases, messages, stores
from luxebrain.services.campaigns import Draft
from luxebrain.services.outside import mail_channel
from luxebrain.services.segments import EVERYONE, WORDS
from luxebrain.web.frame import render

blueprint = Blueprint("campaigns", __name__, url_prefix="/stores/<int:store_id>/campaigns")
# A mail brings its own styles and pictures; it may do nothing else, and only our own page may frame it.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; frame-ancestors 'self'; sandbox"


class CampaignForm(FlaskForm):
    segment = SelectField("To", [InputRequired("Choose who gets it.")])
    subject = StringField("Subject", [InputRequired("Type a subject.")], filters=[stripped])
    body = TextAreaField("Text", [InputRequired("Type a text.")], filters=[stripped])

    def draft(self) -> Draft | None:
        """None where something is wrong; the error then stands beside its field."""
        if not self.validate_on_submit():
            return None
        try:
            return Draft(subject=str(self.subject.data), body=str(self.body.data), segment=str(self.segment.data))
        except InvalidInput as error:
            self[error.field].errors = [str(error)]
            return None


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        lines = campaigns.list_campaigns()
    return render("dashboard/campaigns.html", room="campaigns", campaigns=lines)


@blueprint.route("/new", methods=["GET", "POST"])
def new(store_id: int) -> ResponseReturnValue:
    form = CampaignForm(segment=request.args.get("segment", EVERYONE))
    with transaction(store_id):
        _offer_segments(form)
        draft = form.draft()
        campaign = campaigns.create_campaign(draft) if draft else None
        settings = stores.get_settings()
    return _to(campaign) if campaign else _form_page(form, settings)


@blueprint.route("/<int:campaign_id>/edit", methods=["GET", "POST"])
def edit(store_id: int, campaign_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        campaign, settings = campaigns.get_campaign(campaign_id), stores.get_settings()
        form = CampaignForm(obj=campaign)
        _offer_segments(form)
        draft = form.draft()
        if draft:
            campaigns.change_campaign(campaign_id, draft)
    return _to(campaign) if draft else _form_page(form, settings)


@blueprint.get("/<int:campaign_id>")
def watch(store_id: int, campaign_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        context = _state_of(campaign_id) | {
            "settings": stores.get_settings(),
            "failed": campaigns.list_undelivered(campaign_id, MessageState.FAILED),
            "unknown": campaigns.list_undelivered(campaign_id, MessageState.UNKNOWN),
        }
    preview_url = url_for("campaigns.preview", store_id=store_id, campaign_id=campaign_id)
    return render("dashboard/campaign.html", room="campaigns", preview_url=preview_url, **context)


@blueprint.get("/<int:campaign_id>/progress")
def progress(store_id: int, campaign_id: int) -> ResponseReturnValue:
    """The part of the page that is fetched again while messages leave; when the last has left, the whole page is."""
    with transaction(store_id):
        context = _state_of(campaign_id)
    is_over = context["campaign"].state != CampaignState.SENDING
    answer = render_template("dashboard/campaign_progress.html", store=g.store, **context)
    return answer, 200, {"HX-Refresh": "true"} if is_over else {}


@blueprint.get("/<int:campaign_id>/preview")
def preview(store_id: int, campaign_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        mail = campaigns.preview(campaigns.get_campaign(campaign_id))
    response = make_response(mail.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@blueprint.post("/<int:campaign_id>/test")
@limiter.limit("10 per minute")
def send_test(store_id: int, campaign_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        campaign = campaigns.get_campaign(campaign_id)
        mail = messages.prepare_test(campaign, to=g.user.email, first_name=g.user.name.partition(" ")[0])
    outcome = messages.call_channel_once(mail, mail_channel())
    if isinstance(outcome, Accepted):
        flash(f"A test is on its way to {g.user.email}.")
    else:
        flash(f"The test was not sent. {outcome.reason}", "bad")
    return _to(campaign)


@blueprint.post("/<int:campaign_id>/send")
def send(store_id: int, campaign_id: int) -> ResponseReturnValue:
    with transaction(store_id):
        campaigns.start_campaign(campaign_id, now=utcnow())
        leases.ring_for(messages.KIND, by=g.user.id)
        campaign = campaigns.get_campaign(campaign_id)
    return _to(campaign)


@blueprint.post("/<int:campaign_id>/messages/<int:message_id>/arrived")
def mark_arrived(store_id: int, campaign_id: int, message_id: int) -> ResponseReturnValue:
    return _resolve(store_id, campaign_id, message_id, has_arrived=True)


@blueprint.post("/<int:campaign_id>/messages/<int:message_id>/lost")
def mark_lost(store_id: int, campaign_id: int, message_id: int) -> ResponseReturnValue:
    return _resolve(store_id, campaign_id, message_id, has_arrived=False)


def _resolve(store_id: int, campaign_id: int, message_id: int, *, has_arrived: bool) -> ResponseReturnValue:
    with transaction(store_id):
        campaigns.resolve_message(campaign_id, message_id, has_arrived=has_arrived, by=g.user.id, now=utcnow())
        campaign = campaigns.get_campaign(campaign_id)
    return _to(campaign)


def _offer_segments(form: CampaignForm) -> None:
    counts = campaigns.count_recipients()
    form.segment.choices = [(key, f"{WORDS[key]} ({people:,} {'person' if people == 1 else 'people'})") for key, people in counts.items()]


def _form_page(form: CampaignForm, settings: StoreSettings) -> ResponseReturnValue:
    sender = f"{settings.sender_name} <{settings.sender_email}>" if settings.sender_email else ""
    page = render("dashboard/campaign_new.html", room="campaigns", form=form, sender=sender, postal_address=settings.postal_address)
    return page, 422 if form.errors else 200


def _state_of(campaign_id: int) -> dict[str, Any]:
    campaign = campaigns.get_campaign(campaign_id)
    people = campaigns.count_recipients()[campaign.segment]
    counts = campaigns.count_messages(campaign_id)
    return {"campaign": campaign, "segment_word": WORDS[campaign.segment], "recipients": people, "counts": counts}


def _to(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("campaigns.watch", store_id=g.store.id, campaign_id=campaign.id))
