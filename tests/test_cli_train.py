"""`flask train`: in the foreground, one JSON line at the end, and an exit code that says whether it went well."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from flask import Flask

from luxebrain.cli import train_store
from tests.widgets.made import make_shop, make_store

pytestmark = pytest.mark.usefixtures("context")


def train(app: Flask, store: str) -> Result:
    return app.test_cli_runner().invoke(train_store, ["--store", store])


def test_training_by_hand_ends_with_its_cards(app: Flask) -> None:
    made = make_shop("ours", order_count=12)

    ended = train(app, "https://ours.example")

    line = json.loads(ended.output.splitlines()[-1])
    assert ended.exit_code == 0
    assert (line["name"], line["store_id"], line["state"]) == ("train", made.store_id, "done")
    assert line["parts"]["recommendations"]["card"]["orders"] == 12


def test_training_that_fails_says_why_and_exits_with_one(app: Flask) -> None:
    made = make_store("empty")

    ended = train(app, str(made.store_id))

    assert ended.exit_code == 1
    assert "no products" in json.loads(ended.output.splitlines()[-1])["error"]


def test_a_store_that_there_is_not_is_said(app: Flask) -> None:
    ended = train(app, "nowhere")

    assert ended.exit_code == 1
    assert "no store nowhere" in ended.output
