"""Turn the raw descriptions of Online Retail ("SET/5 RED RETROSPOT LID GLASS BOWLS") into a shop's names, categories and options.

Pure text rules, no data: `title_of` makes the name, `category_of` the department, `option_of` splits a colour or size off a name so that
products that differ only in it become variations of one product.
"""

import re
from typing import NamedTuple

CATEGORIES = (
    "Kitchen & Dining",
    "Home Decor",
    "Lighting & Candles",
    "Bags & Accessories",
    "Stationery & Cards",
    "Craft & Sewing",
    "Christmas",
    "Garden",
    "Toys & Kids",
    "Party",
    "Storage",
    "Jewellery & Keepsakes",
    "Bath & Cosy",
)

_CATEGORY_RULES = (  # first match wins
    ("Christmas", r"CHRISTMAS|REINDEER|ADVENT|SLEIGH|STOCKING|50'S CRACKERS|VINTAGE CRACKERS|PANN?ETONE|SNOW|SANTA|BAUBLE|JINGLE"),
    ("Home Decor", r"\bSIGN\b|DOORMAT|BUILDING BLOCK"),
    ("Jewellery & Keepsakes", r"BRACELET|NECKLACE|EARRING|BROOCH|JEWELLERY|TRINKET|KEEPSAKE"),
    (
        "Bath & Cosy",
        r"HOT WATER|HOTTIE|HAND WARMER|BATH (SPONGE|SALTS)|BATHROOM BOTTLE|VINTAGE BATHROOM|SOAP|LIP GLOSS|FIRST AID|PLASTERS"
        r"|WASH BOWL|TISSUES|FLANNEL|WASHBAG|COTTON WOOL",
    ),
    ("Garden", r"GARDEN|WATERING CAN|HERB MARKER|GROW |BIRD ?HOUSE|BIRDCAGE|PLANT|TRELLIS|HAMMOCK|WINDMILL|THERMOMETER|CLOCHE|KNEELING"),
    ("Lighting & Candles", r"T-LIGHT|TEALIGHT|CANDLE|LANTERN|LAMP|NIGHT LIGHT|\bLED\b|LIGHTS\b"),
    (
        "Bags & Accessories",
        r"(?<!TEA )(?<!PARTY )(?<!COTTON )(?<!FELTCRAFT SHOULDER )\bBAGS?\b(?! \d)|SHOPPER|UMBRELLA|EDWARDIAN PARASOL|PURSE(?! NOTE)|WALLET"
        r"|PASSPORT|LUGGAGE|KEY FOB|KEYRING|PONCHO|RAIN HAT|\bFAN\b|BACKPACK|MINI CASES",
    ),
    (
        "Stationery & Cards",
        r"\bCARDS?\b(?! (HOLDER|GAME))|NOTE ?BOOK|PENCIL|\bPENS?\b|\bWRAP\b|GIFT TAG|STATIONERY|WRITING SET|MEMO|MAGNET"
        r"|CALENDAR|RULER|ERASER|EXERCISE BOOK|NOTE BOOK|ADDRESS BOOK|TAPE\b|CALCULATOR|ENVELOPE",
    ),
    (
        "Party",
        r"BUNTING|BALLOON|PARTY|PAPER CHAIN|DOILIES|NAPKIN|PAPER (PLATE|CUP)|COCKTAIL|STRAWS|GARLAND|CAKE CASES|BAKING CASES|CHOPSTICKS",
    ),
    ("Craft & Sewing", r"RIBBON|SEWING|KNITTING|FELTCRAFT|STENCIL|STAMP SET|CRAFT|CHALK STICKS|PAINT SET"),
    (
        "Toys & Kids",
        r"CHILD|\bTOY|DOLL\b|DOMINO|JIGSAW|GAME|SKITTLE|SPINNING|HARMONICA|GLIDER|PLAYHOUSE|SNAP|SKIPPING|ROUNDERS|CROQUET|LUDO|BINGO"
        r"|MARBLES|DRAWING SLATE|COLOURING|CRAYON|MODELLING|BUCKET|SPADE|SANDCASTLE|KIDS|BABUSHKA NEST|SNAKES|HEADS AND TAILS"
        r"|ALPHABET BLOCKS|MONEY B|PIGGY|BIB|TEDDY|TATTOO|BADGE|LUNCH BOX|SOLDIER|FIGURES",
    ),
    (
        "Storage",
        r"STORAGE|KNICK|BASKET|CABINET|DRAWER(?! ?KNOB)|CHEST|TREASURE (TIN|BOOK)|BOOK BOX|WALL TIDY|CRATE|SNACK BOXES"
        r"|BUTTON BOX|FOOD CONTAINER|MAGAZINE RACK|CONTAINER SET",
    ),
    (
        "Kitchen & Dining",
        r"MUG|CUP\b|CUPS\b|PLATE|BOWL|CAKE|TEA |TEAPOT|KITCHEN SCALES|OVEN|APRON|JUG|JAR|RECIPE|JAM|BAKING|COOKIE|CUTTER|CUTLERY|BREAD"
        r"|SPOON|MOULD|TOWEL|COFFEE|SUGAR|BEAKER|TIN\b|TINS\b|PANTRY|LOLLY|PLACE(MAT| SETTING)|COASTER|BUTTER\b|FRYING|COLANDER"
        r"|BOTTLE OPENER|TONGS|SALT|WASHING UP|POPCORN|BEURRE|PEGS|PICNIC BOX|MILK BOTTLES|DISH|STRAINER|LADLE|APOTHECARY",
    ),
)

