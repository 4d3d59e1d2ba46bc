"""How a moment, a day and a choice stand in the file: ISO 8601 in UTC, dates as dates, a code with its words beside it."""

import datetime as dt


def at(moment: dt.datetime | None) -> str | None:
    """None where there is none."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else None


def on(day: dt.date | None) -> str | None:
    """None where there is none."""
    return day.isoformat() if day else None


def coded(row, field: str, **more) -> dict | None:
    """A choice as its code and its words; None where there is no answer."""
    value = getattr(row, field)
    if value is None or value == "":
        return None
    return {"code": value, "words": str(getattr(row, f"get_{field}_display")()), **more}
