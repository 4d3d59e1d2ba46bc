"""What people consent to: versions that are sealed, signatures that stay, withdrawals that are dated and dealt with."""

import datetime as dt
from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import together
from patients.models import Consent, ConsentDocument
from patients.models.consents import ELEMENTS
from patients.services import consents
from tests.factories import make_patient, make_program, make_staff

pytestmark = pytest.mark.django_db


def draft_of(house, kind="telehealth", by=None) -> ConsentDocument:
    return consents.start_version(program=house.program, kind=kind, by=by or house.admin)


def published(house, kind="telehealth") -> ConsentDocument:
    return consents.publish(document=draft_of(house, kind), by=house.admin)


def words_of(document, **changed) -> dict:
    return {**{name: getattr(document, name) for name in ("title", "text", *ELEMENTS)}, **changed}


def sign(house, document, patient=None) -> Consent:
    patient = patient or house.pat
    return consents.sign(document=document, patient=patient, name=patient.name, by=patient.user)


def refused(deed, **given) -> str:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        deed(**given)
    return refusal.value.code


# --- versions


@pytest.mark.parametrize("kind", ConsentDocument.Kind.values)
def test_words_are_offered_to_begin_with(house, kind):
    draft = draft_of(house, kind)
    assert draft.version == 1 and len(draft.text) > 400 and draft.title
    assert bool(draft.elements) == (kind == "sharing")
    assert all(said for _label, said in draft.elements)
    assert consents.publish(document=draft, by=house.admin).published_at


def test_the_consent_to_share_says_what_the_rule_asks_for(house):
    """42 CFR 2.31: who, what, with whom, what for, until when, how to revoke, redisclosure, and what refusing means."""
    draft = draft_of(house, "sharing")
    for phrase in ("42 CFR Part 2", "take this consent back at any time, in writing", "HIPAA", "If I don’t sign"):
        assert phrase in draft.text
    assert house.program.name in draft.discloser and "Treatment, payment" in draft.purpose
    assert "other than separately kept counseling notes" in draft.information.replace("\n", " ")
    for name in ELEMENTS:
        consents.save_draft(document=draft, by=house.admin, **words_of(draft_of(house, "sharing"), **{name: " "}))
        assert refused(consents.publish, document=draft, by=house.admin) == "empty"
        consents.save_draft(document=draft, by=house.admin, **words_of(draft))


def test_the_table_holds_no_published_consent_to_share_without_them(house):
    draft = draft_of(house, "sharing")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentDocument.objects.filter(pk=draft.pk).update(
            recipients="", published_at=timezone.now(), published_by=house.admin
        )


def test_one_draft_at_a_time_from_the_last_version(house):
    first = published(house)
    draft = draft_of(house)
    assert draft.version == 2 and draft.text == first.text and draft_of(house, by=house.bob) == draft
    assert refused(consents.publish, document=draft, by=house.admin) == "same"
    consents.save_draft(document=draft, by=house.bob, **words_of(draft, text="Other words."))
    second = consents.publish(document=draft, by=house.bob)
    assert consents.is_in_force(second) and not consents.is_in_force(first)


