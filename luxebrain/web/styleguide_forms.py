"""Made-up forms for the style guide, with the fields that the templates show."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs lack it


class AccountForm(FlaskForm):
    name = StringField("Your name")
    email = EmailField("E-mail address")
    password = PasswordField("Password")
    is_long = BooleanField("Keep me logged in for 30 days")


class ConnectForm(FlaskForm):
    url = StringField("Address of your store")
    key = StringField("Consumer key")
    secret = PasswordField("Consumer secret")


class CampaignForm(FlaskForm):
    segment = SelectField("To", choices=[SelectChoice("champions", "Champions (312 people)"), SelectChoice("everyone", "Everyone")])
    subject = StringField("Subject", default="The candles are back")
    body = TextAreaField(
        "Text", default="After three months our beeswax candles are in stock again.\n\nThey sold out in nine days last time."
    )


class SettingsForm(FlaskForm):
    similar_title = StringField("Heading beside a product", default="You may also like")
    similar_is_on = BooleanField("Show similar products", default=True)
    cart_title = StringField("Heading in the cart", default="Goes well with your cart")
    cart_is_on = BooleanField("Show in the cart")
    floor_margin = StringField("Smallest margin", default="20")
    max_step = StringField("Largest step", default="150")
    needs_approval = BooleanField("Ask me before a price is written", default=True)
    sender_name = StringField("Name", default="Hearth & Holly")
    sender_email = EmailField("Address", default="hello@hearth.example")
    postal_address = TextAreaField("Postal address", default="4 Mill Lane, Bath BA1 2AB, United Kingdom")
    confirm = StringField("Name of the store")
