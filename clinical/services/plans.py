"""Writing, signing and reviewing treatment plans, and the patient's answer to them.

CLINICAL_FACTS section 1, treatment plan: problem, long-term goal, measurable objective, intervention, frequency, responsible
staff, target date, the patient's agreement and signature; a first plan within days, review every 7 to 30 days.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import ClinicalPolicy, PlanAgreement, PlanReview, TreatmentPlan
from clinical.services import plan_news, sealing
from clinical.services.plan_text import PlanText, lacking, read_text, write_text
from core.errors import Refusal
from patients.models import Episode, Patient

# CLINICAL_FACTS section 1: a full plan within 30 days, many IOPs within 7. Seven is what we hold people to.
INITIAL_PLAN_DAYS = 7
# A review that began a new version: how long that version may take before the review counts as due again.
REVISION_DAYS = 7


def plan_in_force(episode: Episode) -> TreatmentPlan | None:
    """The newest sealed version that is not voided. One query."""
    return TreatmentPlan.objects.sealed().filter(episode=episode).order_by("-number").first()


def open_version(episode: Episode) -> TreatmentPlan | None:
    """The version being written or waiting for a co-signature. One query."""
    return TreatmentPlan.objects.filter(episode=episode, sealed_at=None).first()


def review_due(plan: TreatmentPlan, last: PlanReview | None = None) -> dt.date:
    """When a sealed plan is to be gone through next: as its last review says, else its days after it was sealed.

    last: its last review, if the caller has it; without it one query.
    """
    last = last or plan.reviews.order_by("-reviewed_on", "-pk").first()
    return last.next_on if last else timezone.localdate(plan.sealed_at) + dt.timedelta(days=plan.review_days)


@transaction.atomic
def begin_plan(*, episode: Episode, by: User) -> TreatmentPlan:
    """The episode's open draft: the one there is, else a new version that begins as a copy of the one in force.

    Objectives keep their `line`, so that their timeline goes on. Raises Refusal (episode_over, awaiting).
    """
    # A key of its own for whoever begins at the same moment: the second gets the first one's draft.
    episode = Episode.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=episode.pk)
    today = timezone.localdate()
    if episode.ended_on and episode.ended_on <= today:
        raise Refusal(_("This stay is over: its plan stays as it is."), "episode_over")
    if found := open_version(episode):
        if found.is_signed:
            raise Refusal(
                _("Version %(n)s waits for a co-signature. A new one can begin after that.") % {"n": found.number},
                "awaiting",
            )
        return found
    newest = TreatmentPlan.objects.filter(episode=episode).order_by("-number").first()
    plan = TreatmentPlan.objects.create(
        patient_id=episode.patient_id,
        episode=episode,
        number=newest.number + 1 if newest else 1,
        review_days=ClinicalPolicy.of(episode.program_id).review_days,
        author=by,
        written_at=timezone.now(),
    )
    if before := plan_in_force(episode):
        text = read_text(before)
        plan.strengths, plan.culture = text.strengths, text.culture
        plan.save(update_fields=["strengths", "culture"])
        write_text(plan, text.as_copy(), keep_lines=True)
    return plan


def _draft(plan: TreatmentPlan) -> TreatmentPlan:
    """The plan under its lock. Raises Refusal (signed) unless it is a draft."""
    plan = (
        TreatmentPlan.objects.select_for_update(no_key=True, of=("self",))
        .select_related("episode__program", "patient", "author")
        .filter(pk=plan.pk)
        .first()
    )
    if plan is None:
        raise Refusal(_("This draft was thrown away meanwhile."), "discarded")
    if plan.is_signed:
        raise Refusal(_("This version is signed. Begin a new one to change it."), "signed")
    return plan


def _require_seen(plan: TreatmentPlan, version: int | None) -> None:
    if version is not None and plan.version != version:
        raise Refusal(
            _("%(name)s changed this plan meanwhile. Your text is still here: compare, then save again.")
            % {"name": plan.author},
            "changed_meanwhile",
        )


@transaction.atomic
def save_plan(*, plan: TreatmentPlan, text: PlanText, version: int, by: User) -> TreatmentPlan:
    """Save a draft as a whole: what is not in `text` any more is removed. A fixed number of queries.

    version: the one the writer saw. Raises Refusal (signed, discarded, changed_meanwhile, and those of `write_text`).
    """
    plan = _draft(plan)
    text = text.tidy()
    if text == read_text(plan):
        return plan
    _require_seen(plan, version)
    plan.strengths, plan.culture = text.strengths, text.culture
    plan.version, plan.author, plan.written_at = plan.version + 1, by, timezone.now()
    plan.save(update_fields=["strengths", "culture", "version", "author", "written_at"])
    write_text(plan, text)
    return plan


@transaction.atomic
def discard_draft(*, plan: TreatmentPlan, version: int | None, by: User) -> None:
    """Throw a draft away; its history stays on the record. Raises Refusal (signed, discarded, changed_meanwhile)."""
    plan = _draft(plan)
    _require_seen(plan, version)
    write_text(plan, PlanText())
    plan.delete()


@transaction.atomic
def sign_plan(*, plan: TreatmentPlan, by: User, version: int | None = None) -> TreatmentPlan:
    """Sign a draft: sealed at once, or waiting for the co-signature `by` needs. The patient is told when it is sealed.

    version: the one the signer read. Raises Refusal (signed, discarded, changed_meanwhile, incomplete: its field is the place).
    """
    plan = _draft(plan)
    _require_seen(plan, version)
    if lacks := lacking(read_text(plan), timezone.localdate()):
        raise Refusal(f"{lacks[0].where}: {lacks[0].what}", "incomplete", lacks[0].place)
    facts = {
        "program": plan.episode.program.name,
        "episode": str(plan.episode.uid),
        "number": plan.number,
        "review_days": plan.review_days,
        "state": plan.patient.state,
    }
    sealing.sign(plan, by=by, facts=facts, signer=sealing.signer_facts(by, plan.patient.state))
    plan.save(update_fields=sealing.SIGNING)
    if plan.is_sealed:
        plan_news.tell_ready(plan)
    return plan


@transaction.atomic
def take_back_plan(*, plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """Make one's own signed plan a draft again while it waits. Raises Refusal (not_awaiting, not_yours)."""
    plan = TreatmentPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    sealing.take_back(plan, by=by)
    return plan


