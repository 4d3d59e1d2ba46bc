"""Staff answer what somebody asked for: to be excused, or a seat to make up hours."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode, lock_group
from scheduling.models import Booking, ExcuseRequest, SeatRequest
from scheduling.services.request_news import tell_excuse_answered, tell_seat_declined
from scheduling.services.seat_requests import settle
from scheduling.services.visitors import add_visitor

ANSWERS = (ExcuseRequest.State.EXCUSED, ExcuseRequest.State.EXPECTED, ExcuseRequest.State.TALK)
WORDS_LENGTH = 1000


@in_one_piece
def answer_excuse(
    *, request: ExcuseRequest, answer: str, words: str, by: User, seen: int | None = None
) -> ExcuseRequest:
    """Excuse somebody, ask them to come, or to talk first; with a sentence, which a no needs. An answer may be changed: the
    person is told each time. The same answer again changes nothing.

    seen: how often it was answered when the page was opened. Raises Refusal (no_answer, no_words, long, taken_back, moved,
    not_expected, changed_meanwhile).
    """
    words = words.strip().replace("\r\n", "\n")
    if answer not in ANSWERS:
        raise Refusal(_("Choose an answer."), "no_answer", "answer")
    if answer != ExcuseRequest.State.EXCUSED and not words:
        raise Refusal(_("Say why, or when you will talk: a sentence is enough."), "no_words", "words")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    Booking.objects.select_for_update(no_key=True).get(pk=request.booking_id)
    request = ExcuseRequest.objects.select_related(
        "booking__session__group", "booking__patient__user", "answered_by"
    ).get(pk=request.pk)
    name = {"name": request.patient}
    if request.is_withdrawn:
        raise Refusal(_("%(name)s took it back and means to come.") % name, "taken_back")
    if request.booking.released_at or request.session.is_cancelled:
        raise Refusal(_("%(name)s is no longer expected there.") % name, "not_expected")
    if request.asked_for != request.booking.starts_at:
        raise Refusal(_("The session has another time now. %(name)s would have to ask again.") % name, "moved")
    if (request.state, request.answer) == (answer, words):
        return request
    if seen is not None and seen != request.answers:
        raise Refusal(
            _("%(name)s answered meanwhile. Look at it, then answer again if you must.")
            % {"name": request.answered_by},
            "changed_meanwhile",
        )
    request.state, request.answer, request.answered_by = answer, words, by
    request.answered_at, request.answers = timezone.now(), request.answers + 1
    request.save(update_fields=["state", "answer", "answered_by", "answered_at", "answers"])
    tell_excuse_answered(request)
    return request


def _locked(request: SeatRequest) -> SeatRequest:
    """The request under the locks that booking a seat takes, in their order."""
    lock_episode(request.episode)
    lock_group(request.session.group)
    rows = SeatRequest.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("session__group", "episode", "patient__user").get(pk=request.pk)


def _require_open(request: SeatRequest) -> None:
    if request.state == SeatRequest.State.WITHDRAWN:
        raise Refusal(_("%(name)s no longer asks for this seat.") % {"name": request.patient}, "taken_back")
    if request.state != SeatRequest.State.OPEN:
        raise Refusal(_("This request is answered already."), "answered")


@in_one_piece
def confirm_seat(*, request: SeatRequest, by: User) -> SeatRequest:
    """Book the seat that was asked for: by the same checks as any visitor's, and the person is told. Twice changes nothing; where
    they are expected there by now anyway, that is the seat.

    Raises Refusal (taken_back, answered) and those of `visitors.require_seat`.
    """
    request = _locked(request)
    if request.state == SeatRequest.State.BOOKED:
        return request
    _require_open(request)
    visit = Booking.objects.live().filter(session=request.session, patient=request.patient_id).first()
    visit = visit or add_visitor(session=request.session, episode=request.episode, by=by)
    return settle(request, visit, answered_by=by)


@in_one_piece
def decline_seat(*, request: SeatRequest, words: str, by: User) -> SeatRequest:
    """Say no, with a sentence; the person is told. Raises Refusal (no_words, long, taken_back, answered)."""
    words = words.strip().replace("\r\n", "\n")
    if not words:
        raise Refusal(_("Say why, or what else would help: a sentence is enough."), "no_words", "words")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    request = _locked(request)
    _require_open(request)
    request.state, request.answer, request.answered_by = SeatRequest.State.DECLINED, words, by
    request.closed_at = timezone.now()
    request.save(update_fields=["state", "answer", "answered_by", "closed_at"])
    tell_seat_declined(request)
    return request
