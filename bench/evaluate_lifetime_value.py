"""How well lifetime value predicts real shops: `python -m bench.evaluate_lifetime_value CDNOW RETAIL` (folders), beside own rate and mean.

CDNOW has sample.csv.gz and full.csv.gz with columns id, d (date), q, v (value): purchases of 1997 and 1998 (Fader, Hardie, published for
research). RETAIL has transactions.parquet of UCI "Online Retail" (Chen, Sain, Guo 2012, CC BY 4.0). Purchases of one day count as one.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from luxebrain.engines import lifetime_value

Floats = NDArray[np.float64]
WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Split:
    """What was known at a date, each (n,), in weeks; and what came in the `horizon` weeks after it."""

    frequency: Floats
    recency: Floats
    age: Floats
    mean_value: Floats
    later: Floats
    spent: Floats
    horizon: float


def main() -> int:
    if len(sys.argv) != 3:
        print("Name the folders of CDNOW and of Online Retail. Nothing was measured.")
        return 0
    cdnow, retail = (Path(each) for each in sys.argv[1:])
    shops = {
        "CDNOW sample": split(read_cdnow(cdnow / "sample.csv.gz"), "1997-09-30", "1998-06-30"),
        "CDNOW whole": split(read_cdnow(cdnow / "full.csv.gz"), "1997-09-30", "1998-06-30"),
        "gift shop": split(read_retail(retail / "transactions.parquet"), "2011-06-30", "2011-10-31"),
    }
    print(f"{'RMSE of orders':16}{'ours':>8}{'own rate':>10}{'mean':>8}{'covers':>8}{'spent':>8}{'seconds':>9}")
    rmse = {name: measure(name, shop) for name, shop in shops.items()}
    print(json.dumps({"name": "lifetime_value", "rmse": rmse}))
    return 0


def measure(name: str, shop: Split) -> float:
    """Root mean squared error of the number of orders. `spent`: predicted over real spending. `covers`: of 80 % intervals of orders."""
    began = time.process_time()
    model = lifetime_value.fit(shop.frequency, shop.recency, shop.age, shop.mean_value)
    orders, value = model.expected_orders(shop.horizon), model.expected_value(shop.horizon)
    took_s = time.process_time() - began
    lower, upper = model.orders_interval(shop.horizon)
    own = np.divide(shop.frequency, shop.age, out=np.zeros_like(shop.age), where=shop.age > 0) * shop.horizon
    errors = [rmse(guess, shop.later) for guess in (orders, own, np.full_like(orders, shop.later.mean()))]
    covers, spent = ((lower <= shop.later) & (shop.later <= upper)).mean(), value.sum() / shop.spent.sum()
    print(f"{name:16}{errors[0]:8.3f}{errors[1]:10.3f}{errors[2]:8.3f}{covers:8.3f}{spent:8.3f}{took_s:9.2f}")
    print(f"{'':16}{model.orders}\n{'':16}{model.values}")
    return round(errors[0], 4)


def rmse(guess: Floats, real: Floats) -> float:
    return float(np.sqrt(((guess - real) ** 2).mean()))


def read_cdnow(path: Path) -> pd.DataFrame:
    found = pd.read_csv(path, parse_dates=["d"])
    return pd.DataFrame({"customer": found["id"], "day": found["d"], "value": found["v"]})


def read_retail(path: Path) -> pd.DataFrame:
    found = pd.read_parquet(path)
    found = found[found["CustomerID"].notna() & ~found["is_dup"] & (found["Quantity"] < 10_000)]
    value = found["Quantity"] * found["UnitPrice"]
    return pd.DataFrame({"customer": found["CustomerID"].astype(int), "day": found["InvoiceDate"].dt.normalize(), "value": value})


def split(purchases: pd.DataFrame, until: str, end: str) -> Split:
    days = purchases.groupby(["customer", "day"])["value"].sum().reset_index().sort_values("day")
    cut, over = pd.Timestamp(until), pd.Timestamp(end)
    before, after = days[days["day"] <= cut], days[(days["day"] > cut) & (days["day"] <= over)]
    known = before.groupby("customer")["day"].agg(["min", "max", "size"])
    repeats = before[before["day"] > before["customer"].map(known["min"])].groupby("customer")["value"].mean()
    later = after.groupby("customer")["value"].agg(["size", "sum"]).reindex(known.index).fillna(0)
    return Split(
        frequency=known["size"].to_numpy(dtype=np.float64) - 1,
        recency=(known["max"] - known["min"]).dt.days.to_numpy(dtype=np.float64) / WEEK_DAYS,
        age=(cut - known["min"]).dt.days.to_numpy(dtype=np.float64) / WEEK_DAYS,
        mean_value=repeats.reindex(known.index).fillna(0).to_numpy(dtype=np.float64),
        later=later["size"].to_numpy(dtype=np.float64),
        spent=later["sum"].to_numpy(dtype=np.float64),
        horizon=(over - cut).days / WEEK_DAYS,
    )


if __name__ == "__main__":
    sys.exit(main())
