"""Every address has an access rule, and the rules hold on all of them. The questions are chaos's: `make chaos ONLY=R5` asks many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chaos.tenancy.open_doors import ASKED
from chaos.tenancy.routes import Audience, Door, doors, unprobed
from luxebrain.edge.access import RULES, Rule
from tests.architecture.made import PASSWORD, make_merchant


@pytest.fixture
def without_csrf(app: Flask) -> Iterator[None]:
    """So that a POST reaches the access rule even where the probe has no page to take a token from."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def probes(app: Flask, *rules: Rule, store_id: int = 1) -> Iterator[tuple[str, str]]:
    """(verb, address) of every door under these rules, about this store and things that it has not got."""
    for door in every_door(app):
        if rule_of(door) in rules:
            yield door.verb, door.question(store=store_id, id=1, word="x", name="x").address


def every_door(app: Flask) -> list[Door]:
    return [door for audience in Audience for door in doors(app, audience)]


def rule_of(door: Door) -> Rule | None:
    return RULES.get(door.endpoint.rpartition(".")[0])


def log_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/log-in", data={"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


def test_every_route_has_an_access_rule(app: Flask) -> None:
    without = {route.endpoint for route in app.url_map.iter_rules() if route.endpoint.rpartition(".")[0] not in RULES} - {"static"}

    assert without == set()


def test_every_route_and_verb_has_a_cross_store_probe(app: Flask) -> None:
    assert unprobed(app, open_doors=ASKED) == []


def test_an_address_says_whether_it_is_for_members_or_for_operators(app: Flask) -> None:
    for rule, audience, beginning in (
        (Rule.MEMBER, Audience.MEMBERS, "/stores/{store}"),
        (Rule.OPERATOR, Audience.OPERATORS, "/admin/"),
    ):
        named = {door.endpoint for door in doors(app, audience)}

        assert named == {door.endpoint for door in every_door(app) if rule_of(door) is rule}
        assert all(door.template.startswith(beginning) for door in doors(app, audience))


@pytest.mark.usefixtures("without_csrf")
def test_a_member_finds_every_page_of_an_empty_store(app: Flask) -> None:
    """Else the probes below would prove nothing."""
    ours = make_merchant_in(app, "ours")
    member = log_in(app, "ours")

    found = {path: member.get(path).status_code for verb, path in probes(app, Rule.MEMBER, store_id=ours) if verb == "GET"}

    of_things = {path for path in found if "/campaigns/1" in path}
    assert {path: status for path, status in found.items() if status != (404 if path in of_things else 200)} == {}


@pytest.mark.usefixtures("without_csrf")
def test_a_member_of_another_store_finds_nothing(app: Flask) -> None:
    ours = make_merchant_in(app, "ours")
    make_merchant_in(app, "theirs")
    stranger = log_in(app, "theirs")

    found = {probe: stranger.open(probe[1], method=probe[0]).status_code for probe in probes(app, Rule.MEMBER, store_id=ours)}

    assert set(found.values()) == {404}, {probe: status for probe, status in found.items() if status != 404}


@pytest.mark.usefixtures("without_csrf")
def test_somebody_logged_out_is_asked_to_log_in(app: Flask) -> None:
    ours = make_merchant_in(app, "ours")
    nobody = app.test_client()

    for method, path in probes(app, Rule.PERSON, Rule.MEMBER, Rule.OPERATOR, store_id=ours):
        answer = nobody.open(path, method=method)

        assert answer.status_code == 302, (method, path)
        assert answer.location.startswith("/log-in"), (method, path)


@pytest.mark.usefixtures("without_csrf")
def test_a_merchant_does_not_find_the_admins_pages(app: Flask) -> None:
    make_merchant_in(app, "ours")
    merchant = log_in(app, "ours")

    found = {probe: merchant.open(probe[1], method=probe[0]).status_code for probe in probes(app, Rule.OPERATOR)}

    assert set(found.values()) <= {404}, found


def test_only_programs_that_sign_and_browsers_without_cookies_may_post_without_a_csrf_token(app: Flask) -> None:
    client = app.test_client()

    for method, path in probes(app, Rule.PUBLIC, Rule.PERSON, Rule.MEMBER, Rule.OPERATOR):
        if method != "GET":
            assert client.open(path, method=method).status_code == 400, (method, path)


def make_merchant_in(app: Flask, name: str) -> int:
    with app.app_context():
        return make_merchant(name)
