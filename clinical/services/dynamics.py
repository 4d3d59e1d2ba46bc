"""What leaders keep of a group as a whole, apart from anybody's record; and a clinician's own psychotherapy notes."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import User
from clinical.models import GroupObservation, PsychotherapyNote
from clinical.models.dynamics import SCALES, GroupRole, GroupStage
from clinical.services.guards import person_of
from clinical.services.names import Finder
from core.errors import Refusal
from groups.models import Facilitator, Group
from patients.models import Patient
from scheduling.models import Booking, Session


def groups_led(user: User):
    """Groups the person leads now, or whose leaders they supervise."""
    leaders = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        leaders |= Q(user__staff_profile__supervisor=user)
    return Group.objects.filter(pk__in=Facilitator.objects.current().filter(leaders).values("group"))


def may_observe(user: User, session: Session) -> bool:
    """Whether the person led the session, leads its group now, or supervises somebody who does. Two queries at most."""
    leaders = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        leaders |= Q(user__staff_profile__supervisor=user)
    led = Booking.objects.live().filter(leaders, session=session, user__isnull=False)
    return groups_led(user).filter(pk=session.group_id).exists() or led.exists()


@transaction.atomic
def save_observation(*, session: Session, values: Mapping, version: int, by: User) -> GroupObservation:
    """Keep how the group was. values: the scales (0-4 or None for "not rated"), `stage`, `roles`, `text`. version: the one the
    writer saw (0: none).

    Raises Refusal (not_a_leader, not_begun, changed_meanwhile, names_somebody): it is about the group, and nobody in it is named.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session.pk)
    if not may_observe(by, session):
        raise Refusal(_("Only who leads this group observes it."), "not_a_leader")
    if not session.has_begun or session.is_cancelled:
        raise Refusal(_("This can be written once the session has begun."), "not_begun")
    text = values.get("text", "").strip()
    _refuse_names(session, text)
    kept = {name: values.get(name) for name in SCALES} | {
        "stage": values.get("stage", ""),
        "roles": sorted(set(values.get("roles", []))),
        "text": text,
    }
    if kept["stage"] not in ("", *GroupStage.values) or not set(kept["roles"]) <= set(GroupRole.values):
        raise Refusal(_("Choose from what is offered."), "not_a_choice", "stage")
    found = GroupObservation.objects.filter(session=session).select_related("written_by").first()
    if found is None:
        return GroupObservation.objects.create(session=session, written_by=by, **kept)
    if all(getattr(found, name) == value for name, value in kept.items()):
        return found
    if found.version != version:
        raise Refusal(
            _("%(name)s changed this meanwhile. Yours is still here: compare, then save again.")
            % {"name": found.written_by},
            "changed_meanwhile",
            "text",
        )
    for name, value in kept.items():
        setattr(found, name, value)
    found.version, found.written_by = found.version + 1, by
    found.save()
    return found


def _refuse_names(session: Session, text: str) -> None:
    """An observation is about the group. Raises Refusal (names_somebody)."""
    if not text:
        return
    booked = Booking.objects.filter(session=session, patient__isnull=False).values("patient")
    members = (
        Patient.objects.select_related("user")
        .filter(Q(pk__in=booked) | Q(memberships__group=session.group_id))
        .distinct()
    )
    finder = Finder([person_of(patient) for patient in members])
    if found := next(iter(finder.look(text)), None):
        raise Refusal(
            _("“%(place)s” may name somebody. This is about the group: say “a member”.") % {"place": found.words},
            "names_somebody",
            "text",
        )


@transaction.atomic
def save_private_note(
    *,
    author: User,
    text: str,
    about_on: dt.date,
    session: Session | None = None,
    note: PsychotherapyNote | None = None,
    version: int = 0,
) -> PsychotherapyNote:
    """Keep a psychotherapy note of one's own (45 CFR 164.501). Raises Refusal (empty, future, not_yours, changed_meanwhile)."""
    if not text.strip():
        raise Refusal(_("Write something, or leave."), "empty", "text")
    if about_on > timezone.localdate():
        raise Refusal(_("This day is still to come."), "future", "about_on")
    if note is None:
        return PsychotherapyNote.objects.create(author=author, session=session, about_on=about_on, text=text.strip())
    found = PsychotherapyNote.objects.select_for_update(no_key=True).filter(pk=note.pk, author=author).first()
    if found is None:
        raise Refusal(_("This is not yours."), "not_yours")
    if found.version != version:
        raise Refusal(
            _("You changed this elsewhere meanwhile. What you typed is still here."), "changed_meanwhile", "text"
        )
    found.text, found.about_on, found.version = text.strip(), about_on, found.version + 1
    found.save(update_fields=["text", "about_on", "version", "written_at"])
    return found
