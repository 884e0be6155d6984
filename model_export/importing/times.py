"""Times of an export, in each form that exports write them in; the exact wall clock of the shop comes out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from device.errors import HistoryError
from model_export.importing import found
from model_export.importing.values import DECIMAL_CODE, UnreadableError

_EARLIEST: Final = datetime(1990, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

DATE: Final = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)
_EPOCHS: Final = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 16: 10**6}
_COMPACT: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
DAY_NUMBER: Final = re.compile(r"(\d{1,6})(?:[.,](\d+))?")
_DAY: Final = re.compile(DAY_NUMBER.pattern + r"(?: (\d{1,2}:\d{2}(?::\d{2})?))?")


class Moment(NamedTuple):
    local: str
    """ISO 8601 on the shop's clock."""
    utc: str | None


def check_pattern(pattern: str) -> None:
    """HistoryError for what could be no time's: it would refuse every line, or break at the first."""
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007 - no time is made
    except re.error as error:
        raise HistoryError(f"--time-format '{pattern}' names a part of the time twice") from error
    except ValueError as error:
        if "does not match" not in str(error):
            raise HistoryError(f"--time-format '{pattern}' is no pattern of times: {error}") from error


class Times:
    """Times as an export writes them: epoch, ISO 8601, 31.12.2025 23:59, 12/31/2025 11:59 PM, 20251231235959, or a pattern.

    With `day_one` a number is a day: 7 the sixth after it, and 7.5 that day at noon.
    A time without an offset is the shop's wall clock. One in UTC needs `timezone` to become that; one with another offset is
    taken to be written on the shop's clock where no zone is said.
    """

    def __init__(self, rules: found.Rules, order: str = "dmy", pattern: str | None = None, day_one: date | None = None) -> None:
        self._latest, self._until, self._timezone = rules.latest, rules.until, rules.timezone
        self._order, self._pattern, self._day_one = order, pattern, day_one

    def __call__(self, told: Any) -> Moment:
        try:
            at = told if isinstance(told, datetime) else self._parse(str(told))
            return self.moment(at)
        except UnreadableError:
            raise
        except (ValueError, OverflowError) as error:
            raise UnreadableError(found.BAD_TIME) from error

    def moment(self, at: datetime) -> Moment:
        utc = None
        if at.tzinfo is not None:
            utc = at.astimezone(UTC)
            if self._timezone is not None:
                at = at.astimezone(self._timezone)
            elif not at.utcoffset():
                raise UnreadableError(found.NO_ZONE)
            at = at.replace(tzinfo=None)
        elif self._timezone is not None:
            utc = at.replace(tzinfo=self._timezone).astimezone(UTC)
        if at > self._latest:
            raise UnreadableError(found.FUTURE)
        if self._until is not None and at >= self._until:
            raise UnreadableError(found.LATE)
        if at < _EARLIEST:
            raise UnreadableError(found.ANCIENT)
        return Moment(at.isoformat(), None if utc is None else utc.isoformat())

    def _parse(self, told: str) -> datetime:
        if self._pattern is not None:
            return datetime.strptime(told, self._pattern)  # noqa: DTZ007 - without a zone it is the shop's clock
        if self._day_one is not None and (numbered := _DAY.fullmatch(told)) is not None:
            return self._numbered(self._day_one, *numbered.groups())
        if told.isascii() and told.isdigit():
            if told[:2] in {"19", "20"} and len(told) in _COMPACT:
                return datetime.strptime(told, _COMPACT[len(told)])  # noqa: DTZ007
            if len(told) not in _EPOCHS:
                raise UnreadableError(found.BAD_TIME)
            return _EPOCH + timedelta(microseconds=int(told) * 10**6 // _EPOCHS[len(told)])
        if (parts := DATE.fullmatch(told)) is None or len(parts[1]) == 4:
            return datetime.fromisoformat(told if parts is None else told.replace(parts[2], "-", 2))
        one, _, two, year, hour, minute, second, half = parts.groups()
        day, month = (one, two) if self._order == "dmy" else (two, one)
        clock = int(hour or 0)
        if half is not None:
            if not 1 <= clock <= 12:
                raise UnreadableError(found.BAD_TIME)
            clock = clock % 12 + (12 if half in "Pp" else 0)
        full = int(year) + (2000 if len(year) == 2 else 0)
        return datetime(full, int(month), int(day), clock, int(minute or 0), int(second or 0))  # noqa: DTZ001

    @staticmethod
    def _numbered(day_one: date, number: str, share: str | None, clock: str | None) -> datetime:
        """A day by its number, and the time of day as a share of it or as a clock shows it, to the second."""
        second = round(float(f"0.{share or 0}") * 86_400)
        at = datetime.combine(day_one, time()) + timedelta(days=int(number) - 1, seconds=second)
        return at if clock is None else datetime.combine(at, time.fromisoformat(clock.zfill(8 if clock.count(":") > 1 else 5)))


def clock_of(told: str, form: str | None) -> str:
    """A time of day in one of `guess.clock`'s forms as a clock shows it; anything else as it is."""
    digits = told[:-2] if DECIMAL_CODE.fullmatch(told) else told
    if form is None or not digits.isascii() or not digits.isdigit():
        return told
    digits = digits.zfill(len(form))
    return ":".join([digits[at : at + 2] for at in range(0, len(digits), 2)] + ["00"][: len(form) == 2])