def _in_force(plan: TreatmentPlan) -> TreatmentPlan:
    """The plan under its lock. Raises Refusal (not_in_force) unless it is the one in force."""
    plan = (
        TreatmentPlan.objects.select_for_update(no_key=True, of=("self",))
        .select_related("episode__program")
        .get(pk=plan.pk)
    )
    # A newer version is sealed under its own lock: whoever comes second sees it here, or is answered about the older one.
    if plan_in_force(plan.episode) != plan:
        raise Refusal(_("This version is not the one in force."), "not_in_force")
    return plan


@transaction.atomic
def review_plan(
    *,
    plan: TreatmentPlan,
    outcome: str,
    by: User,
    text: str = "",
    reviewed_on: dt.date | None = None,
    next_on: dt.date | None = None,
) -> PlanReview:
    """Write down that the plan in force was gone through with the patient: it goes on, or a new version is begun.

    next_on: of a plan that goes on, the next review (as the program's rules say by default); a new version is due within
    REVISION_DAYS. Raises Refusal (not_in_force, review_date, next_date, and those of `begin_plan`).
    """
    plan = _in_force(plan)
    today = timezone.localdate()
    on = reviewed_on or today
    if not timezone.localdate(plan.sealed_at) <= on <= today:
        raise Refusal(
            _("A review is on a day since this version was sealed, and not in the future."),
            "review_date",
            "reviewed_on",
        )
    days = ClinicalPolicy.of(plan.episode.program_id).review_days
    if outcome == PlanReview.Outcome.REVISED:
        next_on = on + dt.timedelta(days=REVISION_DAYS)
        begin_plan(episode=plan.episode, by=by)
    else:
        next_on = next_on or on + dt.timedelta(days=days)
        if not on < next_on <= on + dt.timedelta(days=days):
            raise Refusal(
                _("The next review is after this one, and within %(days)s days of it.") % {"days": days},
                "next_date",
                "next_on",
            )
    return PlanReview.objects.create(
        plan=plan,
        patient_id=plan.patient_id,
        reviewed_on=on,
        next_on=next_on,
        outcome=outcome,
        text=text.strip(),
        by=by,
        name=sealing.signature(by),
        at=timezone.now(),
    )


@transaction.atomic
def answer_plan(
    *, plan: TreatmentPlan, patient: Patient, answer: str, name: str, words: str = "", content_hash: str = ""
) -> PlanAgreement:
    """The patient's answer to the version in force: they agree and sign with their name, or say why they don't.

    content_hash: of what they read. Somebody who already agrees has signed once. A disagreement is told to the primary
    clinician. Raises Refusal (not_yours, not_in_force, changed_meanwhile, no_name, no_words).
    """
    if plan.patient_id != patient.pk:
        raise Refusal(_("This is not yours to sign."), "not_yours")
    plan = _in_force(plan)
    if (content_hash and content_hash != plan.content_hash) or not plan.is_intact:
        raise Refusal(_("This changed meanwhile. Please read it once more."), "changed_meanwhile")
    name, words = " ".join(name.split()), words.strip()
    if not name:
        raise Refusal(_("Type your name to sign."), "no_name", "name")
    if answer == PlanAgreement.Answer.DISAGREES and not words:
        raise Refusal(_("Please say what you would like to be different."), "no_words", "words")
    last = plan.agreements.order_by("-at", "-pk").first()
    if last and last.answer == answer and last.words == words:
        return last
    given = PlanAgreement.objects.create(
        plan=plan,
        patient=patient,
        answer=answer,
        words=words,
        name=name[:200],
        at=timezone.now(),
        content_hash=plan.content_hash,
    )
    if answer == PlanAgreement.Answer.DISAGREES:
        plan_news.tell_answered(given)
    return given
