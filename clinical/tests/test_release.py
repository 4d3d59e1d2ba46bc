"""What somebody reads of their own record: sealed, shown by their program, not withheld; withholding, reviews and downloads."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import StaffProfile
from clinical.models import Kind, RecordExport, ReleasePolicy, Withholding
from clinical.queries_release import entries_of, entry_of, plans_of, responses_of
from clinical.services import release
from clinical.services.cosigning import cosign_all, void
from clinical.services.measures import record_response
from clinical.tests.documenting import sign_one, write_one
from core.errors import Refusal
from messaging.kinds import Call, compose
from messaging.models import Delivery
from tests.clinical_factories import make_plan
from tests.desk import document

WHY = "He wrote that he knows where she lives."


@contextmanager
def refuses(code, field=None):
    with pytest.raises(Refusal) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.fixture
def desk(house, clock):
    """Monday noon: Pat's note of the session and a visit's are signed."""
    clock.shift(dt.timedelta(hours=4))
    document(house.session, house.alice, Pat="Spoke of the week.", Quinn="Her own story.")
    house.visit = sign_one(house.pat, house.alice)
    return house


def found(house) -> list:
    return [entry.thing for entry in entries_of(house.pat)]


def test_signed_is_read_at_once_and_drafts_never(desk):
    draft = write_one(desk.pat, desk.alice, Kind.CASE_MANAGEMENT)
    note = desk.pat.notes.get()
    assert set(found(desk)) == {note, desk.visit}
    assert entry_of(desk.pat, draft.uid) is None
    assert entry_of(desk.quinn, note.uid) is None
    assert entry_of(desk.pat, note.uid).thing == note


def test_what_waits_for_a_cosignature_is_not_read_yet(desk):
    StaffProfile.objects.filter(user=desk.alice).update(needs_cosignature=True)
    desk.alice.staff_profile.refresh_from_db()
    waits = sign_one(desk.pat, desk.alice, Kind.CASE_MANAGEMENT)
    assert waits.is_awaiting and waits not in found(desk)
    cosign_all(things=[waits], by=desk.bob, seen={("document", waits.pk): waits.content_hash})
    assert waits in found(desk)


def test_what_is_voided_is_not_read(desk):
    void(thing=desk.visit, reason="Wrong person.", by=desk.bob)
    assert desk.visit not in found(desk)


@pytest.mark.parametrize("part", ["notes", "visits", "discharge"])
def test_a_program_says_which_kinds_are_read(desk, part):
    summary = sign_one(desk.pat, desk.alice, Kind.DISCHARGE, said="Bye")
    safety = sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    of = {"notes": desk.pat.notes.get(), "visits": desk.visit, "discharge": summary}
    ReleasePolicy.objects.create(program=desk.program, **{part: False})
    shown = found(desk)
    assert {name for name, thing in of.items() if thing not in shown} == {part}
    assert safety in shown, "a plan for hard times is theirs whatever the rules"


def test_after_so_many_days(desk, clock):
    ReleasePolicy.objects.create(program=desk.program, days=3)
    assert found(desk) == []
    clock.shift(dt.timedelta(days=3))
    assert len(found(desk)) == 2


def test_plans_and_measures(desk, clock):
    plan = make_plan(desk.pat_episode, desk.alice)
    record_response(measure="phq2", answers={"1": 1, "2": 0}, mode="self", by=desk.pat.user, episode=desk.pat_episode)
    assert plans_of(desk.pat) == [plan] and len(responses_of(desk.pat)) == 1
    assert plans_of(desk.quinn) == [] and responses_of(desk.quinn) == []
    ReleasePolicy.objects.create(program=desk.program, plans=False, measures=False)
    assert plans_of(desk.pat) == [plan], "what is in force they are asked to sign"
    assert responses_of(desk.pat) == []


def test_as_many_queries_for_ten_notes_as_for_two(desk):
    def count(whole):
        with CaptureQueriesContext(connection) as seen:
            entries_of(desk.pat, whole=whole)
        return len(seen)

    before = count(False), count(True)
    for _n in range(4):
        sign_one(desk.pat, desk.alice, Kind.CASE_MANAGEMENT, said=f"{_n} more")
    assert (count(False), count(True)) == before


# --- withholding


def test_withheld_with_a_ground_and_a_reason_and_shown_again(desk):
    with refuses("no_ground", "ground"):
        release.withhold(thing=desk.visit, ground="embarrassing", reason=WHY, by=desk.alice)
    with refuses("empty", "reason"):
        release.withhold(thing=desk.visit, ground="safety", reason=" ", by=desk.alice)
    held = release.withhold(thing=desk.visit, ground="safety", reason=WHY, by=desk.alice)
    assert release.withhold(thing=desk.visit, ground="safety", reason="Again", by=desk.bob) == held
    (entry,) = [e for e in entries_of(desk.pat) if e.withholding]
    assert entry.thing == desk.visit
    release.lift(withholding=held, by=desk.alice)
    assert not [e for e in entries_of(desk.pat) if e.withholding]
    with refuses("lifted"):
        release.lift(withholding=held, by=desk.alice)


def test_who_withholds_what(desk):
    for stranger in (desk.charlie, desk.coordinator, desk.admin, desk.pat.user):
        with refuses("not_yours"):
            release.withhold(thing=desk.visit, ground="safety", reason=WHY, by=stranger)
    with refuses("not_sealed"):
        release.withhold(thing=write_one(desk.pat, desk.alice), ground="safety", reason=WHY, by=desk.bob)
    with refuses("theirs"):
        release.withhold(
            thing=sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN), ground="safety", reason=WHY, by=desk.bob
        )


def test_a_review_is_made_by_somebody_who_had_no_part_in_it(desk):
    held = release.withhold(thing=desk.visit, ground="other_person", reason=WHY, by=desk.alice)
    with refuses("not_asked"):
        release.review(withholding=held, upheld=True, words="It stays.", by=desk.bob)
    with refuses("not_own"):
        release.ask_review(withholding=held, by=desk.quinn.user)
    release.ask_review(withholding=held, by=desk.pat.user)
    call = compose(Delivery.objects.get(kind="review_asked", recipient=desk.bob))
    assert isinstance(call, Call) and call.path == "/desk/corrections/"
    with refuses("had_part"):
        release.review(withholding=held, upheld=True, words="It stays.", by=desk.alice)
    done = release.review(withholding=held, upheld=False, words="You may read it.", by=desk.bob)
    assert done.lifted_at and not [e for e in entries_of(desk.pat) if e.withholding]
    assert isinstance(compose(Delivery.objects.get(kind="review_answered")), Call)


def test_walls_of_withholding(desk):
    row = {
        **{"patient": desk.pat, "document": desk.visit, "ground": "safety", "reason": WHY, "by": desk.alice},
        **{"name": "Alice", "at": timezone.now()},
    }
    theirs = sign_one(desk.quinn, desk.alice)
    for changed in (
        {"document": theirs},
        {"document": write_one(desk.pat, desk.alice)},
        {"note": desk.pat.notes.get()},
        {"reason": ""},
        {"upheld": True},
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            Withholding.objects.create(**(row | changed))
    held = Withholding.objects.create(**row, review_asked_at=timezone.now())
    with pytest.raises(IntegrityError, match="withheld_once"), transaction.atomic():
        Withholding.objects.create(**row)
    own = {"reviewed_at": timezone.now(), "reviewed_by": desk.alice, "reviewed_name": "A", "review_words": "x"}
    with pytest.raises(IntegrityError, match="somebody_else"), transaction.atomic():
        Withholding.objects.filter(pk=held.pk).update(upheld=True, **own)
    for sql in ("UPDATE clinical_withholding SET reason = name", "DELETE FROM clinical_withholding"):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_who_may_know_of_it(desk):
    release.withhold(thing=desk.visit, ground="safety", reason=WHY, by=desk.alice)
    release.keep_download(patient=desk.pat, form="pdf", counts={}, data=b"x", by=desk.pat.user)
    for seen in (Withholding.objects.visible_to, RecordExport.objects.visible_to):
        assert seen(desk.alice).exists() and seen(desk.pat.user).exists()
        for stranger in (desk.charlie, desk.quinn.user, desk.robin.user):
            assert not seen(stranger).exists()


def test_the_reasoning_is_ciphertext(desk):
    release.withhold(thing=desk.visit, ground="safety", reason=WHY, by=desk.alice)
    with connection.cursor() as cursor:
        for table in ("clinical_withholding", "clinical_withholdingevent"):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            (row,) = cursor.fetchone()
            assert "knows where" not in row and "gAAAA" in row


# --- downloads


def test_downloads_are_kept_counted_and_bounded(desk, clock):
    for _n in range(release.AT_MOST):
        release.take_a_download(patient=desk.pat, by=desk.pat.user)
        row = release.keep_download(patient=desk.pat, form="pdf", counts={"notes": 2}, data=b"%PDF", by=desk.pat.user)
    assert (row.size, len(row.digest), row.facts) == (4, 64, {"notes": 2})
    with refuses("too_many"):
        release.take_a_download(patient=desk.pat, by=desk.pat.user)
    with refuses("not_own"):
        release.take_a_download(patient=desk.pat, by=desk.alice)
    clock.shift(dt.timedelta(hours=2))
    release.take_a_download(patient=desk.pat, by=desk.pat.user)
    for sql in ("UPDATE clinical_recordexport SET size = 1", "DELETE FROM clinical_recordexport"):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_policys_wall(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleasePolicy.objects.create(program=house.program, days=31)
