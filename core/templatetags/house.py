"""Tags every template has: icons from Tabler's set, minutes as hours, a zone by its name, dates in the reader's own order."""

import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.template import defaultfilters, defaulttags
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from core.fields import zone_label
from core.formats import localized

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


register.filter("zone_label", zone_label)


def _kept_together(said: str) -> str:
    """ "9:00 a.m." is not parted at the end of a line. On pages only: a text message pays for such a space."""
    return re.sub(r"(\d) ([ap]\.m\.)", "\\1\xa0\\2", said)


@register.filter(expects_localtime=True, is_safe=False)
def date(value, arg: str | None = None) -> str:
    """Django's own, in the order of the reader's language (`core.formats`)."""
    return _kept_together(defaultfilters.date(value, localized(arg)))


@register.filter(expects_localtime=True, is_safe=False)
def time(value, arg: str | None = None) -> str:
    """Django's own, as the reader's language tells the time."""
    return _kept_together(defaultfilters.time(value, localized(arg)))


class _Now(defaulttags.NowNode):
    def render(self, context) -> str:
        shown = defaulttags.NowNode(localized(self.format_string), self.asvar)
        return shown.render(context)


@register.tag
def now(parser, token) -> _Now:
    """Django's own, in the order of the reader's language."""
    plain = defaulttags.now(parser, token)
    return _Now(plain.format_string, plain.asvar)


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
