"""What is said of cover: somebody is needed, somebody else than usual will be there, who leads now."""

from django.utils.translation import gettext_lazy as _

from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Booking, CoverRequest, Session
from scheduling.services.candidates import candidates_for
from scheduling.services.news import is_expected, is_latest
from scheduling.services.reminders import WHEN, called, local_words

COVER_PAGE = "/desk/cover/"


def covered_parts(session: Session) -> dict[str, int]:
    """The parts of the session that somebody took over and still has -> who (id). One query."""
    return dict(CoverRequest.objects.standing().filter(session=session).values_list("part", "taken_by"))


@composes(
    "session_cover",
    category=Category.CHANGE,
    label=_("Somebody else leads a session"),
    subject=_("Somebody else than usual: {when}"),
    sentence=_("on {when} somebody else than usual will be with you."),
    samples=WHEN,
)
def session_cover(delivery: Delivery) -> Call | Skip:
    """The news, to those in care, that somebody else leads; of several changes only the latest."""
    session = Session.objects.select_related("group").get(pk=delivery.subject_id)
    if session.is_cancelled:
        return Skip("session cancelled")
    if not is_latest(delivery):
        return Skip("changed again")
    if not is_expected(delivery, session):
        return Skip("no longer expected")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    if covered_parts(session):
        return Call(values, session.group.program_id)
    return Call(
        values,
        session.group.program_id,
        subject=_("As usual after all: {when}"),
        sentence=_("on {when} whoever is usually with you will be there after all."),
    )


@composes(
    "cover_settled",
    category=Category.STAFF,
    label=_("Who leads a session has changed"),
    subject=_("Cover: {when}"),
    sentence=_("somebody else takes your appointment on {when}."),
    samples=WHEN,
)
def cover_settled(delivery: Delivery) -> Call | Skip:
    """To staff: whoever takes it over, whoever was to be there, and whoever is there with them."""
    session = Session.objects.select_related("group").get(pk=delivery.subject_id)
    if session.is_cancelled:
        return Skip("session cancelled")
    if not is_latest(delivery):
        return Skip("changed again")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    here = Booking.objects.live().filter(session=session, user=user).first()
    if here is None:
        return Call(values, session.group.program_id, path=COVER_PAGE)
    path = f"/desk/sessions/{session.uid}/"
    covered = covered_parts(session)
    if covered.get(here.part) == user.pk:
        said = _("you take the appointment on {when}.")
    elif covered:
        said = _("somebody else than usual is with you on {when}.")
    else:
        said = _("the appointment on {when} is yours as before.")
    return Call(values, session.group.program_id, path=path, sentence=said)


@composes(
    "cover_wanted",
    category=Category.STAFF,
    label=_("Somebody is needed to cover"),
    subject=_("Cover wanted: {when}"),
    sentence=_("somebody is needed on {when}. Could you take it?"),
    samples=WHEN,
)
def cover_wanted(delivery: Delivery) -> Call | Skip:
    """To somebody who could cover: the first of the same absence that they can still take."""
    asked = CoverRequest.objects.get(pk=delivery.subject_id)
    same = {"time_off": asked.time_off_id} if asked.time_off_id else {"pk": asked.pk}
    wanted = list(
        CoverRequest.objects.open().filter(**same).select_related("session__group").order_by("session__starts_at", "pk")
    )
    user = delivery.recipient
    found = candidates_for(places=[(r.session, r.part) for r in wanted], users=[user])
    for request in wanted:
        if any(candidate.fits for candidate in found[request.session_id, request.part]):
            session = request.session
            values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
            return Call(values, session.group.program_id, path=COVER_PAGE)
    return Skip("no longer wanted of them")
