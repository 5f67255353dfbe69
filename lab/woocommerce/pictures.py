"""Draws the shop's product pictures: an SVG for every product, made from its name, the same one every time.

The name decides what is drawn, its colours and its pattern (picture_words.py); the product's number decides light, table and tilt.
The drawings are Jinja macros in templates/pictures, one file a department; each is given a Palette.
"""

import colorsys
import html
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2

from lab.woocommerce.picture_words import (
    ACCENTS,
    COLOURS,
    FALLBACKS,
    HANGING,
    MOTIFS,
    NOT_WRITTEN,
    PATTERNS,
    PLACES,
    REPEATED,
    TABLES,
    WALLS,
)


@dataclass(frozen=True, slots=True)
class Palette:
    """What a drawing may use: colours as #rrggbb, the pattern's name (or ""), words and letters to write, a number for differences."""

    main: str
    dark: str
    light: str
    accent: str
    third: str
    leaf: str
    hair: str
    wall: str
    wall_shade: str
    table: str
    table_shade: str
    is_light: bool
    pattern: str
    pattern_size: int
    pattern_turn: int
    words: tuple[str, ...]
    letters: str
    seed: int
    tilt: float
    scale: float
    horizon: int


@lru_cache(maxsize=2000)
def draw_picture(number: int, name: str) -> str:
    """The SVG (400 x 500) of a product called `name` (HTML text as WordPress stores it); `number` decides what the name leaves open."""
    plain = html.unescape(re.sub(r"<[^>]*>", "", name))
    motif = motif_of(number, plain)
    palette = make_palette(number, plain)
    folder, drawing = motif.split(".")
    macro = getattr(_templates().get_template(f"pictures/{folder}.svg").module, drawing)
    copies = _copies(plain) if motif in REPEATED else 1
    scene = "hanging" if motif in HANGING else "standing"
    return (
        _templates()
        .get_template("pictures/base.svg")
        .render(
            c=palette,
            motif=macro(palette),
            title=plain,
            scene=scene,
            copies=copies,
            places=PLACES.get(copies, ()),
            pivot=90 if scene == "hanging" else 400,
        )
    )


def motif_of(number: int, name: str) -> str:
    """The drawing for a name, as "file.macro"."""
    found = next((motif for words, motif in MOTIFS if re.search(words, name.lower())), None)
    return found or FALLBACKS[number % len(FALLBACKS)]


def make_palette(number: int, name: str) -> Palette:
    """Colours from the colour and range words of a name, the rest drawn by lot."""
    draw = random.Random(f"{number} {name}")
    found = _colours_in(name.lower())
    main = found[0] if found else draw.choice(list(COLOURS.values()))
    accent = found[1] if len(found) > 1 else draw.choice([colour for colour in ACCENTS if colour != main])
    if "spot" in name.lower() and _lightness(main) < 0.7:
        accent = ACCENTS[0]
    if _lightness(main) > 0.8 and accent == ACCENTS[0]:
        accent = draw.choice(ACCENTS[1:])
    wall, table = draw.choice(WALLS), draw.choice(TABLES)
    words = [word.upper() for word in re.findall(r"[A-Za-z']+", name) if word.lower() not in NOT_WRITTEN]
    return Palette(
        main=main,
        dark=mix(main, "#2a1a12", 0.38),
        light=mix(main, "#fffaf0", 0.66),
        accent=accent,
        third=draw.choice(ACCENTS[2:]),
        leaf="#6d8f5e",
        hair=draw.choice(("#7a4a2a", "#4a3326", "#c98e4b", "#a5522f")),
        wall=mix(wall, "#ffffff", 0.35),
        wall_shade=wall,
        table=table,
        table_shade=mix(table, "#5a3c22", 0.16),
        is_light=_lightness(main) > 0.8,
        pattern=_pattern_of(name.lower(), draw),
        pattern_size=draw.choice((34, 40, 48)),
        pattern_turn=draw.choice((0, 8, -12, 20)),
        words=tuple(words[:3]),
        letters=(words[0] if words else "JOY")[:5],
        seed=draw.randrange(1000),
        tilt=round(draw.uniform(-2.5, 2.5), 1),
        scale=round(draw.uniform(0.93, 1.04), 2),
        horizon=draw.randint(352, 378),
    )


def mix(colour: str, other: str, share: float) -> str:
    """`share` of `other` in `colour`, both #rrggbb."""
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _colours_in(name: str) -> list[str]:
    """Colours of the words that stand for one, real colour words first."""
    words = sorted((index, name.find(word)) for index, word in enumerate(COLOURS) if re.search(rf"\b{re.escape(word)}", name))
    ordered = sorted(words, key=lambda found: (found[0] > 20, found[1]))
    return list(dict.fromkeys(list(COLOURS.values())[index] for index, _ in ordered))


def _pattern_of(name: str, draw: random.Random) -> str:
    found = next((pattern for words, pattern in PATTERNS if re.search(words, name)), None)
    return found or draw.choice(("", "", "stripes", "dots", "checks", "swirls"))


def _lightness(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)[1]


def _copies(name: str) -> int:
    """How many to draw: two or three for a set, one otherwise."""
    number = re.search(r"\bset of (\d+)", name.lower())
    return min(max(int(number.group(1)), 1), 3) if number else 1


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    folder = Path(__file__).parent / "templates"
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=jinja2.select_autoescape(["html", "svg"]), trim_blocks=True
    )
