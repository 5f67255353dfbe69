"""The check's way of filling in forms: what a browser would send."""

from __future__ import annotations

import pytest

from demo.client import StepFailed, find_form, wait_until

PAGE = """
<form action="/search"><input name="q"></form>
<form method="post" action="/prices/7/approve">
  <input type="hidden" name="csrf_token" value="t1"><button name="go" value="1">Approve</button>
</form>
<form method="post" action="/settings">
  <input type="hidden" name="csrf_token" value="t2"><input name="title" value="A &amp; B"><textarea name="note">as it was</textarea>
  <input type="checkbox" name="is_on" checked value="y"><input type="checkbox" name="is_off" value="y">
  <select name="step"><option value="5">5 %</option><option value="10" selected>10 %</option></select>
  <select name="first"><option value="a">A</option><option value="b">B</option></select>
  <input type="submit" name="save" value="Save">
</form>
"""


def test_untouched_form_sends_what_the_page_says() -> None:
    form = find_form(PAGE, action="/settings")

    assert form.method == "post"
    assert form.values == {"csrf_token": "t2", "title": "A & B", "note": "as it was", "is_on": "y", "step": "10", "first": "a"}
    assert {"is_off", "save"} < form.names


def test_form_with_a_token_is_preferred_and_its_button_is_not_pressed() -> None:
    form = find_form(PAGE)

    assert form.action == "/prices/7/approve"
    assert form.values == {"csrf_token": "t1"}


def test_missing_form_is_said() -> None:
    with pytest.raises(StepFailed, match="no form that sends to /campaigns"):
        find_form(PAGE, action="/campaigns")


def test_waiting_returns_what_came_and_names_what_did_not() -> None:
    answers = iter([None, None, "here"])

    assert wait_until("an answer", lambda: next(answers), 5) == "here"
    with pytest.raises(StepFailed, match="a second answer"):
        wait_until("a second answer", lambda: None, 0.2)
