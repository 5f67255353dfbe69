"""Draws the shop's product pictures: an SVG for every product, made from its name, the same one every time.

The name decides what is drawn (MOTIFS: the first word that fits), in which colours and with which pattern; the product's number decides light, table and
tilt. The drawings are Jinja macros in templates/pictures, one file a department; each is given a Palette.
"""

import colorsys
import html
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import jinja2

MOTIFS: Final = (  # (words in the name, drawing)
    (r"hot water|hottie", "keep.bottle_hot"), (r"hand warmer", "keep.hand_warmer"), (r"plasters|first aid", "keep.flat_tin"), (r"tissues", "keep.tissues"),
    (r"lip gloss|truffle|doughnut", "keep.gloss"), (r"stocking", "festive.stocking"), (r"cracker", "festive.cracker"), (r"\btree\b", "festive.tree"),
    (r"angel|fairy$|white fairy|christmas fairy|little friends", "festive.angel"), (r"bauble|glass ball|disco", "festive.bauble"),
    (r"wreath|bells|star christmas|sleigh", "festive.wreath"), (r"bunting|garland", "festive.bunting"), (r"balloon", "festive.balloons"),
    (r"paper chain", "festive.chain"), (r"napkin", "festive.napkins"), (r"doilies|doiley", "festive.doily"),
    (r"doormat|\bmat\b|hammock", "home.doormat"), (r"\bsign\b", "home.sign"), (r"block word|letters", "home.blocks"),
    (r"fairy lights|dolly lights|owl lights|chilli lights|lights", "light.fairy_lights"), (r"night light|toadstool", "light.toadstool"), (r"lantern|lamp", "light.lantern"),
    (r"hanging.*t-light|t-light.*hanging|candleholder.*hanging", "light.hanging_light"), (r"t-light|tealight|candle ?holder", "light.holder"),
    (r"candle", "light.candle"), (r"necklace|earring", "keep.necklace"), (r"bracelet|brooch|ring\b", "keep.bracelet"),
    (r"trinket|keepsake", "keep.trinket"), (r"lunch box", "play.lunch_box"), (r"lunch bag", "bags.lunch_bag"), (r"parasol|umbrella", "bags.umbrella"),
    (r"wallet|purse|passport", "bags.wallet"), (r"mini cases|luggage", "bags.case"), (r"fob", "bags.fob"), (r"\bfan\b", "bags.fan"),
    (r"shoulder bag|airline bag|washbag", "bags.shoulder_bag"), (r"party bag|marbles|paper bag", "keep.box"), (r"\bbag\b|shopper|poncho", "bags.tote"),
    (r"pencil|crayon|colouring|chalk sticks", "paper.pencils"), (r"\bpen\b", "paper.pen"), (r"ruler|measur(e|ing) tape", "paper.ruler"), (r"ribbon|tape", "paper.ribbon"),
    (r"\bwrap\b", "paper.wrap"), (r"gift tag|luggage tag", "paper.tags"), (r"magnet|eraser|badge", "paper.magnet"),
    (r"notebook|note book|exercise book|address book|notepad|stationery|calendar|writing set|shopping list|album", "paper.notebook"),
    (r"card game|snap|playing|ludo|bingo|snakes|heads and tails|domino|jigsaw|game", "play.board"), (r"card holder", "home.wicker_heart"), (r"\bcards?\b", "paper.card"),
    (r"memo|chalkboard|black board|drawing slate", "home.chalkboard"), (r"sewing|knitting|needle", "keep.sewing"), (r"cushion", "home.cushion"),
    (r"doll\b|babushka|girl .*kit|princess", "play.doll"), (r"felt|craft|stencil|stamp|paint", "keep.felt"), (r"playhouse", "play.house"),
    (r"harmonica", "play.harmonica"), (r"glider", "play.plane"), (r"bucket|spade|sandcastle", "play.bucket"), (r"money b|piggy", "play.bank"),
    (r"spinning|skipping|catch", "play.tops"), (r"soldier|skittle|rounders|croquet", "play.soldiers"), (r"toy|alphabet blocks|modelling", "play.toybox"),
    (r"teddy|bear|rabbit|bib|bunny|owl doorstop|doorstop", "play.teddy"), (r"watering can", "garden.watering_can"), (r"kneeling", "garden.pad"),
    (r"thermometer", "garden.thermometer"), (r"windmill", "garden.windmill"), (r"bird ?house|birdcage", "garden.birdhouse"), (r"trellis|ladder", "garden.trellis"),
    (r"herb marker|grow|plant|herb garden|garden pot|flower ?pot", "garden.pot"), (r"apron", "kitchen.apron"), (r"cutlery|spoon|secateurs|tongs|pegs|brush|rolling", "kitchen.cutlery"),
    (r"cookie cutter|biscuit cutter|gingerbread|mould", "kitchen.cookie"), (r"cake ?stand", "kitchen.cakestand"), (r"cases|baking set|cake chop", "kitchen.cupcake"),
    (r"teapot|tea set|tea for one", "kitchen.teapot"), (r"teacup|tea cup", "kitchen.teacup"), (r"mug|\bcups?\b|beaker", "kitchen.mug"),
    (r"jug|popcorn|bottles in crate", "kitchen.jug"), (r"plate|placemat|coaster|dish|place setting", "kitchen.plate"), (r"jar|jam|sugar dispenser", "kitchen.jar"),
    (r"bowl|colander|frying|sponge", "kitchen.bowl"), (r"towel|oven|glove", "kitchen.towel"), (r"scales", "kitchen.scales"), (r"bread bin", "kitchen.bread"),
    (r"bath salts|bottle|apothecary", "keep.bottle"), (r"soap|flannel", "keep.soap"), (r"tins?\b|caddy|container|canister", "kitchen.tin"), (r"clock", "home.clock"), (r"frame|photo|picture", "home.frame"),
    (r"mirror", "home.mirror"), (r"wicker heart|heart of wicker|wicker", "home.wicker_heart"), (r"basket|crate", "keep.basket"),
    (r"cabinet|chest|drawers?(?! ?knob)|cubes|shel", "keep.cabinet"), (r"knob", "home.knob"), (r"hook|hanger|rack", "home.hooks"), (r"bird|dove|chick|owl", "home.bird"),
    (r"heart|decoration|star|bell", "home.hanging_heart"), (r"box|set of|parcel|case", "keep.box"),
)  # fmt: skip
FALLBACKS: Final = ("keep.box", "keep.trinket", "home.hanging_heart", "garden.pot")
HANGING: Final = {"home.sign", "home.hanging_heart", "home.wicker_heart", "home.hooks", "home.knob", "home.chalkboard", "home.frame", "home.bird", "home.mirror",
                  "light.hanging_light", "light.fairy_lights", "festive.bauble", "festive.stocking", "festive.bunting", "festive.balloons", "festive.chain",
                  "festive.wreath", "kitchen.towel", "kitchen.apron", "kitchen.cookie", "bags.fob", "bags.fan", "garden.thermometer", "garden.birdhouse",
                  "garden.windmill", "paper.tags", "paper.magnet", "keep.felt", "play.plane"}  # fmt: skip
