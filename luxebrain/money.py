"""Money: an exact amount in a currency, rounded once, at the border, to the currency's minor unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217: currencies whose minor unit is not 1/100.
MINOR_UNITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "AUD": "A$", "CAD": "C$"}
LARGEST = Decimal(10) ** 15  # what numeric(19, 4) holds
MOST_FIGURES = 100  # "1e-999999" is a number too, and a megabyte once it is written out


def minor_unit(currency: str) -> int:
    return MINOR_UNITS.get(currency, 2)


def parse_amount(text: str) -> Decimal:
    """A decimal string as platforms send it ("12.5", "-3"). Raises ValueError for anything else, NaN and infinity too."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r:.50} is not an amount") from error
    if "_" in text or not text.isascii():  # Decimal takes 1_000 and figures of other scripts
        raise ValueError(f"{text!r:.50} is not an amount")
    is_written_out = len(text) <= MOST_FIGURES and abs(amount.adjusted()) <= MOST_FIGURES
    if not amount.is_finite() or not is_written_out or abs(amount) >= LARGEST:
        raise ValueError(f"{text!r:.50} is not an amount that a price can be")
    return amount


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half a minor unit goes away from zero; never minus zero."""
    return amount.quantize(Decimal(1).scaleb(-minor_unit(currency)), rounding=ROUND_HALF_UP) + 0


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __str__(self) -> str:
        """For people: "£1,204.50"."""
        return _written(rounded(self.amount, self.currency), self.currency)

    def whole(self) -> str:
        """For charts: "£1,205"."""
        return _written(self.amount.quantize(Decimal(1), rounding=ROUND_HALF_UP), self.currency)

    def plain(self) -> str:
        """For programs: "1204.50"."""
        return str(rounded(self.amount, self.currency))

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return other


def _written(amount: Decimal, currency: str) -> str:
    sign, figures, symbol = "-" if amount < 0 else "", f"{abs(amount):,}", SYMBOLS.get(currency)
    return f"{sign}{symbol}{figures}" if symbol else f"{sign}{figures} {currency}"
