"""Invent the people of the sample shop: names, addresses and e-mail addresses that belong to nobody, the same ones on every run.

E-mail addresses are on example.com (reserved by RFC 2606), telephone numbers are from Ofcom's drama range 07700 900000-900999, and
postcodes end in letters that Royal Mail never uses there, so that nothing can reach a real person.
"""

import random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES: Final = _words("""
    Alice Amelia Annie Beatrice Bethan Carys Charlotte Clara Daisy Edith Eleanor Eliza Emily Esme Fern Fiona Flora Freya Georgia
    Gwen Hannah Harriet Hazel Imogen Iris Isla Ivy Jasmine Kirsty Lara Lily Lottie Mabel Maisie Martha Matilda Megan Mia Molly
    Nell Niamh Olive Olivia Orla Penny Phoebe Poppy Priya Rhian Rosa Rosie Ruby Sadia Sian Sophie Tessa Violet Willow Zara Adam
    Aidan Alfie Angus Archie Ben Callum Conor Dylan Edward Euan Finlay Freddie George Harry Hugo Imran Jack James Jonah Kit Leo
    Lewis Louis Luke Max Nathan Noah Oliver Oscar Owen Ravi Rhys Rory Samuel Theo Thomas Toby Wilf
""")
LAST_NAMES: Final = _words("""
    Abbotsleigh Alderwick Applethorne Ashdown Barleycroft Beckwith Birchall Blackmere Bramwell Brookhurst Calderdale Carrowby
    Chadderley Copperfield Coldwater Cranleigh Dalebrook Dunmore Eastlake Elmsworth Fairholme Fennimore Foxcombe Garlandby
    Glenholm Greenhalgh Halloway Harebell Hartwell Hawksmere Hazelwood Heatherby Holbrook Honeychurch Inglewood Kestrel Kingsley
    Lambourne Larkspur Lindenby Lockhart Longmeadow Maplethorpe Marchbank Meadowcroft Merryweather Millbank Moorcroft Nettleford
    Northcote Oakenshaw Orchardson Overbury Pemberley Pennywell Primley Quillfeather Ravenscroft Redfern Riverdale Rosewarne
    Rowanby Sandringby Saxonby Sedgewick Shawcross Silverdale Snowdonby Sparrowhawk Stonebridge Summerhill Swanwick Thistlewood
    Thornbury Tidewell Underhill Valeby Wetherby Whitcombe Whitebeam Wildgoose Windermere Winterbourne Woodruff Wrenfield Yarrowby
""")
_TOWNS: Final = (
    ("London", "SE"),
    ("Leeds", "LS"),
    ("York", "YO"),
    ("Bristol", "BS"),
    ("Bath", "BA"),
    ("Norwich", "NR"),
    ("Exeter", "EX"),
    ("Brighton", "BN"),
    ("Oxford", "OX"),
    ("Cambridge", "CB"),
    ("Sheffield", "S"),
    ("Manchester", "M"),
    ("Liverpool", "L"),
    ("Newcastle upon Tyne", "NE"),
    ("Edinburgh", "EH"),
    ("Glasgow", "G"),
    ("Cardiff", "CF"),
    ("Belfast", "BT"),
    ("Shrewsbury", "SY"),
    ("Lincoln", "LN"),
    ("Durham", "DH"),
    ("Truro", "TR"),
    ("Inverness", "IV"),
    ("Swansea", "SA"),
)
_STREETS: Final = (
    "Orchard Lane",
    "Mill Road",
    "Church Walk",
    "Station Road",
    "Chapel Street",
    "Meadow Rise",
    "Harbour View",
    "High Street",
    "Beech Avenue",
    "Castle Hill",
    "Quarry Close",
    "Bridge Street",
    "Rosemary Gardens",
    "Weavers Row",
    "The Green",
    "Lavender Way",
)
_NEVER_IN_POSTCODES: Final = "CIKMOV"

Billing = dict[str, str]  # the keys of a WooCommerce billing address


def make_billing(key: str) -> Billing:
    """The billing address of an invented person; `key` (such as "customer 17850") decides everything about them."""
    draw = random.Random(key)  # noqa: S311 - repeatable choices, not secrets
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    town, area = draw.choice(_TOWNS)
    letters = draw.choice(_NEVER_IN_POSTCODES) + draw.choice(_NEVER_IN_POSTCODES)
    return {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": f"{draw.randint(1, 180)} {draw.choice(_STREETS)}",
        "address_2": "",
        "city": town,
        "state": "",
        "postcode": f"{area}{draw.randint(1, 19)} {draw.randint(1, 9)}{letters}",
        "country": "GB",
        "email": f"{first}.{last}.{key.split()[-1]}@example.com".lower(),
        "phone": f"07700 900{draw.randint(0, 999):03d}",
    }
