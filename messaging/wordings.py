"""Deeds on wordings: a program says a kind of message in its own words, or goes back to the product's."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.access import GRANTS, Can
from accounts.models import Program, User
from core.errors import Refusal
from messaging.kinds import KINDS, Call, Kind, Letter
from messaging.models import Channel, Template
from messaging.texts import default_subject, default_text, letter_of
from messaging.wording import Found, errors_of, warnings_of

log = logging.getLogger(__name__)
MAX_SEGMENTS = 4  # a text longer than that is cut or refused by some carriers, and costs by the segment


class WordingRefusal(Refusal):
    """A wording that may not stand. faults: everything that is wrong with it, so that it is mended in one go."""

    def __init__(self, faults: list[Found]):
        super().__init__(faults[0].sentence, faults[0].code, faults[0].field)
        self.faults = faults

    def add_to(self, form) -> None:
        for fault in self.faults:
            Refusal(fault.sentence, fault.code, fault.field).add_to(form)


def tidy(subject: str, text: str) -> tuple[str, str]:
    """A subject in one line; a text with plain line ends and nothing around it."""
    return " ".join(subject.split()), text.replace("\r\n", "\n").replace("\r", "\n").strip()


def check_wording(*, kind: Kind, channel: str, language: str, subject: str, text: str, program: Program) -> list[Found]:
    """Everything that forbids this wording. A query for each floor that knows words."""
    faults = []
    if not text.strip():
        faults.append(Found(_("Write what the message says."), "no_words", "text"))
    faults += errors_of(kind, subject=subject, text=text, program=program)
    if channel == Channel.SMS:
        letter = preview(kind=kind, channel=channel, language=language, subject=subject, text=text, program=program)
        if (needed := segments(letter.text)[1]) > MAX_SEGMENTS:
            faults.append(
                Found(
                    _("This text takes %(n)s parts to send; %(most)s at most. Shorten it.")
                    % {"n": needed, "most": MAX_SEGMENTS},
                    "too_long",
                    "text",
                )
            )
    return faults


def may_word(user: User, program: Program) -> bool:
    """Whether the person words this program's messages."""
    return program.pk in user.program_ids(*GRANTS[Can.WRITE_WORDINGS])


@transaction.atomic
def save_template(
    *, program: Program, kind: str, channel: str, language: str, subject: str = "", text: str, by: User
) -> tuple[Template, list[Found]]:
    """The program's own wording of a kind, for a channel and language. Returns it, and what it leaves out (warnings).

    subject: empty for the product's own; a text message has none. Raises WordingRefusal, a Refusal (no_words, names_diagnosis,
    names_clinical, names_kind, names_program, names_name, unknown_placeholder, foreign_address, too_long), and Refusal
    (not_yours, unknown_kind).
    """
    if not may_word(by, program):
        raise Refusal(_("You don’t word this program’s messages."), "not_yours")
    known = KINDS.get(kind)
    if (
        known is None
        or channel not in Channel.values
        or language not in dict(Template._meta.get_field("language").choices)
    ):
        raise Refusal(_("There is no such message."), "unknown_kind")
    subject, text = tidy("" if channel == Channel.SMS else subject, text)
    faults = check_wording(kind=known, channel=channel, language=language, subject=subject, text=text, program=program)
    if faults:
        raise WordingRefusal(faults)
    template, _made = Template.objects.update_or_create(
        program=program,
        kind=kind,
        channel=channel,
        language=language,
        defaults={"subject": subject, "text": text, "written_by": by},
    )
    return template, warnings_of(known, channel=channel, subject=subject, text=text)


@transaction.atomic
def reset_template(*, program: Program, kind: str, channel: str, language: str, by: User) -> bool:
    """Back to the product's own words. Returns whether there were others (their history stays). Raises Refusal (not_yours)."""
    if not may_word(by, program):
        raise Refusal(_("You don’t word this program’s messages."), "not_yours")
    own = Template.objects.filter(program=program, kind=kind, channel=channel, language=language)
    return bool(own.delete()[0])


def default_wording(kind: Kind, channel: str, language: str) -> tuple[str, str]:
    """The product's own (subject, text) of a kind, placeholders as they are."""
    with override(language):
        return ("" if channel == Channel.SMS else default_subject(kind)), default_text(kind, channel)


def preview(*, kind: Kind, channel: str, language: str, subject: str, text: str, program: Program) -> Letter:
    """The message as it would be sent with these words, to somebody invented."""
    with override(language):
        values = {"name": _("Pat"), **{name: str(value) for name, value in kind.samples.items()}}
        call = Call(values, program.pk)
        own = Template(subject=subject, text=text) if text.strip() else None
        return letter_of(kind, call, own=own, channel=channel, language=language)


# What a text message can hold in the short alphabet (GSM 03.38); these of it count twice.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€\f")


def segments(text: str) -> tuple[int, int]:
    """(characters as they are counted, parts it is sent in) of a text message. One sign outside the short alphabet makes
    every character count by the long one: 70 to a part instead of 160."""
    if all(c in _GSM or c in _GSM_TWICE for c in text):
        length = sum(2 if c in _GSM_TWICE else 1 for c in text)
        one, many = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        one, many = 70, 67
    return length, 1 if length <= one else -(-length // many)