def test_what_is_published_never_changes(house):
    document = published(house)
    for deed in (consents.publish, consents.discard_draft):
        assert refused(deed, document=document, by=house.admin) == "published"
    assert refused(consents.save_draft, document=document, by=house.admin, **words_of(document)) == "published"
    for change in ({"text": "Other"}, {"published_at": None, "published_by": None}, {"version": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ConsentDocument.objects.filter(pk=document.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        document.delete()
    discarded = draft_of(house)
    consents.discard_draft(document=discarded, by=house.admin)
    assert refused(consents.publish, document=discarded, by=house.admin) == "gone"


def test_only_those_who_word_consents_do(house):
    draft = draft_of(house)
    elsewhere = make_staff(make_program("Elsewhere"), "program_admin")
    for by in (house.alice, house.coordinator, elsewhere):
        assert refused(consents.start_version, program=house.program, kind="treatment", by=by) == "not_yours"
        assert refused(consents.publish, document=draft, by=by) == "not_yours"
        assert refused(consents.save_draft, document=draft, by=by, **words_of(draft)) == "not_yours"


# --- signatures


def test_signed_once_and_asked_for_no_more(house):
    document = published(house)
    assert consents.to_sign(house.pat) == [document]
    consent = sign(house, document)
    assert sign(house, document) == consent, "again changes nothing"
    assert consents.to_sign(house.pat) == [] and consents.to_sign(house.quinn) == [document]


def test_who_may_sign_what(house):
    document, draft = published(house), draft_of(house, "treatment")
    zed = make_patient((program := make_program("Elsewhere")), make_staff(program), "Zed").patient
    deed = partial(consents.sign, name="A Name")
    assert refused(deed, document=document, patient=house.pat, by=house.alice) == "not_own"
    assert refused(deed, document=document, patient=zed, by=zed.user) == "not_theirs"
    assert refused(deed, document=draft, patient=house.pat, by=house.pat.user) == "not_in_force"
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.create(document=draft, patient=house.pat, name="Pat", signed_at=timezone.now())
    for name in ("", " P ", "x" * 201):
        assert refused(consents.sign, document=document, patient=house.pat, name=name, by=house.pat.user) == "unnamed"


def test_a_signature_stays_as_it_is(house):
    document, other = published(house), published(house, "treatment")
    consent = sign(house, document)
    for change in (
        {"name": "Somebody"},
        {"document": other},
        {"patient": house.quinn},
        {"signed_at": timezone.now() - dt.timedelta(days=1)},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Consent.objects.filter(pk=consent.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        consent.delete()


def test_who_may_know_of_a_signature(house):
    consent = sign(house, published(house))
    for who in (house.alice, house.bob, house.admin, house.pat.user):
        assert Consent.objects.visible_to(who).get() == consent
    for stranger in (house.charlie, house.quinn.user):
        assert not Consent.objects.visible_to(stranger).exists()


# --- withdrawals


def test_a_withdrawal_is_dated_once_and_dealt_with_once(house, clock):
    consent = sign(house, published(house, "sharing"))
    clock.shift(dt.timedelta(days=3))
    handle = partial(consents.handle_withdrawal, consent=consent)
    assert refused(handle, relied_until=None, by=house.alice) == "not_withdrawn"
    assert refused(consents.withdraw, consent=consent, words="", by=house.alice) == "not_own"
    assert refused(consents.withdraw, consent=consent, words="x" * 2001, by=house.pat.user) == "too_long"
    consents.withdraw(consent=consent, words="Enough.", by=house.pat.user)
    assert refused(consents.withdraw, consent=consent, words="", by=house.pat.user) == "withdrawn"
    assert list(Consent.objects.to_handle()) == [consent]
    today = house.program.today
    for day in (today + dt.timedelta(days=1), today - dt.timedelta(days=4)):
        assert refused(handle, relied_until=day, by=house.alice) == "bad_day"
    assert refused(handle, relied_until=today, by=house.charlie) == "not_theirs"
    kept = handle(relied_until=today, by=house.alice)
    assert (kept.relied_until, kept.handled_by) == (today, house.alice)
    assert refused(handle, relied_until=None, by=house.bob) == "handled"
    assert not Consent.objects.to_handle().exists()
    for change in ({"withdrawn_at": None}, {"relied_until": None}, {"withdrawn_words": "Other"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Consent.objects.filter(pk=consent.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_signed_in_eight_tabs_at_once_it_is_one_signature(committed_house):
    house = committed_house
    document = published(house)
    found = together([partial(sign, house, document)] * 8)
    assert len({one.pk for one in found}) == 1 and Consent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_who_begin_a_version_at_once_share_one_draft(committed_house):
    house = committed_house
    found = together([partial(draft_of, house)] * 8)
    assert len({one.pk for one in found}) == 1
