"""What is said of invitations and consents, in words that name nothing."""

import zoneinfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import formats
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Channel, Delivery
from messaging.subjects import about
from patients.models import Consent, Invitation
from patients.services.consents import WITHDRAWN
from patients.services.invitations import INVITED, LOCKED, hash_of, key_of

_MAIL = _(
    "Hi {name},\n\n"
    "your page at {site} is ready. Open this link and choose how you sign in:\n\n"
    "{link}\n\n"
    "It works once, until {until}. You will be asked for your date of birth, and for nothing else about you.\n\n"
    "If you did not expect this, you need do nothing.\n"
)
_TEXT = _("{site}: your page is ready. Choose how you sign in, by {until}: {link} Reply STOP to end texts.")


def _called(delivery: Delivery) -> str:
    patient = getattr(delivery.recipient, "patient", None)
    return patient.called if patient else delivery.recipient.first_name


@composes(
    INVITED,
    category=Category.ACCOUNT,
    label=_("A link to sign in for the first time"),
    subject=_("Your page is ready"),
    sentence=_("your page is ready: choose how you sign in."),
    samples={"until": _("Monday, March 9")},
    texts={str(Channel.EMAIL): _MAIL, str(Channel.SMS): _TEXT},
)
def invited(delivery: Delivery) -> Call | Skip:
    """To the person invited, while the link opens something. The key is computed here and stands nowhere else."""
    invitation = Invitation.objects.select_related("patient__user").get(pk=delivery.subject_id)
    if not Invitation.objects.usable().filter(pk=invitation.pk).exists():
        return Skip("no longer open")
    key = key_of(invitation)
    if hash_of(key) != invitation.key_hash:  # the installation's secret was changed since
        return Skip("key changed")
    program = invitation.patient.episodes.order_by("-started_on").values_list("program_id", flat=True).first()
    zone = zoneinfo.ZoneInfo(delivery.recipient.zone)
    until = formats.date_format(timezone.localtime(invitation.expires_at, zone), "l, F j")
    values = {"name": _called(delivery), "until": until}
    return Call(values, program, path=f"/welcome/{key}/", only=(invitation.channel,))


@composes(
    LOCKED,
    category=Category.STAFF,
    label=_("A link to sign in was locked"),
    subject=_("A link was locked"),
    sentence=_(
        "a link you sent was locked after wrong answers. Call the person, check who they are, and send a new one."
    ),
)
def locked(delivery: Delivery) -> Call | Skip:
    """To whoever sent it, until another was sent."""
    invitation = Invitation.objects.select_related("patient").get(pk=delivery.subject_id)
    if Invitation.objects.filter(patient=invitation.patient_id, pk__gt=invitation.pk).exists():
        return Skip("invited again")
    return Call({"name": _called(delivery)}, path=f"/desk/people/{invitation.patient.uid}/start/")


@composes(
    WITHDRAWN,
    category=Category.STAFF,
    label=_("Somebody took back what they had signed"),
    subject=_("Something taken back, for you to look at"),
    sentence=_("somebody took back something they had signed. Look at what it changes, and stop what rests on it."),
)
def withdrawn(delivery: Delivery) -> Call | Skip:
    """To those who look after it, until somebody has dealt with it."""
    consent = Consent.objects.select_related("document", "patient").get(pk=delivery.subject_id)
    if consent.handled_at:
        return Skip("dealt with")
    path = f"/desk/people/{consent.patient.uid}/start/"
    return Call({"name": _called(delivery)}, consent.document.program_id, path=path)


@about(INVITED, LOCKED)
def _invitations(programs: list[int]) -> QuerySet:
    return Invitation.objects.filter(patient__episodes__program__in=programs).order_by().values("pk")


@about(WITHDRAWN)
def _consents(programs: list[int]) -> QuerySet:
    return Consent.objects.filter(document__program__in=programs).order_by().values("pk")
