"""Leaving the program: an episode ends, and with it everything that was planned for it."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Membership, WaitlistEntry
from groups.services import finishing_time, lock_episode, withdraw_from_waitlist
from patients.models import Episode
from patients.services import end_care_team
from scheduling.models import SeatOffer, SeatRequest
from scheduling.services.appointments import cancel_for_end_of_stay
from scheduling.services.seats import leave_group
from scheduling.services.visitors import release_visits


@in_one_piece
def end_episode(*, episode: Episode, ended_on: dt.date, reason: str, by: User | None = None) -> Episode:
    """End a stay: `ended_on` is the first day no longer in care. Groups, seats, wait-lists and appointments end with it.
    Who had an appointment is told, but `by`.

    The care team keeps access for the finishing time, to complete its notes; supervisors and admissions likewise.
    Raises Refusal (already_ended, ended_before_started, no_reason).
    """
    episode = lock_episode(episode)
    if episode.ended_on is not None:
        raise Refusal(_("This stay has already ended."), "already_ended")
    if ended_on <= episode.started_on:
        raise Refusal(_("It must end after the day of admission."), "ended_before_started", "ended_on")
    if not reason.strip():
        raise Refusal(_("Say why it ends."), "no_reason", "reason")
    # Those who were to leave later leave now too; who left before today left then.
    memberships = Membership.objects.not_over(max(ended_on, episode.program.today)).filter(episode=episode)
    for membership in memberships.select_related("group__program").order_by("group_id"):
        leave_group(membership=membership, left_on=max(ended_on, membership.joined_on), reason=reason)
    for entry in WaitlistEntry.objects.waiting().filter(episode=episode):
        withdraw_from_waitlist(entry=entry)
    release_visits(episode=episode, from_day=ended_on)
    SeatOffer.objects.open().filter(episode=episode).update(state=SeatOffer.State.WITHDRAWN, answered_at=timezone.now())
    SeatRequest.objects.filter(episode=episode, state=SeatRequest.State.OPEN).update(
        state=SeatRequest.State.WITHDRAWN, closed_at=timezone.now()
    )
    cancel_for_end_of_stay(episode=episode, ended_on=ended_on, reason=reason, by=by)
    until = finishing_time(episode.program, ended_on)
    for source in (f"primary:{episode.pk}", f"admission:{episode.pk}"):
        end_care_team(source=source, patient=episode.patient, at=until)
    episode.ended_on, episode.ended_reason = ended_on, reason.strip()
    episode.save(update_fields=["ended_on", "ended_reason"])
    return episode
