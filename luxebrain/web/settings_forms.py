"""The forms of the settings page: text as a merchant types it, errors in words, and the typed choice they make together."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from luxebrain.edge.forms import stripped
from luxebrain.money import parse_amount
from luxebrain.services import settings
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.recommendations import LONGEST_TITLE
from luxebrain.services.settings import Chosen, Placements, PriceLimits, Sender
from luxebrain.services.snapshots import PlacementRule

EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


def one_line(value: str | None) -> str | None:
    """A field filter: line breaks would end a mail's header."""
    return " ".join(value.replace("\0", "").split()) if isinstance(value, str) else value


def parse_percent(text: str | None) -> Decimal:
    """ "12,5 %" → 0.125. Raises ValueError."""
    return (parse_amount((text or "").replace("%", "").replace(",", ".").strip()) / 100).quantize(Decimal("0.0001"))


def percent_between(lowest: int, highest: int, thing: str) -> Callable[[Form, Field], None]:
    def check(_form: Form, field: Field) -> None:
        words = f"Type a figure between {lowest} and {highest}."
        try:
            share = parse_percent(field.data)
        except ValueError:
            raise ValidationError(f"That is no number. {words}") from None
        if not lowest <= share * 100 <= highest:
            raise ValidationError(
                f"A {thing} of {settings.as_percent(share)} % is too {'small' if share * 100 < lowest else 'large'}. {words}"
            )

    return check


class PriceForm(FlaskForm):
    floor_margin = StringField(settings.FLOOR_MARGIN, [percent_between(0, 95, "margin")], filters=[stripped])
    max_step = StringField(settings.MAX_STEP, [percent_between(1, 50, "step")], filters=[stripped])
    needs_approval = BooleanField(settings.NEEDS_APPROVAL)

    def chosen(self) -> PriceLimits:
        return PriceLimits(parse_percent(self.floor_margin.data), parse_percent(self.max_step.data), bool(self.needs_approval.data))


class SenderForm(FlaskForm):
    sender_name = StringField(
        settings.SENDER_NAME, [DataRequired("Type the name that mails come from."), Length(max=100)], filters=[one_line]
    )
    sender_email = StringField(
        settings.SENDER_EMAIL,
        [
            DataRequired("Type the address that mails come from."),
            Length(max=254),
            Regexp(re.compile(EMAIL.pattern + r"\Z"), message="That is not an e-mail address. It should look like name@shop.example."),
        ],
        filters=[one_line],
    )
    postal_address = TextAreaField(settings.POSTAL_ADDRESS, [Length(max=500)], filters=[stripped])

    def chosen(self) -> Sender:
        address = "\n".join((self.postal_address.data or "").splitlines())
        return Sender(str(self.sender_name.data), str(self.sender_email.data), address)


class PlacementsForm(FlaskForm):
    """For each placement a field "<key>_title" and a field "<key>_is_on"; they are set below."""

    def chosen(self) -> Placements:
        return Placements({key: PlacementRule(bool(self[f"{key}_is_on"].data), str(self[f"{key}_title"].data)) for key in PLACEMENTS})


for _key in PLACEMENTS:
    _words = f"Give this widget a heading of at most {LONGEST_TITLE} characters."
    _title = StringField(settings.title_label(_key), [DataRequired(_words), Length(max=LONGEST_TITLE, message=_words)], filters=[one_line])
    setattr(PlacementsForm, f"{_key}_title", _title)
    setattr(PlacementsForm, f"{_key}_is_on", BooleanField(settings.switch_label(_key)))


class EraseForm(FlaskForm):
    confirm = StringField("Name of the store", filters=[stripped])


SECTIONS: dict[str, type[PriceForm | SenderForm | PlacementsForm]] = {
    "placements": PlacementsForm,
    "prices": PriceForm,
    "sender": SenderForm,
}


def values_of(chosen: Chosen) -> dict[str, Any]:
    """What the form of this choice shows before anybody typed."""
    match chosen:
        case PriceLimits(floor_margin, max_step, needs_approval):
            shares = {"floor_margin": settings.as_percent(floor_margin), "max_step": settings.as_percent(max_step)}
            return shares | {"needs_approval": needs_approval}
        case Sender(name, email, postal_address):
            return {"sender_name": name, "sender_email": email, "postal_address": postal_address}
        case Placements(rules):
            titles = {f"{key}_title": rule.title for key, rule in rules.items()}
            return titles | {f"{key}_is_on": rule.is_on for key, rule in rules.items()}