_TYPOS = (
    (r"\bS(?:ET)?/(\d+)\b", r"SET OF \1"),
    (r"\bSET (\d+)\b(?! PIECE)", r"SET OF \1"),
    (r"\bSET(\d+)\b", r"SET OF \1"),
    (r"\bOF(\d)\b", r"OF \1"),
    (r"\bASSTD\b", "ASSORTED"),
    (r"\bHLDR\b", "HOLDER"),
    (r"\bANT\b", "ANTIQUE"),
    (r"\bSTRAWBERY\b", "STRAWBERRY"),
    (r"\bPANN?ETONE\b", "PANETTONE"),
    (r"\bDEC\b", "DECORATION"),
    (r"\bDRAWERKNOB\b", "DRAWER KNOB"),
    (r"CHOCOLATECANDLE", "CHOCOLATE CANDLE"),
    (r"\bSTOPMETAL\b", "STOP METAL"),
    (r"\bRED SPOTTY\b", "RED RETROSPOT"),
    (r"\bRETRO SPOT\b", "RETROSPOT"),
    (r"\bCHILDRENS\b", "CHILDREN'S"),
    (r"\bCHILDS\b", "CHILD'S"),
    (r"\bDOILEY\b", "DOILY"),
    (r"\bSCOTTY\b", "SCOTTIE"),
    (r"\bTRADITIONAL BISCUIT CUTTERS\s+SET\b", "TRADITIONAL BISCUIT CUTTERS SET"),
    (r"\bNo$", "0"),
    (r"\bMEMOBOARD\b", "MEMO BOARD"),
    (r"\s*\+\s*", " & "),
    (r"\s*,\s*", ", "),
    (r"\.(?=\s|$)", ""),
    (r",\s*$", ""),
    (r"(\d)\"", r"\1 INCH"),
    (r"\bDESIGN$", ""),
    (r"\s+", " "),
)
_SMALL_WORDS = {"of", "and", "the", "with", "in", "to", "a", "for", "on", "or", "is"}
_KEPT_UPPER = {"LED", "PC", "WC", "DIY", "II", "ABC", "A7", "A5"}

COLOURS = (
    "Red",
    "Pink",
    "Blue",
    "Green",
    "Ivory",
    "Cream",
    "White",
    "Black",
    "Orange",
    "Chocolate",
    "Yellow",
    "Purple",
    "Turquoise",
    "Mint",
    "Grey",
    "Natural",
    "Brown",
    "Silver",
)
SIZES = ("Small", "Medium", "Large", "Giant")


class Option(NamedTuple):
    """A name split in two: what the products of a group share, and what sets this one apart."""

    base: str
    attribute: str
    value: str


def title_of(description: str) -> str:
    """The raw upper-case description as a shop would write it: "Set of 5 Red Retrospot Lid Glass Bowls"."""
    text = " ".join(description.upper().split())
    for pattern, replacement in _TYPOS:
        text = re.sub(pattern, replacement, text)
    words = text.strip().split(" ")
    return " ".join(_cased(word, first=index == 0) for index, word in enumerate(words))


def _cased(word: str, *, first: bool) -> str:
    if word.strip(",") in _KEPT_UPPER:
        return word
    if word.lower() in _SMALL_WORDS and not first:
        return word.lower()
    return re.sub(r"(?<![A-Za-z'’])[a-z]", lambda match: match.group().upper(), word.lower())


def category_of(description: str) -> str:
    """The department a raw description belongs to; Home Decor when nothing more special fits."""
    text = " ".join(description.upper().split())
    return next((name for name, pattern in _CATEGORY_RULES if re.search(pattern, text)), "Home Decor")


def option_of(title: str) -> Option | None:
    """The one colour or size word in a title, split off; None when there is none or more than one (then the name is not a variation)."""
    for attribute, values in (("Size", SIZES), ("Colour", COLOURS)):
        found = [word for word in title.split(" ") if word in values]
        if len(found) == 1 and len(title.split(" ")) > 2:
            base = " ".join(word for word in title.split(" ") if word != found[0])
            return Option(base, attribute, found[0])
    return None


def slug_of(name: str) -> str:
    """WordPress's slug of a name: lower case, hyphens, letters and digits only."""
    plain = re.sub(r"['’.&]", "", name.lower().replace("&amp;", ""))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
