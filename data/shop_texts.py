"""What the sample shop says about its products: two sentences by department, and the ranges (Retrospot, Regency ...) that become tags."""

import re
from typing import Final

RANGES: Final = (
    "Retrospot",
    "Polkadot",
    "Regency",
    "Spaceboy",
    "Dolly Girl",
    "Circus Parade",
    "Woodland",
    "Suki",
    "Skull",
    "Paisley",
    "Pantry",
    "Vintage",
    "Union Jack",
    "London",
    "Babushka",
    "English Rose",
    "Strawberry",
    "Heart",
    "Home Sweet Home",
    "Baroque",
    "Scandinavian",
    "Keep Calm",
    "Feltcraft",
    "Fairy Cake",
    "Lovebird",
    "Apple",
    "Gingham",
    "Edwardian",
    "Victorian",
    "Zinc",
    "Enamel",
)

_OPENINGS: Final = {
    "Kitchen & Dining": (
        "Made for slow breakfasts and long teas.",
        "A cheerful helper for the kitchen table.",
        "For bakers, brewers and hungry visitors.",
    ),
    "Home Decor": (
        "A small thing that makes a room feel finished.",
        "For the shelf, the hall or that empty bit of wall.",
        "Simple, sturdy and full of character.",
    ),
    "Lighting & Candles": ("A warm glow for long evenings.", "Light it, put the kettle on, stay in.", "Makes any corner the cosy one."),
    "Bags & Accessories": (
        "Roomy, light and hard to lose in a crowd.",
        "Goes everywhere, folds away to nothing.",
        "For markets, picnics and trains just caught.",
    ),
    "Stationery & Cards": (
        "For letters, lists and things worth writing down.",
        "A good reason to send something by post.",
        "Makes a desk a happier place.",
    ),
    "Craft & Sewing": (
        "Everything for a rainy afternoon of making.",
        "For patient hands and beginners alike.",
        "A little project with a lovely result.",
    ),
    "Christmas": (
        "Comes out of the box every December and makes it feel like it.",
        "For the tree, the table and the mantelpiece.",
        "A little early, never too late.",
    ),
    "Garden": (
        "For pottering about between two showers.",
        "Made to live outdoors and look better for it.",
        "For windowsills, allotments and everything between.",
    ),
    "Toys & Kids": (
        "For small people with large plans.",
        "No batteries, no screen, no instructions needed.",
        "Made to be played with, dropped and loved.",
    ),
    "Party": (
        "Hang it up, lay it out, cut the cake.",
        "Turns a Tuesday into an occasion.",
        "For birthdays, garden teas and no reason at all.",
    ),
    "Storage": (
        "Finally, a place for all of it.",
        "Tidies a shelf and looks well doing it.",
        "For buttons, biscuits, bills and other treasures.",
    ),
    "Jewellery & Keepsakes": (
        "A small present that feels like a big one.",
        "For the dressing table or the pocket of a best coat.",
        "Light, pretty and easy to give.",
    ),
    "Bath & Cosy": (
        "For cold feet, grazed knees and Sunday evenings.",
        "A comfort to keep within reach.",
        "Soft, warm and better than a lie-in.",
    ),
}
_CLOSINGS: Final = (
    "Packed by hand in our workshop and sent within two days.",
    "Wrapped in tissue, ready to give.",
    "Arrives in a plain recycled box.",
    "Goes well with others of its range.",
    "A favourite of ours for years.",
)


def describe(name: str, *, category: str, draw: float) -> str:
    """A short description of two sentences; `draw` (0 to 1) picks them."""
    openings = _OPENINGS[category]
    opening = openings[int(draw * 997) % len(openings)]
    closing = _CLOSINGS[int(draw * 7919) % len(_CLOSINGS)]
    size = re.search(r"\b(?:Set|Pack|Box|Bundle) of (\d+)\b", name)
    contents = f" {size.group(0)}." if size else ""
    return f"<p>{opening}{contents} {closing}</p>"


def ranges_of(name: str) -> list[str]:
    """The ranges a name mentions, in the order of RANGES."""
    return [word for word in RANGES if word.lower() in name.lower()]
