"""Money is exact, is rounded once and never mixes currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.money import LARGEST, MINOR_UNITS, Money, minor_unit, parse_amount, rounded

AMOUNTS = st.decimals(min_value=-LARGEST + 1, max_value=LARGEST - 1, places=4, allow_nan=False, allow_infinity=False)
CURRENCIES = st.sampled_from(["GBP", "EUR", "JPY", "KWD"])


@given(amount=AMOUNTS)
def test_an_amount_that_is_written_out_reads_back_exactly(amount: Decimal) -> None:
    assert parse_amount(str(amount)) == amount


@given(amount=AMOUNTS, currency=CURRENCIES)
def test_rounding_moves_by_half_a_minor_unit_at_most_and_only_once(amount: Decimal, currency: str) -> None:
    whole = rounded(amount, currency)

    assert abs(whole - amount) <= Decimal(1).scaleb(-minor_unit(currency)) / 2
    assert rounded(whole, currency) == whole
    assert rounded(-amount, currency) == -whole


@given(one=AMOUNTS, other=AMOUNTS, currency=CURRENCIES)
def test_adding_and_taking_away_is_exact(one: Decimal, other: Decimal, currency: str) -> None:
    total = Money(one, currency) + Money(other, currency)

    assert total - Money(other, currency) == Money(one, currency)
    assert total == Money(other, currency) + Money(one, currency)


@given(amount=AMOUNTS, currency=CURRENCIES)
def test_the_plain_form_has_the_minor_unit_s_places_and_no_minus_zero(amount: Decimal, currency: str) -> None:
    plain = Money(amount, currency).plain()

    assert len(plain.partition(".")[2]) == minor_unit(currency)
    assert Decimal(plain) == rounded(amount, currency)
    assert not (plain.startswith("-") and Decimal(plain) == 0)


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "NaN", "sNaN", "inf", "-Infinity", "1_000", "1,5", "£3", "١٢", "1e15", "-1e15", "0x10", "1 2"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        parse_amount(text)


@pytest.mark.parametrize("text", ["1e1000000", "-1e1000000", "1e-999999", "0e999999", "0." + "9" * 200, "9" * 300])
def test_an_amount_that_would_take_a_page_to_write_out_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount") as refusal:
        parse_amount(text)

    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize(
    ("amount", "currency", "people", "programs"),
    [
        ("1204.5", "GBP", "£1,204.50", "1204.50"),
        ("0.005", "GBP", "£0.01", "0.01"),
        ("-0.005", "GBP", "-£0.01", "-0.01"),
        ("-0.001", "EUR", "€0.00", "0.00"),
        ("1204.5", "JPY", "¥1,205", "1205"),
        ("3.14159", "KWD", "3.142 KWD", "3.142"),
        ("-7", "CHF", "-7.00 CHF", "-7.00"),
    ],
)
def test_money_is_written_as_its_readers_expect(amount: str, currency: str, people: str, programs: str) -> None:
    money = Money(Decimal(amount), currency)

    assert (str(money), money.plain()) == (people, programs)


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="GBP and EUR"):
        Money(Decimal(1), "GBP") + Money(Decimal(1), "EUR")
    with pytest.raises(ValueError, match="GBP and EUR"):
        Money(Decimal(1), "GBP") - Money(Decimal(1), "EUR")


def test_every_listed_minor_unit_fits_the_column() -> None:
    assert set(MINOR_UNITS.values()) <= {0, 3}
    assert minor_unit("GBP") == 2
