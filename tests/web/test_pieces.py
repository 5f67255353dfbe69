"""The look: every page renders from what its template documents, obeys the content policy, and charts say what they show."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined

import luxebrain
from luxebrain.web import charts, filters, styleguide
from luxebrain.web.styleguide_examples import PAGES

ROOT = Path(luxebrain.__file__).parent
APP_PAGES = sorted(name for name in PAGES if not name.startswith("mail/"))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("luxebrain", root_path=str(ROOT))
    app.config.update(SECRET_KEY="only for this test", TESTING=True)
    app.jinja_env.undefined = StrictUndefined
    app.url_build_error_handlers.append(lambda error, endpoint, values: f"/elsewhere/{endpoint}")
    CSRFProtect(app)
    filters.init_filters(app)
    app.register_blueprint(styleguide.blueprint)
    return app.test_client()


@pytest.mark.parametrize("name", ["", *(f"/{name}" for name in sorted(PAGES))])
def test_a_page_needs_nothing_but_what_its_example_gives(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/styleguide{name}")

    assert answer.status_code == 200
    assert len(answer.data) > 1000


@pytest.mark.parametrize("name", APP_PAGES)
def test_a_page_holds_nothing_that_the_content_policy_forbids(client: FlaskClient, name: str) -> None:
    page = client.get(f"/styleguide/{name}").text

    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("name", APP_PAGES)
def test_every_form_that_posts_carries_a_token(client: FlaskClient, name: str) -> None:
    page = client.get(f"/styleguide/{name}").text

    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        assert 'name="csrf_token"' in form


@pytest.mark.parametrize("name", APP_PAGES)
def test_no_id_is_on_a_page_twice(client: FlaskClient, name: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', client.get(f"/styleguide/{name}").text)

    assert sorted(ids) == sorted(set(ids))


def test_an_error_is_beside_its_field_and_names_it(client: FlaskClient) -> None:
    page = client.get("/styleguide/dashboard/settings").text

    assert re.search(r'<input[^>]*aria-describedby="max_step-help max_step-error"', page)
    assert 'id="max_step-error">A step of 150 % is too large' in page


def test_style_sheet_stays_small() -> None:
    assert len(gzip.compress((ROOT / "static/app.css").read_bytes())) <= 20_000
    assert (ROOT / "static/app.js").stat().st_size <= 4_000


def test_a_bar_starts_at_zero_and_keeps_its_proportion() -> None:
    chart = charts.bars([charts.Bar("a", 50), charts.Bar("b", 100), charts.Bar("c", 0)], title="Twice as much", unit="units")

    heights = [float(height) for height in re.findall(r'<rect[^>]* height="([\d.]+)"', chart)]
    assert heights[1] == 2 * heights[0]
    assert heights[2] == 0


def test_a_chart_holds_its_figures_as_a_table_and_escapes_names() -> None:
    chart = charts.bars([charts.Bar("<b>May</b>", 1204)], title="A & B", unit="£")

    assert "<b>" not in chart
    assert "&lt;b&gt;May" in chart
    assert '<td class="figure">1,204</td>' in chart


def test_a_gap_in_a_line_stays_a_gap() -> None:
    points = [charts.Point("1", 5.0), charts.Point("2", None), charts.Point("3", 6.0), charts.Point("4", 7.0)]

    path = re.findall(r'class="line" d="([^"]*)"', charts.line(points, title="t", unit="u"))[0]

    assert path.count("M") == 2
    assert path.count("L") == 1


def test_nothing_to_draw_draws_nothing() -> None:
    assert charts.bars([], title="t", unit="u") == ""
    assert charts.line([charts.Point("1", None)], title="t", unit="u") == ""


def test_figures_are_written_the_same_everywhere() -> None:
    now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

    assert filters.money(Decimal("1204.5"), "GBP") == "£1,204.50"
    assert filters.money(None, "GBP") == "–"
    assert filters.percent(0.124) == "12 %"
    assert filters.change(112, 100) == pytest.approx(0.12)
    assert filters.change(5, 0) is None
    assert filters.duration(150) == "2 min"
    assert filters.ago(now - timedelta(hours=5), now) == "5 h ago"
    assert filters.day(now) == "4 May 2026"
    assert filters.moment(now) == "4 May, 12:00"
