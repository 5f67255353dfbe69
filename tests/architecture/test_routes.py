"""Every address has an access rule, and the rules hold on all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule as Route

from luxebrain.edge.access import RULES, Rule
from tests.architecture.made import PASSWORD, make_merchant

SAMPLES: dict[str, object] = {"int": 1, "string": "x", "default": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


@pytest.fixture
def without_csrf(app: Flask) -> Iterator[None]:
    """So that a POST reaches the access rule even where the probe has no page to take a token from."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def routes(app: Flask, *rules: Rule) -> Iterator[Route]:
    for route in app.url_map.iter_rules():
        if route.endpoint != "static" and RULES[route.endpoint.rpartition(".")[0]] in rules:
            yield route


def probes(app: Flask, *rules: Rule, **given: object) -> Iterator[tuple[str, str]]:
    """(method, path) of every address under these rules, with `given` and made-up values in its places."""
    for route in routes(app, *rules):
        values = {name: given.get(name, SAMPLES[_converter(route, name)]) for name in route.arguments}
        path = app.url_map.bind("localhost").build(route.endpoint, values, force_external=False)
        yield from ((method, path) for method in sorted((route.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}))


def _converter(route: Route, name: str) -> str:
    names = {"IdConverter": "int", "PathConverter": "path", "UUIDConverter": "uuid"}
    return names.get(type(route._converters[name]).__name__, "string")


def log_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/log-in", data={"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


def test_every_route_has_an_access_rule(app: Flask) -> None:
    without = {route.endpoint for route in app.url_map.iter_rules() if route.endpoint.rpartition(".")[0] not in RULES} - {"static"}

    assert without == set()


def test_every_store_page_names_its_store_in_the_address(app: Flask) -> None:
    nameless = [str(route) for route in routes(app, Rule.MEMBER) if not str(route).startswith("/stores/<int:store_id>")]

    assert nameless == []


@pytest.mark.usefixtures("without_csrf")
def test_a_member_finds_every_page_of_an_empty_store(app: Flask) -> None:
    """Else the probes below would prove nothing."""
    ours = make_merchant_in(app, "ours")
    member = log_in(app, "ours")
    addresses = [str(route) for route in routes(app, Rule.MEMBER) if route.arguments == {"store_id"}]
    pages = [address.replace("<int:store_id>", str(ours)) for address in addresses if not address.endswith(".csv")]

    found = {path: member.get(path).status_code for path in pages}

    assert 200 in found.values()
    assert {path: status for path, status in found.items() if status not in (200, 302, 405)} == {}


@pytest.mark.usefixtures("without_csrf")
def test_a_member_of_another_store_finds_nothing(app: Flask) -> None:
    ours = make_merchant_in(app, "ours")
    make_merchant_in(app, "theirs")
    stranger = log_in(app, "theirs")

    found = {probe: stranger.open(probe[1], method=probe[0]).status_code for probe in probes(app, Rule.MEMBER, store_id=ours)}

    assert set(found.values()) <= {404}, {probe: status for probe, status in found.items() if status != 404}


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


def test_only_programs_that_sign_may_post_without_a_csrf_token(app: Flask) -> None:
    client = app.test_client()

    for method, path in probes(app, Rule.PUBLIC, Rule.PERSON, Rule.MEMBER, Rule.OPERATOR):
        if method != "GET":
            assert client.open(path, method=method).status_code == 400, (method, path)


def make_merchant_in(app: Flask, name: str) -> int:
    with app.app_context():
        return make_merchant(name)
