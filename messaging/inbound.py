"""Texts that come in: what is done about them and what is answered. Their words are read once and kept nowhere."""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.models import Address, Channel, InboundText, Stop
from messaging.phrases import Meaning, Said, understand

ANSWER_AGAIN = dt.timedelta(days=1)  # that nobody reads texts is told once in this time


@transaction.atomic
def receive(*, provider_id: str, number: str, text: str, already_answered: str = "") -> str:
    """Take one incoming text: understand it, stop or resume the number, and return the answer ("" for none).

    The same message again (the provider asks twice when it did not hear us) gets the same answer and does nothing.
    already_answered: what the provider itself took it for and answered ("STOP", "START", "HELP"): then nothing is said twice.
    The words are not kept. number: E.164.
    """
    number = number[: InboundText._meta.get_field("number").max_length]
    with connection.cursor() as cursor:
        # One at a time for each number, so that two at once get one confirmation.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('inbound ' || %s, 0))", [number])
    if before := InboundText.objects.filter(provider_id=provider_id).first():
        return before.answer
    said = understand(text)
    if already_answered in ("STOP", "START", "HELP"):
        said = Said(Meaning(already_answered.lower()), language=said.language)
    language = _language(number, said)
    with override(language):
        answer = _answer(number, said)
    if already_answered:
        answer = ""
    InboundText.objects.create(provider_id=provider_id, number=number, meaning=said.meaning, answer=answer)
    return answer


def _language(number: str, said: Said) -> str:
    """The language to answer in: of the words recognised, else of the person whose number it is. One query at most."""
    if said.language == "es":
        return "es"
    owner = Address.objects.filter(channel=Channel.SMS, value=number).values_list("user__language", flat=True)
    return owner.first() or "en"


def _answer(number: str, said: Said) -> str:
    """Do what the text asks for, and say so."""
    now, site = timezone.now(), settings.SITE_NAME
    if said.meaning == Meaning.STOP:
        if not stop_number(number, now):
            return crisis_lines() if said.more else ""
        done = _("%(site)s: you will get no more texts at this number. Reply START to get them again.") % {"site": site}
        return f"{done} {crisis_lines()}" if said.more else done
    if said.meaning == Meaning.START:
        if not Stop.objects.filter(number=number, resumed_at=None).update(resumed_at=now):
            return ""
        return _("%(site)s: you will get texts at this number again. Reply STOP to end them, HELP for help.") % {
            "site": site
        }
    if said.meaning == Meaning.HELP:
        return f"{help_words()} {crisis_lines()}"
    lately = InboundText.objects.filter(number=number, meaning=Meaning.OTHER, received_at__gt=now - ANSWER_AGAIN)
    if lately.exclude(answer="").exists():
        return ""
    return f"{_('%(site)s: nobody reads texts sent here.') % {'site': site}} {reach_words()} {crisis_lines()}"


def stop_number(number: str, now: dt.datetime) -> bool:
    """No more texts to this number, whoever's it is. Returns whether there were any until now."""
    stop, made = Stop.objects.get_or_create(number=number, defaults={"stopped_at": now})
    if made or stop.resumed_at is None:
        return made
    stop.stopped_at, stop.resumed_at = now, None
    stop.save(update_fields=["stopped_at", "resumed_at"])
    return True


def help_words() -> str:
    """Who this is, neutrally, whom to call, how to end it."""
    site = settings.SITE_NAME
    return (
        _("%(site)s: reminders of your appointments.") % {"site": site}
        + f" {reach_words()} "
        + _("Reply STOP to end texts.")
    )


def reach_words() -> str:
    """How to reach a person."""
    if settings.CLINIC_PHONE:
        return _("Call %(phone)s or sign in: %(link)s") % {"phone": settings.CLINIC_PHONE, "link": settings.SITE_URL}
    return _("Sign in: %(link)s") % {"link": settings.SITE_URL}


def crisis_lines() -> str:
    """Where help is at once."""
    return _("In danger? Call 911. In a crisis, call or text 988.")
