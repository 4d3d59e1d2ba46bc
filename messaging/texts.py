"""What a message says: a program's own template, else the kind's default, with the placeholders filled in."""

import re
from collections.abc import Mapping
from email.utils import formataddr

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from messaging.kinds import Call, Kind, Letter
from messaging.models import Channel, Template

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ALWAYS = ("name", "link", "site")  # placeholders every kind has


def default_subject(kind: Kind) -> str:
    """The kind's own subject, in the language in force, placeholders as they are."""
    return str(kind.subject)


def default_text(kind: Kind, channel: str, sentence: str = "") -> str:
    """The kind's own text for a channel, in the language in force, placeholders as they are."""
    if channel in kind.texts and not sentence:
        return str(kind.texts[channel])
    said = sentence or str(kind.sentence)
    if channel == Channel.EMAIL:
        return (
            _("Hi {name},")
            + f"\n\n{said}\n\n"
            + _("Sign in for the details: {link}")
            + "\n\n"
            + _("You can change how you are reached under “My details” after signing in.")
            + "\n"
        )
    said = said[:1].upper() + said[1:]
    if channel == Channel.SMS:
        return _("{site}: {sentence} Details: {link} Reply STOP to end texts.").replace("{sentence}", said)
    return said


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; one that has no value stays as it is."""
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


def letter_of(kind: Kind, call: Call, *, own: Template | None, channel: str, language: str) -> Letter:
    """The message as it leaves by a channel, in a language, with a program's own wording or (None) the product's."""
    values = {"site": settings.SITE_NAME, "link": settings.SITE_URL + call.path, **call.values}
    with translation.override(language):
        # A kind's other sentence (a session back at its first time) is said in the product's own words.
        if own is None or call.sentence:
            subject = str(call.subject or default_subject(kind))
            text = default_text(kind, channel, str(call.sentence or ""))
        else:
            subject, text = own.subject or default_subject(kind), own.text
        return Letter(subject=fill(subject, values), text=fill(text, values))


def render(kind: Kind, call: Call, *, channel: str, language: str) -> Letter:
    """The message as it leaves by a channel, in a language. One query."""
    own = Template.objects.filter(program=call.program_id, kind=kind.name, channel=channel, language=language).first()
    return letter_of(kind, call, own=own, channel=channel, language=language)


def sender() -> str:
    """Who an e-mail is from: the neutral name and the address, unless the setting names somebody itself."""
    address = settings.DEFAULT_FROM_EMAIL
    return address if "<" in address else formataddr((settings.SITE_NAME, address))
