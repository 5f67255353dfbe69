"""Shops whose demand is known: seasons, trends, rare sales and random walks, drawn with a seed."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def levels(products: int, *, seed: int, typical: float = 20.0) -> Floats:
    return np.random.default_rng(seed).lognormal(np.log(typical), 0.8, products)


def steady(products: int, weeks: int, *, seed: int) -> tuple[Floats, Floats]:
    """Units and what was expected of them, both (products, weeks): the same level every week, Poisson."""
    expected = np.repeat(levels(products, seed=seed)[:, None], weeks, axis=1)
    return np.random.default_rng(seed + 1).poisson(expected).astype(float), expected


def seasonal(products: int, weeks: int, *, seed: int) -> tuple[Floats, Floats]:
    """A year's wave of half the level, every product with its own peak within two months."""
    rng = np.random.default_rng(seed + 2)
    peak = rng.uniform(0, 2 * np.pi / 6, (products, 1))
    expected = levels(products, seed=seed)[:, None] * (1 + 0.5 * np.sin(2 * np.pi * np.arange(weeks) / 52.18 - peak))
    return rng.poisson(expected).astype(float), expected


def growing(products: int, weeks: int, *, seed: int) -> tuple[Floats, Floats]:
    """Half a per cent more every week."""
    expected = levels(products, seed=seed)[:, None] * 1.005 ** np.arange(weeks)
    return np.random.default_rng(seed + 3).poisson(expected).astype(float), expected


def rare(products: int, weeks: int, *, seed: int) -> tuple[Floats, Floats]:
    """A sale of some three units in one week of five."""
    rng = np.random.default_rng(seed + 4)
    units = (1 + rng.poisson(2, (products, weeks))) * (rng.random((products, weeks)) < 0.2)
    return units.astype(float), np.full((products, weeks), 0.6)


def wandering(products: int, weeks: int, *, seed: int) -> Floats:
    """Random walks: nothing beats the last week."""
    steps = np.random.default_rng(seed + 5).normal(0, 8, (products, weeks))
    return np.maximum(500 + np.cumsum(steps, axis=1), 0.0)
