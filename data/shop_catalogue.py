"""Make the sample shop's products from the chosen product codes: grouping, prices, costs, sales, tags, pictures.

The documents are shaped like WooCommerce's REST answers (`data/samples/README.md` lists every field). Everything that the source does not
hold is decided by `draw`, a number between 0 and 1 that depends on the product code alone, so that every run makes the same shop.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, Final

from shop_names import CATEGORIES, Option, category_of, option_of, slug_of, title_of
from shop_texts import RANGES, describe, ranges_of

Document = dict[str, Any]

FIRST_PRODUCT_ID: Final = 1001
FIRST_CATEGORY_ID: Final = 16  # 15 is WordPress's own "Uncategorized"
FIRST_TAG_ID: Final = 51
NAMES_WITH_TAGS: Final = {"Home Sweet Home Mug": "Home <em>Sweet</em> Home Mug"}
CODE_WITHOUT_PRICE: Final = "22798"
COST_SHARE: Final = (0.38, 0.20)  # cost = price * (0.38 + 0.20 * draw)
DISCOUNTS: Final = (0.15, 0.20, 0.25)


@dataclass(frozen=True, slots=True)
class Code:
    """One product code of the source: what it is called, what it cost, since when and how fast it sells."""

    code: str
    description: str
    price: float
    first_sale_days_ago: float
    weekly_units: float

    @property
    def title(self) -> str:
        return title_of(self.description)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the orders find a product code: the product and, for a variable product, the variation (else 0)."""

    product_id: int
    variation_id: int
    name: str


def draw(key: str) -> float:
    """A repeatable number in [0, 1) for a key such as "cost 85123A"."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:12], 16) / 16**12


def make_products(codes: list[Code], *, new_arrivals: list[Code]) -> tuple[list[Document], dict[str, Place]]:
    """All product documents, best sellers first, and the place of every code; new arrivals come last, the very last of them as a draft."""
    documents: list[Document] = []
    places: dict[str, Place] = {}
    slugs: set[str] = set()
    next_id = FIRST_PRODUCT_ID
    for members in [*_groups(codes), *([code] for code in new_arrivals)]:
        document = _product(members, product_id=next_id)
        document["slug"] = _unique_slug(document["slug"], taken=slugs)
        documents.append(document)
        ids = [variation["id"] for variation in document["variations"]] or [0]
        places |= {code.code: Place(next_id, variation_id, code.title) for code, variation_id in zip(members, ids, strict=True)}
        next_id += 1 + len(document["variations"])
    documents[-1]["status"] = "draft"
    return documents, places


def _groups(codes: list[Code]) -> list[list[Code]]:
    """Codes whose names differ in one colour or size only stay together; each such option appears once."""
    groups: dict[str, dict[str, Code]] = defaultdict(dict)
    for code in codes:
        option = option_of(code.title)
        key = f"{option.base}|{option.attribute}" if option else code.title
        value = option.value if option else ""
        groups[key if value not in groups[key] else code.code][value] = code
    return [list(members.values()) for members in groups.values() if members]


def _product(members: list[Code], *, product_id: int) -> Document:
    options = [option_of(code.title) for code in members]
    first, option = members[0], options[0]
    is_variable = len(members) > 1 and option is not None
    name = option.base if is_variable and option else first.title
    category = category_of(first.description)
    return {
        "id": product_id,
        "name": _encoded(NAMES_WITH_TAGS.get(name, name)),
        "slug": slug_of(name),
        "type": "variable" if is_variable else "simple",
        "status": "publish",
        "days_ago": round(max(code.first_sale_days_ago for code in members) + 30 * draw(f"listed {first.code}") + 2, 2),
        **(_variable_fields(members, options=[o for o in options if o], product_id=product_id) if is_variable else _simple_fields(first)),
        "short_description": describe(name, category=category, draw=draw(f"text {first.code}")),
        "description": f"<p>{_encoded(name)}. From our {_encoded(category)} department.</p>",
        "categories": [_term(category, position=CATEGORIES.index(category), first_id=FIRST_CATEGORY_ID)],
        "tags": [_term(word, position=RANGES.index(word), first_id=FIRST_TAG_ID) for word in ranges_of(name)],
        "images": [{"src": f"/lab/pictures/{product_id}.svg", "alt": _encoded(name)}],
    }


def _variable_fields(members: list[Code], *, options: list[Option], product_id: int) -> Document:
    """A variable parent has no price and no stock of its own; its variations do (WooCommerce's rule)."""
    attribute = options[0].attribute
    blank = {
        "sku": f"{members[0].code}-V",
        "regular_price": "",
        "sale_price": "",
        "manage_stock": False,
        "stock_quantity": None,
        "meta_data": [],
    }
    variations = [
        {"id": product_id + 1 + index, **_offer(code), "attributes": [{"id": 1, "name": attribute, "option": option.value}]}
        for index, (code, option) in enumerate(zip(members, options, strict=True))
    ]
    shown = {"id": 1, "name": attribute, "position": 0, "visible": True, "variation": True, "options": [option.value for option in options]}
    return blank | {"attributes": [shown], "variations": variations}


def _simple_fields(code: Code) -> Document:
    return _offer(code) | {"attributes": [], "variations": []}


def _offer(code: Code) -> Document:
    """What is sold under one code: sku, prices, stock and cost."""
    price = f"{code.price:.2f}" if code.code != CODE_WITHOUT_PRICE else ""
    return {
        "sku": code.code,
        "regular_price": price,
        "sale_price": _sale_price(code) if price else "",
        "manage_stock": True,
        "stock_quantity": stock_of(code),
        "meta_data": [{"key": "_wc_cog_cost", "value": f"{code.price * _cost_share(code):.2f}"}]
        if draw(f"known cost {code.code}") > 0.04
        else [],
    }


def _cost_share(code: Code) -> float:
    return COST_SHARE[0] + COST_SHARE[1] * draw(f"cost {code.code}")


def _sale_price(code: Code) -> str:
    """One code in twelve is on sale by 15, 20 or 25 %, unless the cut would vanish in rounding."""
    if draw(f"sale {code.code}") > 1 / 12 or code.price < 0.50:
        return ""
    discount = DISCOUNTS[int(draw(f"discount {code.code}") * len(DISCOUNTS))]
    return f"{code.price * (1 - discount):.2f}"


def stock_of(code: Code) -> int:
    """Weeks of cover times the weekly units of late: 3 % are sold out, 8 % nearly, 14 % far too many, the rest last 3 to 12 weeks."""
    chance, spread = draw(f"cover {code.code}"), draw(f"spread {code.code}")
    if chance < 0.03:
        return 0
    if chance < 0.11:
        return max(1, round(code.weekly_units * (0.2 + 0.8 * spread)))
    weeks = 26 + 30 * spread if chance > 0.86 else 3 + 9 * spread
    return max(4, round(code.weekly_units * weeks))


def _term(name: str, *, position: int, first_id: int) -> Document:
    return {"id": first_id + position, "name": _encoded(name), "slug": slug_of(name)}


def _encoded(text: str) -> str:
    """WordPress stores the ampersand as an entity and answers it so."""
    return text.replace("&", "&amp;")


def _unique_slug(slug: str, *, taken: set[str]) -> str:
    number = 2
    unique = slug
    while unique in taken:
        unique, number = f"{slug}-{number}", number + 1
    taken.add(unique)
    return unique


def without_orders(code: Code, *, days_ago: float) -> Code:
    """The same code as a new arrival: listed a few days ago, nothing sold yet."""
    return replace(code, first_sale_days_ago=days_ago, weekly_units=2.0)
