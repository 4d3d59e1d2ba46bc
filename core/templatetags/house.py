"""Tags every template has: icons from Tabler's set, minutes as hours, a zone by its name."""

import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@lru_cache(maxsize=256)
def _icon_body(name: str) -> str:
    svg = (Path(settings.NODE_MODULES) / f"@tabler/icons/icons/outline/{name}.svg").read_text()
    return re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL).group(1).strip()


@register.simple_tag
def icon(name: str, classes: str = "") -> str:
    """One of Tabler's outline icons, inline and hidden from screen readers: the word stands beside it."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        classes,
        mark_safe(_icon_body(name)),  # noqa: S308 - our pinned package's own file
    )


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as people say them: 540 -> "9 h", 575 -> "9 h 35 min", 45 -> "45 min". Absent stays a dash."""
    if minutes is None:
        return "–"
    whole, rest = divmod(int(minutes), 60)
    if not whole:
        return _("%(m)s min") % {"m": rest}
    if not rest:
        return _("%(h)s h") % {"h": whole}
    return _("%(h)s h %(m)s min") % {"h": whole, "m": rest}


@register.simple_tag
def zone_name(moment=None) -> str:
    """The reader's zone in force at `moment` (now by default), as printed beside times: "PST"."""
    local = timezone.localtime(moment or timezone.now())
    return local.tzname() or ""


@register.filter
def percent_of(part: int | None, whole: int | None) -> int:
    """How many percent `part` is of `whole`, 0 to 100."""
    return max(0, min(100, round(100 * (part or 0) / whole))) if whole else 0


@register.filter
def zone_words(zone: str) -> str:
    """An IANA zone by its place: "America/Los_Angeles" -> "Los Angeles"."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def hmm(minutes: int | None) -> str:
    """Minutes in a narrow table: 80 -> "1:20". Absent stays a dash."""
    return "–" if minutes is None else f"{minutes // 60}:{minutes % 60:02}"