REPEATED: Final = {"kitchen.mug", "kitchen.tin", "kitchen.bowl", "kitchen.jar", "kitchen.cupcake", "keep.box", "light.candle", "light.holder", "kitchen.plate"}

COLOURS: Final = {
    "red": "#c53a3f", "pink": "#e39aa8", "blue": "#5b86b4", "green": "#7fa07a", "ivory": "#efe5cf", "cream": "#f0e2c0", "white": "#f4efe6", "black": "#4b4748",
    "orange": "#df8a4a", "chocolate": "#6f4632", "yellow": "#e7c25a", "purple": "#8a6ba3", "turquoise": "#5fb0ac", "mint": "#a9cfb6", "grey": "#a7a5a0",
    "natural": "#cfae80", "brown": "#94694a", "silver": "#b9bdc0", "gold": "#d3a849", "zinc": "#a3aaac", "lilac": "#b7a1c9",
    "retrospot": "#c53a3f", "polkadot": "#7ba3c4", "regency": "#8fb09a", "pantry": "#e9dcc0", "spaceboy": "#5579a8", "dolly": "#e8a2b0", "circus": "#d9584a",
    "woodland": "#8a9d6c", "suki": "#cf5f6f", "skull": "#5a5657", "paisley": "#b5657a", "vintage": "#b98f7d", "union": "#3f5f92", "london": "#c04a47",
    "strawberry": "#cf4a55", "rose": "#d98a96", "apple": "#8fae5c", "pear": "#b9bf63", "baroque": "#55525a", "scandinavian": "#c34b4b",
    "owl": "#a9805c", "leaf": "#83a06e", "doily": "#d9c9ba", "gingham": "#cc6b70", "christmas": "#b5333a", "50's": "#bd4247", "wooden": "#c79a66", "wood": "#c79a66",
    "wicker": "#c9a066", "slate": "#5b6468", "glass": "#a8cfcb", "enamel": "#efe6d2", "sweetheart": "#e7b1b6", "heart": "#d1626b", "lovebird": "#efe9df",
    "metal": "#7f98a5", "fairy": "#eab6c2", "tea": "#9fb9a6", "keep calm": "#b8444a", "home": "#9db0bd", "toadstool": "#c53a3f", "babushka": "#c8505b",
}  # fmt: skip
PATTERNS: Final = (
    (r"retrospot|polkadot|spot|dolly mix", "dots"), (r"strip", "stripes"), (r"gingham|check", "checks"), (r"sweetheart|heart|love", "hearts"),
    (r"rose|floral|flower|regency|daisy|blossom|dolly girl|suki|poppi|garden", "flowers"), (r"star|spaceboy|space|circus|christmas|50's", "stars"),
    (r"woodland|leaf|bird|owl|feather|tree", "leaves"), (r"strawberry|apple|pear|cherry|fruit", "fruit"), (r"skull|baroque|diamant", "diamonds"),
    (r"doily|lace|doilies|knit", "lace"), (r"union|london|flag", "flag"), (r"paisley|swirl|vintage|folk|magic", "swirls"),
)  # fmt: skip
WALLS: Final = ("#f3e7d8", "#e8eadd", "#efe0dc", "#e3e9ea", "#f1e6c9", "#e9e1ea", "#e6ddcf", "#dfe6dc")
TABLES: Final = ("#d9b98f", "#c9a27a", "#e7dccb", "#b98b62", "#d8d2c6", "#efe7da")
ACCENTS: Final = ("#fbf3e2", "#c53a3f", "#e0b04c", "#5b86b4", "#7fa07a", "#e39aa8", "#3f5f6b")
PLACES: Final = {2: ((128, 400, 0.62), (272, 408, 0.62)), 3: ((112, 372, 0.5), (288, 372, 0.5), (200, 420, 0.62))}
NOT_WRITTEN: Final = {"metal", "sign", "doormat", "building", "block", "word", "mug", "key", "fob", "gardeners", "kneeling", "pad", "herb", "marker", "the", "of"}


