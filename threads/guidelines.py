"""What holds on every board, in the reader's language; and how its author is told that a post is not shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Program
from threads.models import AnswerPolicy, HideReason

# What its author reads of a reason. Never whose doing it was that somebody looked.
KINDLY = {
    HideReason.CONTACT: gettext_lazy(
        "It holds a way to reach somebody. These stay off the board, so that everybody is safe here."
    ),
    HideReason.NAME: gettext_lazy("It tells something about somebody else. What others share is theirs to tell."),
    HideReason.HARD: gettext_lazy(
        "It may be hard to read for others right now. It is welcome in a session, where somebody is there for everybody."
    ),
    HideReason.UNKIND: gettext_lazy("It could hurt somebody who reads it. You may write it again in other words."),
    HideReason.PRIVATE: gettext_lazy("It is better read by your care team alone. Please write to them in Messages."),
    HideReason.ELSEWHERE: gettext_lazy("It does not belong on this board."),
}


def house_guidelines() -> list[str]:
    """What holds on every board, whatever a program's agreement says."""
    return [
        _("What is written here stays here. Don’t copy it and don’t take pictures of it."),
        _("First names only, as people show them. Don’t write about anybody who is not here."),
        _(
            "No telephone numbers, addresses, links or names of accounts. Those who lead can help when you want to stay in touch."
        ),
        _("Speak for yourself, kindly. Leave out amounts, prices, places to buy and ways of hurting oneself."),
        _("You may just read. Whatever worries or hurts you, report it: whoever wrote it never learns who did."),
    ]


def promise_to_look(program: Program) -> str:
    """Within what time somebody who leads looks at the board. One query."""
    days = AnswerPolicy.of(program.pk).business_days
    return ngettext(
        "Those who lead look at the board within %(n)s business day, Monday to Friday.",
        "Those who lead look at the board within %(n)s business days, Monday to Friday.",
        days,
    ) % {"n": days}
