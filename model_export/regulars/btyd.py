"""Will this shopper come back, and when: the BG/NBD model of buying until one dies, in its published closed form.

Fader, Hardie, Lee, ""Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model", Marketing Science 24 (2005),
and, with `after_first`, the modified form of Batislam, Denizel, Filiztekin, International Journal of Research in Marketing 24
(2007), in which a shopper may be lost after the very first visit as well. A shopper visits at a rate that is gamma distributed
over shoppers (shape r, rate alpha), and is lost after a visit with a probability that is beta distributed (a, b).

Of a shopper with x visits after the first, the last at t, of T days that are known, and n = x visits after which one could have
been lost (n = x + 1 with `after_first`):

    likelihood  = G(r + x) alpha^r / G(r) / B(a, b)
                  * (B(a, b + n) (alpha + T)^-(r + x) + [n > 0] B(a + 1, b + n - 1) (alpha + t)^-(r + x))
    P(alive)    = 1 / (1 + [n > 0] a / (b + n - 1) * ((alpha + T) / (alpha + t))^(r + x))
    P(returns within d days) = P(alive) * (1 - ((alpha + T) / (alpha + T + d))^(r + x))

The last line follows from the rate of a shopper who is alive, which is gamma distributed with r + x and alpha + T. Its median
waiting time is (alpha + T) (2^(1 / (r + x)) - 1), the mean (alpha + T) / (r + x - 1) where r + x > 1. Several receipts of a day
are one visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, special

from device.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SHOPPERS: Final = 100_000
"""Learnt from, drawn with the seed: four numbers do not move with more."""
LEAST_SHOPPERS: Final = 20
_BOUNDS: Final = (-7.0, 12.0)
"""Of the logarithms of the four numbers: beyond lies only what no shop is like."""


@dataclass(frozen=True, slots=True)
class Pasts:
    """float64[shoppers] each, days as whole numbers."""

    repeats: NDArray[np.float64]
    """Visit days after the first, x."""
    last: NDArray[np.float64]
    """From the first visit to the last, t."""
    known: NDArray[np.float64]
    """From the first visit to now, T."""

    def __len__(self) -> int:
        return len(self.repeats)

    def rows(self, rows: NDArray[np.int64]) -> Pasts:
        return Pasts(self.repeats[rows], self.last[rows], self.known[rows])


@dataclass(frozen=True, slots=True)
class Btyd:
    shape: float
    rate: float
    """In days."""
    lost: float
    stays: float
    """a and b of the beta distribution."""
    after_first: bool

    def alive(self, pasts: Pasts) -> NDArray[np.float64]:
        chances = pasts.repeats + self.after_first
        power = (self.shape + pasts.repeats) * (np.log(self.rate + pasts.known) - np.log(self.rate + pasts.last))
        odds = np.log(self.lost) - np.log(self.stays + np.maximum(chances, 1) - 1) + power
        found: NDArray[np.float64] = np.where(chances > 0, special.expit(-odds), 1.0)
        return found

    def returns(self, pasts: Pasts, days: float) -> NDArray[np.float64]:
        """The probability of a visit within so many days."""
        shape, rate = self.shape + pasts.repeats, self.rate + pasts.known
        found: NDArray[np.float64] = self.alive(pasts) * -np.expm1(shape * (np.log(rate) - np.log(rate + days)))
        return found

    def waits(self, pasts: Pasts) -> NDArray[np.float64]:
        """Median days to the next visit of whoever is alive."""
        found: NDArray[np.float64] = (self.rate + pasts.known) * np.expm1(np.log(2) / (self.shape + pasts.repeats))
        return found

    def log_likelihood(self, pasts: Pasts) -> NDArray[np.float64]:
        return _log_likelihood(np.array([self.shape, self.rate, self.lost, self.stays]), pasts, after_first=self.after_first)


def fit(pasts: Pasts, seed: int, *, after_first: bool) -> Btyd:
    """By maximum likelihood; TrainingError with fewer than `LEAST_SHOPPERS`, or where nobody ever came back."""
    if len(pasts) < LEAST_SHOPPERS or not (pasts.repeats > 0).any():
        came = int((pasts.repeats > 0).sum())
        raise TrainingError(
            f"{came} of {len(pasts)} shoppers came back on another day: whether one returns cannot be learnt from so few; bring "
            "a longer history with cards"
        )
    if len(pasts) > MOST_SHOPPERS:
        pasts = pasts.rows(np.random.default_rng(seed).choice(len(pasts), MOST_SHOPPERS, replace=False))
    days = float(np.maximum(pasts.known, 1).mean())

    def loss(logs: NDArray[np.float64]) -> float:
        return -float(_log_likelihood(np.exp(logs), pasts, after_first=after_first).mean())

    # The likelihood is smooth and may have a flat ridge: the best of a few beginnings.
    begins = [np.log([shape, shape * days / 4, 0.5, stays]) for shape in (0.5, 2.0) for stays in (1.0, 5.0)]
    tried = [optimize.minimize(loss, begin, method="L-BFGS-B", bounds=[_BOUNDS] * 4) for begin in begins]
    shape, rate, lost, stays = np.exp(min(tried, key=lambda one: one.fun).x).tolist()
    return Btyd(shape, rate, lost, stays, after_first)


def _log_likelihood(numbers: NDArray[np.float64], pasts: Pasts, *, after_first: bool) -> NDArray[np.float64]:
    shape, rate, lost, stays = numbers
    x, chances = pasts.repeats, pasts.repeats + after_first
    visits = special.gammaln(shape + x) - special.gammaln(shape) + shape * np.log(rate) - special.betaln(lost, stays)
    alive = special.betaln(lost, stays + chances) - (shape + x) * np.log(rate + pasts.known)
    gone = special.betaln(lost + 1, stays + np.maximum(chances, 1) - 1) - (shape + x) * np.log(rate + pasts.last)
    found: NDArray[np.float64] = visits + np.where(chances > 0, np.logaddexp(alive, gone), alive)
    return found
