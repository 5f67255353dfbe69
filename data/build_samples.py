"""Build data/samples: a gift shop's products, customers and eleven months of orders, cut from the UCI Online Retail transactions.

    python data/build_samples.py FOLDER        (takes about ten seconds; the same files on every run)

FOLDER holds transactions.parquet (InvoiceNo, InvoiceDate, CustomerID, StockCode, Quantity, UnitPrice, Country, is_dup) and products.csv
(StockCode, Description): "Online Retail" from https://archive.ics.uci.edu/dataset/352/online+retail, 2010-12-01 to 2011-10-31, without
cancellations, adjustments, postage and free lines. Source: UCI Machine Learning Repository; Chen, Sain, Guo (2012), Journal of Database
Marketing and Customer Strategy Management 19(3); CC BY 4.0. What is kept as recorded and what is invented: data/samples/README.md.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any, Final

import pandas as pd
from shop_catalogue import Code, Document, Place, draw, make_products, without_orders
from shop_names import category_of
from shop_orders import Books, write_books

SAMPLES: Final = Path(__file__).resolve().parent / "samples"
END: Final = pd.Timestamp("2011-11-01")
MOST_SOLD: Final = 560
MORE_OF: Final = {"Christmas": 12, "Jewellery & Keepsakes": 14, "Garden": 8, "Lighting & Candles": 6}
NEW_ARRIVALS: Final = 9
LEFT_OUT: Final = r"CASH\+CARRY|FILLER PAD|TOILET ROLL|AREA PATROLLED|DISCONTINUED|DAMAGE"
UNCLEAR: Final = r"""[\d/"'.,+]|GEMSTONE|NECKLACE|BRACELET|EARRING|BLING|ASS|PIECE|B'FLY"""
LARGEST_QUANTITY: Final = 24  # larger lines are wholesale
LARGEST_ORDER: Final = 20  # lines; larger orders are wholesale (or, without a customer, a day's till roll)
CUSTOMER_SHARE: Final = 0.62
RECENT_WEEKS: Final = 8


def main() -> None:
    """Read the source folder named on the command line, write the three files."""
    parser = argparse.ArgumentParser(description="Build data/samples from the UCI Online Retail transactions.")
    parser.add_argument("folder", type=Path, help="folder with transactions.parquet and products.csv")
    lines, names = read_source(parser.parse_args().folder)
    codes, arrivals, deleted = choose_codes(lines, names)
    orders = choose_orders(lines, codes=[*codes, deleted])
    products, places = make_products(
        describe_codes(codes, names=names, lines=lines, orders=orders), new_arrivals=describe_arrivals(arrivals, names, lines)
    )
    places[deleted] = Place(0, 0, names[deleted].title())
    write_samples(products, books=write_books(orders, places=places, end=END))


def read_source(folder: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """UK lines of retail size without exact repeats, and the description of every code."""
    lines = pd.read_parquet(folder / "transactions.parquet")
    kept = ~lines["is_dup"] & (lines["Quantity"] <= LARGEST_QUANTITY) & (lines["Country"] == "United Kingdom")
    products = pd.read_csv(folder / "products.csv", dtype=str).dropna()
    return lines[kept], dict(zip(products["StockCode"], products["Description"], strict=True))


def choose_codes(lines: pd.DataFrame, names: dict[str, str]) -> tuple[list[str], list[str], str]:
    """The codes in most orders, a few more of thin departments, codes that hardly sold (as new arrivals), and one to be deleted later."""
    counts = lines.groupby("StockCode")["InvoiceNo"].nunique().sort_values(ascending=False, kind="stable")
    known = pd.Series(names).reindex(counts.index).dropna()
    ranked = list(known[~known.str.contains(LEFT_OUT, regex=True)].index)
    chosen = ranked[:MOST_SOLD]
    for category, how_many in MORE_OF.items():
        chosen += [code for code in ranked[MOST_SOLD:] if category_of(names[code]) == category and counts[code] >= 12][:how_many]
    seldom = [
        code for code in ranked if counts[code] in (4, 5, 6) and len(names[code].split()) >= 3 and not re.search(UNCLEAR, names[code])
    ]
    arrivals = sorted(seldom, key=lambda code: draw(f"arrival {code}"))[:NEW_ARRIVALS]
    return chosen, arrivals, ranked[MOST_SOLD + 40]


def choose_orders(lines: pd.DataFrame, *, codes: list[str]) -> pd.DataFrame:
    """Whole customers (so that their histories stay), their orders restricted to the chosen codes, none larger than a retail order."""
    lines = lines[lines["StockCode"].isin(codes)]
    lines = lines.groupby(["InvoiceNo", "StockCode"], as_index=False).agg(
        at=("InvoiceDate", "min"), customer=("CustomerID", "first"), quantity=("Quantity", "sum"), price=("UnitPrice", "mean")
    )
    sizes = lines.groupby("InvoiceNo")["StockCode"].transform("size")
    lines = lines[(sizes <= LARGEST_ORDER) & (lines["quantity"] <= LARGEST_QUANTITY)]
    who = lines["customer"].astype("string").fillna("till " + lines["InvoiceNo"].astype(str))
    is_kept = {key: key.startswith("till") or draw(f"customer {key}") < CUSTOMER_SHARE for key in who.unique()}
    return lines[who.map(is_kept)].sort_values(["at", "InvoiceNo", "StockCode"], kind="stable")


def describe_codes(codes: list[str], *, names: dict[str, str], lines: pd.DataFrame, orders: pd.DataFrame) -> list[Code]:
    """Name, median unit price, first sale and recent weekly units of every chosen code."""
    prices = lines.groupby("StockCode")["UnitPrice"].median()
    first_sales = lines.groupby("StockCode")["InvoiceDate"].min()
    recent = orders[orders["at"] >= END - pd.Timedelta(weeks=RECENT_WEEKS)].groupby("StockCode")["quantity"].sum() / RECENT_WEEKS
    return [
        Code(
            code,
            names[code],
            round(float(prices[code]), 2),
            (END - first_sales[code]).total_seconds() / 86400,
            float(recent.get(code, 0.0)),
        )
        for code in codes
    ]


def describe_arrivals(codes: list[str], names: dict[str, str], lines: pd.DataFrame) -> list[Code]:
    """The new arrivals; their few old sales are left out."""
    found = describe_codes(codes, names=names, lines=lines, orders=lines.rename(columns={"InvoiceDate": "at", "Quantity": "quantity"}))
    return [without_orders(code, days_ago=1 + 20 * draw(f"arrived {code.code}")) for code in found]


def write_samples(products: list[Document], *, books: Books) -> None:
    """The three files: compact JSON, one document a line."""
    for name, documents in {"products": products, "customers": books.customers, "orders": books.orders}.items():
        path = SAMPLES / f"{name}.json"
        path.write_text(_json_lines(documents), encoding="utf-8")
        print(f"{path.name}: {len(documents)} documents, {path.stat().st_size / 1e6:.2f} MB")  # noqa: T201 - a command line tool


def _json_lines(documents: list[dict[str, Any]]) -> str:
    rows = ",\n".join(json.dumps(document, ensure_ascii=False, separators=(",", ":")) for document in documents)
    return f"[\n{rows}\n]\n"


if __name__ == "__main__":
    main()
