"""Public holidays, offered as days to close. None closes anything by itself."""

import datetime as dt
from dataclasses import dataclass

import holidays
from dateutil.relativedelta import relativedelta

from accounts.models import Program
from scheduling.models import Closure
from scheduling.services.closed import ClosedDays, closed_days

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day people may want off. of_state: the state's own, not the whole country's. closure: the one that holds already."""

    day: dt.date
    name: str
    of_state: bool
    closure: Closure | None


def holidays_offered(*, program: Program, closed: ClosedDays | None = None, months: int = MONTHS) -> list[Holiday]:
    """The country's public holidays of the coming months (from today where the program is), and those of its state when it
    names one, in order. closed: the program's closures, when they are at hand; else one query."""
    today = program.today
    last = today + relativedelta(months=months)
    years = range(today.year, last.year + 1)
    country = holidays.country_holidays("US", years=years, language="en_US")
    states = (
        holidays.country_holidays("US", subdiv=program.state, years=years, language="en_US") if program.state else {}
    )
    closed = closed or closed_days(program_ids=[program.pk], since=today)
    return [
        Holiday(
            day=day,
            name=country.get(day) or states[day],
            of_state=day not in country,
            closure=closed.closure_on(program.pk, day),
        )
        for day in sorted({*country, *states})
        if today <= day < last
    ]


def holiday_on(*, program: Program, day: dt.date) -> str:
    """The name of the public holiday on a day where the program is; "" for none."""
    found = holidays.country_holidays("US", subdiv=program.state or None, years=[day.year], language="en_US")
    return found.get(day) or holidays.country_holidays("US", years=[day.year], language="en_US").get(day) or ""
