"""Words a program may begin its consents from, in English and in every other language we speak. They are nobody’s form: plain
sentences of our own, which the program makes its own and has its lawyer read before it publishes them."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Program
from core.wordings import SOURCE
from patients.models import ConsentDocument

Kind = ConsentDocument.Kind


def offered(kind: str, program: Program, language: str = SOURCE) -> dict[str, str]:
    """Title, text and, of a consent to share, what else it must say, in a language."""
    words = {Kind.TREATMENT: _treatment, Kind.TELEHEALTH: _telehealth, Kind.SHARING: _sharing}[Kind(kind)]
    with override(language):
        return words(program)


def _treatment(program: Program) -> dict[str, str]:
    return {
        "title": _("Consent to treatment"),
        "text": "\n\n".join(
            [
                _(
                    "I ask to take part in this program. We meet several days a week, mostly together with others,"
                    " and I also meet a clinician by myself. What I work on is written in a plan that I make with"
                    " them, read and sign."
                ),
                _(
                    "It often helps, and nobody can promise that it does. Talking about hard things can stir up"
                    " sadness, worry or the wish to use; I tell somebody when that happens. Other ways of care exist,"
                    " more of it and less of it, and I may ask about them."
                ),
                _(
                    "What I say is kept in confidence. There are limits the law sets: when somebody is in serious"
                    " danger, when a child, an elder or a dependent adult is being harmed, and when a court orders it."
                ),
                _(
                    "People in training may work here; their supervisors read what they write. I may ask who somebody"
                    " is and what licence they hold."
                ),
                _("I know what it costs, or whom to ask about it, before I begin."),
                _(
                    "I take part because I want to. I may stop at any time and take this consent back. Stopping has"
                    " no penalty; my team will speak with me about what comes next."
                ),
                _("If it is urgent I don’t wait for a session: I call or text 988, or I call 911."),
            ]
        ),
    }


def _telehealth(program: Program) -> dict[str, str]:
    return {
        "title": _("Consent to care by video"),
        "text": "\n\n".join(
            [
                _(
                    "We meet by video instead of in one room. It was explained to me, I could ask, and I agree. I may"
                    " change my mind at any time, and I may ask for care in person; that I chose one doesn’t take the"
                    " other from me."
                ),
                _(
                    "What can go wrong: the connection can fail, sound and pictures can be poor, somebody could"
                    " overhear me where I am, and some things are seen better in person. If a session breaks off,"
                    " somebody calls me at the number I gave."
                ),
                _(
                    "What is done about it: the connection is encrypted, nothing is recorded, notes are kept in a"
                    " protected record, and I come from a private place with headphones."
                ),
                _(
                    "Each time I say my full name and where I am, so that help can find me, and so that my team knows"
                    " that they may treat me there. From some states they may not."
                ),
                _(
                    "Care by video may be paid for differently from care in person. I can ask what my insurance"
                    " covers, and, where it applies, about help with getting to a visit in person."
                ),
                _("It is not for emergencies: then I call or text 988, or I call 911."),
            ]
        ),
    }


def _sharing(program: Program) -> dict[str, str]:
    return {
        "title": _("Consent to share information for treatment, payment and operations"),
        "text": "\n\n".join(
            [
                _(
                    "A federal law (42 CFR Part 2) protects records about treatment for substance use more strictly"
                    " than other records. With this one consent I allow the sharing described below, now and later,"
                    " until I take it back."
                ),
                _(
                    "Somebody who receives my record and must follow the health privacy law (HIPAA) may share it"
                    " further as that law allows. Even then it may not be used against me in a civil, criminal,"
                    " administrative or legislative proceeding unless I agree to that separately or a court orders it."
                ),
                _(
                    "Others who receive it may not be bound by these laws. Each time my record is shared by this"
                    " consent, a notice of what is forbidden goes with it, and a copy of this consent or a clear"
                    " account of it."
                ),
                _(
                    "I may take this consent back at any time, in writing: on my pages here, or by a letter to the"
                    " program. What was shared before, because of this consent, can’t be called back."
                ),
                _(
                    "If I don’t sign, I may still ask to be treated. The program may then be unable to bill my"
                    " insurance, and may have to ask me to pay, or to work without what others know of my health."
                    " Nobody asks me here to allow use of my record in legal proceedings or for raising funds."
                ),
            ]
        ),
        "discloser": _("%(program)s: the program and those who work for it.") % {"program": program.name},
        "information": _(
            "My record of treatment here: that I am or was in care, assessments, plans, attendance, notes other than"
            " separately kept counseling notes, test results, medications and bills."
        ),
        "recipients": _(
            "Those who treat me, those who pay for my care (my health plan and whoever acts for it), and those who"
            " help run these."
        ),
        "purpose": _("Treatment, payment and health care operations."),
        "ends": _("It has no end date. It ends when I take it back."),
    }