@dataclass(frozen=True, slots=True)
class Palette:
    """What a drawing may use: colours as #rrggbb, the pattern's name (or ""), words and letters to write, and a number for small differences."""

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
    return _templates().get_template("pictures/base.svg").render(
        c=palette, motif=macro(palette), title=plain, scene=scene, copies=copies, places=PLACES.get(copies, ()), pivot=90 if scene == "hanging" else 400
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
    if _lightness(main) > 0.8 and accent == ACCENTS[0]:
        accent = draw.choice(ACCENTS[1:])
    wall, table = draw.choice(WALLS), draw.choice(TABLES)
    words = [word.upper() for word in re.findall(r"[A-Za-z']+", name) if word.lower() not in NOT_WRITTEN]
    return Palette(
        main=main, dark=mix(main, "#2a1a12", 0.38), light=mix(main, "#fffaf0", 0.66), accent=accent, third=draw.choice(ACCENTS[2:]), leaf="#6d8f5e",
        hair=draw.choice(("#7a4a2a", "#4a3326", "#c98e4b", "#a5522f")), wall=mix(wall, "#ffffff", 0.35), wall_shade=wall, table=table,
        table_shade=mix(table, "#5a3c22", 0.16), is_light=_lightness(main) > 0.8, pattern=_pattern_of(name.lower(), draw), pattern_size=draw.choice((34, 40, 48)),
        pattern_turn=draw.choice((0, 8, -12, 20)), words=tuple(words[:3]), letters=(words[0] if words else "JOY")[:5], seed=draw.randrange(1000),
        tilt=round(draw.uniform(-2.5, 2.5), 1), scale=round(draw.uniform(0.93, 1.04), 2), horizon=draw.randint(352, 378),
    )  # fmt: skip


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
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=jinja2.select_autoescape(["html", "svg"]), trim_blocks=True)
