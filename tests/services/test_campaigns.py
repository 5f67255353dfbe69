"""A campaign goes to the people who are to get it, is started once, and its text reaches them as it was meant."""

from __future__ import annotations

import pytest

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import InvalidInput, InvalidTransition, NotFound
from luxebrain.models.campaigns import Message, UnsubscribeLink
from luxebrain.services import campaigns, segments
from luxebrain.services.campaigns import Draft
from luxebrain.services.rendering import Letter, Rendered, find_bad_field, render_letter
from tests.services import mailing
from tests.services.mailing import NOW


@pytest.fixture
def store_id(context: None) -> int:
    ours, theirs = mailing.make_store("ours"), mailing.make_store("theirs")
    mailing.add_people(ours, "ada@example.com", "bob@example.com", "cy@example.com")
    mailing.add_people(theirs, "ada@example.com", "eve@example.com")
    return ours


def make_draft(store_id: int, segment: str = segments.EVERYONE) -> int:
    with transaction(store_id):
        return campaigns.create_campaign(Draft(subject="News", body="Hello", segment=segment)).id


def test_a_second_start_queues_nothing_more(store_id: int) -> None:
    campaign_id = make_draft(store_id)

    with transaction(store_id):
        first = campaigns.start_campaign(campaign_id, now=utcnow())
    with transaction(store_id):
        second = campaigns.start_campaign(campaign_id, now=utcnow())

    assert (first, second) == (3, 0)
    assert mailing.states(store_id) == dict.fromkeys(["ada@example.com", "bob@example.com", "cy@example.com"], "queued")


def test_only_people_of_the_segment_get_it_and_the_count_said_so(store_id: int) -> None:
    mailing.add_ten_customers(store_id)
    with transaction(store_id):
        segments.compute_segments(now=NOW)
        counts = campaigns.count_recipients()

    campaign_id = make_draft(store_id, "lost")
    with transaction(store_id):
        queued = campaigns.start_campaign(campaign_id, now=utcnow())
        members = {member.email for member in segments.list_members("lost", page=1)}

    assert queued == counts["lost"] == len(members) > 0
    assert mailing.states(store_id).keys() == members
    assert counts["everyone"] == 13


def test_whoever_unsubscribed_before_is_not_counted_and_gets_nothing(store_id: int) -> None:
    mailing.withdraw(store_id, "ada@example.com")
    with transaction(store_id):
        assert campaigns.count_recipients()["everyone"] == 2

    mailing.start(store_id)

    assert "ada@example.com" not in mailing.states(store_id)


def test_a_campaign_for_nobody_is_refused(store_id: int) -> None:
    campaign_id = make_draft(store_id, "champions")

    with transaction(store_id), pytest.raises(InvalidInput, match="Nobody"):
        campaigns.start_campaign(campaign_id, now=utcnow())


def test_message_ids_are_distinct_and_grow_with_time(store_id: int) -> None:
    mailing.start(store_id)
    with transaction(store_id):
        before = max(session.scalars(session.query(Message.id).statement))

    mailing.start(store_id)

    with transaction(store_id):
        ids = list(session.scalars(session.query(Message.id).statement))
    assert len(set(ids)) == 6
    assert max(ids) > before


def test_a_started_campaign_can_no_longer_be_changed(store_id: int) -> None:
    campaign_id = mailing.start(store_id)

    with transaction(store_id), pytest.raises(InvalidTransition):
        campaigns.change_campaign(campaign_id, Draft(subject="Other", body="Other", segment="everyone"))


def test_another_store_s_campaign_does_not_exist(store_id: int) -> None:
    campaign_id = make_draft(store_id)

    with transaction(mailing.make_store("third")), pytest.raises(NotFound):
        campaigns.get_campaign(campaign_id)


def test_starting_makes_no_links_before_messages_are_about_to_leave(store_id: int) -> None:
    mailing.start(store_id)

    with transaction(store_id):
        assert session.query(UnsubscribeLink).count() == 0


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("subject", {"subject": "  "}),
        ("subject", {"subject": "x" * 151}),
        ("body", {"body": ""}),
        ("body", {"body": "Hello {frist_name|you}"}),
        ("body", {"body": "Hello {first_name}"}),
        ("segment", {"segment": "nobody we know"}),
    ],
)
def test_a_draft_that_cannot_be_sent_says_which_field_is_wrong(field: str, draft: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Draft(**({"subject": "News", "body": "Hello", "segment": "everyone"} | draft))

    assert caught.value.field == field


def render(body: str, *, first_name: str = "", subject: str = "News") -> Rendered:
    link = "https://app.example/u/t0ken"
    return render_letter(
        Letter(subject=subject, body=body, first_name=first_name, store_name="H & H", postal_address="4 Mill\nLane", unsubscribe_url=link)
    )


def test_names_with_html_stay_text() -> None:
    mail = render("Hello {first_name|there}", first_name='<img src=x onerror="alert(1)">', subject="For {first_name|you}")

    assert "<img" not in mail.html
    assert "Hello &lt;img" in mail.html
    assert "Hello <img" in mail.text


def test_unknown_name_becomes_the_fallback() -> None:
    assert "Hello there," in render("Hello {first_name|there},").text
    assert "Hello Ada," in render("Hello {first_name|there},", first_name=" Ada\n").text


def test_a_name_is_no_template_and_no_field() -> None:
    mail = render("Hello {first_name|there}", first_name="{{ 7 * 7 }}{first_name|x}")

    assert "Hello {{ 7 * 7 }}{first_name|x}" in mail.text


def test_paragraphs_lines_links_and_the_button() -> None:
    mail = render("One\r\ntwo\r\n\r\nSee https://shop.example/a?b=1&c=2\n\nTo the shop: https://shop.example/")

    assert "One<br>two</p>" in mail.html
    assert '<a href="https://shop.example/a?b=1&amp;c=2"' in mail.html
    assert 'class="button" href="https://shop.example/"' in mail.html
    assert "To the shop: https://shop.example/" in mail.text


def test_only_addresses_of_the_web_become_links() -> None:
    mail = render("javascript:alert(1)\n\nClick: javascript:alert(1)")

    assert 'href="javascript' not in mail.html


def test_braces_that_are_no_field_are_left_alone() -> None:
    assert find_bad_field("{} { a } {1} {a-b}") is None
