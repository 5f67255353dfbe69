"""What a widget is answered, from a snapshot and without a database; and what the merchant decides about placements.

A recommendation id is a hash of all that led to the answer: it says which answer was clicked, whoever got it and however often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from luxebrain.database.session import session
from luxebrain.engines.serving import Placement, Scored, Strategy
from luxebrain.errors import InvalidInput
from luxebrain.models.catalog import Product
from luxebrain.models.stores import PlacementSetting
from luxebrain.services import snapshots
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.snapshots import PlacementRule, Snapshot

RULES_VERSION = 1  # of what is done here to the engine's answer
LONGEST_TITLE = 80
MOST_KEPT_ANSWERS = 1000


@dataclass(frozen=True, slots=True)
class Question:
    placement: Placement
    product_id: int | None = None
    cart: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()
    k: int = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """The widget API's answer as JSON, and its entity tag."""

    body: bytes
    etag: str


def answer(snapshot: Snapshot, question: Question) -> Answer:
    """What this placement shows now; one that is off shows nothing. What is the same for every shopper is kept with the snapshot."""
    if question.cart or question.seen:
        return _compose(snapshot, question)
    kept: Answer | None = snapshot.answers.get(question)
    if kept is None:
        kept = _compose(snapshot, question)
        if len(snapshot.answers) < MOST_KEPT_ANSWERS:
            snapshot.answers[question] = kept
    return kept


def _compose(snapshot: Snapshot, question: Question) -> Answer:
    rule = snapshot.placements[question.placement]
    items = _choose(snapshot, question) if rule.is_on else []
    strategy = items[0].strategy.value if items else "none"
    head = {
        "recommendation_id": _recommendation_id(snapshot, question, strategy),
        "placement": question.placement.value,
        "strategy": strategy,
        "title": _title(question.placement, rule, strategy),
    }
    cards = b",".join(snapshot.cards[item.product_id] for item in items)
    body = json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "items": [' + cards + b"]}"
    return Answer(body, hashlib.blake2b(body, digest_size=12).hexdigest())


def _choose(snapshot: Snapshot, question: Question) -> list[Scored]:
    items = snapshot.model.recommend(
        question.placement,
        product_id=question.product_id,
        cart=question.cart,
        seen=question.seen,
        k=question.k,
        eligible=snapshot.eligible,
    )
    if question.placement is Placement.BOUGHT_TOGETHER:
        together = [item for item in items if item.strategy is Strategy.COLLABORATIVE]
        return together or items
    return items


def _title(placement: Placement, rule: PlacementRule, strategy: str) -> str:
    """What was not bought together is not called so."""
    if placement is Placement.BOUGHT_TOGETHER and strategy != Strategy.COLLABORATIVE:
        return PLACEMENTS[Placement.SIMILAR].title
    return rule.title


def _recommendation_id(snapshot: Snapshot, question: Question, strategy: str) -> str:
    context = (question.product_id, question.cart, question.seen, question.k)
    parts = (snapshot.store_id, question.placement.value, context, strategy, snapshot.model_id, RULES_VERSION)
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def preview(product_id: int) -> dict[Placement, dict[str, Any]]:
    """For the dashboard: what each placement of the acting store would answer for this product: on its page, in the cart, looked at."""
    snapshot = snapshots.read_snapshot()
    on = {placement: PlacementRule(True, rule.title) for placement, rule in snapshot.placements.items()}
    shown = replace(snapshot, placements=on, answers={})
    return {placement: json.loads(answer(shown, _example(placement, product_id)).body) for placement in PLACEMENTS}


def _example(placement: Placement, product_id: int) -> Question:
    match PLACEMENTS[placement].starts_from:
        case "product":
            return Question(placement, product_id, k=4)
        case "cart":
            return Question(placement, cart=(product_id,), k=4)
        case "seen":
            return Question(placement, seen=(product_id,), k=4)
        case _:
            return Question(placement, k=4)


def list_preview_products(search: str = "", *, limit: int = 20) -> Sequence[Product]:
    """Products of the acting store to preview, by title."""
    statement = select(Product).where(Product.deleted_at.is_(None), Product.title.icontains(search, autoescape=True))
    return session.scalars(statement.order_by(Product.title, Product.id).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class PlacementChange:
    """What saving would change, or has changed, in words: "off" → "on", "You may also like" → "More like this"."""

    placement: Placement
    before: str
    after: str


def save_placements(chosen: Mapping[Placement, PlacementRule]) -> list[PlacementChange]:
    """For the acting store; raises InvalidInput naming the placement whose title cannot be used. Returns what changed."""
    rules = {placement: PlacementRule(rule.is_on, _usable_title(placement, rule.title)) for placement, rule in chosen.items()}
    changes = list_changes(rules)
    if changes:
        rows = [{"placement": placement, "is_on": rule.is_on, "title": rule.title} for placement, rule in rules.items()]
        statement = insert(PlacementSetting).values(rows)
        latest = {"is_on": statement.excluded.is_on, "title": statement.excluded.title}
        session.execute(statement.on_conflict_do_update(index_elements=["store_id", "placement"], set_=latest))
        snapshots.mark_changed()
    return changes


def list_changes(chosen: Mapping[Placement, PlacementRule]) -> list[PlacementChange]:
    """What `chosen` would change for the acting store."""
    before = snapshots.read_placements()
    changes = []
    for placement, rule in chosen.items():
        if rule.is_on != before[placement].is_on:
            changes.append(PlacementChange(placement, _on_or_off(before[placement]), _on_or_off(rule)))
        if rule.title != before[placement].title:
            changes.append(PlacementChange(placement, before[placement].title, rule.title))
    return changes


def _on_or_off(rule: PlacementRule) -> str:
    return "on" if rule.is_on else "off"


def _usable_title(placement: Placement, title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidInput(placement.value, f"Give this widget a title of 1 to {LONGEST_TITLE} characters.")
    return title
