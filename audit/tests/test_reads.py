"""Who read what: one choke point, append-only, and nothing shown without it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from audit.models import Read
from audit.services import log_reads
from patients.records import log_shown, open_record, own_record


@pytest.fixture
def ask(rf):
    """A request of somebody, for an address."""

    def request(user, address="/desk/people/1/?q=Peerson"):
        made = rf.get(address)
        made.user = user
        return made

    return request


def reads() -> list[tuple]:
    return list(Read.objects.order_by("pk").values_list("reader_id", "patient_id", "what", "why"))


def test_opening_a_record_is_on_the_record(house, ask):
    assert open_record(ask(house.alice), house.pat.uid) == house.pat
    assert reads() == [(house.alice.pk, house.pat.pk, "record", "care")]
    assert Read.objects.get().path == "/desk/people/1/"  # without the query


@pytest.mark.parametrize("reader", ["charlie", "coordinator", "quinn"])
def test_somebody_elses_patient_is_not_found_and_not_logged(house, ask, reader):
    user = house.quinn.user if reader == "quinn" else getattr(house, reader)
    with pytest.raises(Http404):
        open_record(ask(user), house.pat.uid)
    assert reads() == []


def test_nobody_can_tell_a_record_that_is_not_theirs_from_none(house, ask):
    messages = set()
    for uid in (house.pat.uid, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(Http404) as caught:
            open_record(ask(house.charlie), uid)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_ones_own_record(house, ask):
    assert own_record(ask(house.pat.user)) == house.pat
    assert reads() == [(house.pat.user.pk, house.pat.pk, "own", "own")]
    for somebody in (house.alice, house.admin):
        with pytest.raises(Http404):
            own_record(ask(somebody))


@pytest.mark.parametrize("people", [0, 1, 3])
def test_a_list_is_logged_person_by_person_in_one_query(house, ask, people):
    shown = [house.pat.pk, house.quinn.pk, house.robin.pk][:people]
    with CaptureQueriesContext(connection) as queries:
        log_shown(ask(house.admin), shown + shown, Read.What.LIST)
    assert len(queries) == (1 if people else 0)
    assert [patient for _reader, patient, _what, _why in reads()] == shown


def test_a_long_address_is_cut_and_still_logged(house, ask):
    log_reads(request=ask(house.alice, "/" + "x" * 400), patient_ids=[house.pat.pk], what=Read.What.NOTE)
    assert len(Read.objects.get().path) == 200


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_read SET reader_id = 1",
        "UPDATE audit_read SET why = why",
        "DELETE FROM audit_read",
        "SET LOCAL iop.may_truncate = 'off'; TRUNCATE audit_read",
    ],
)
def test_a_reading_is_never_altered(house, ask, sql):
    open_record(ask(house.alice), house.pat.uid)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert len(reads()) == 1


def test_through_the_model_neither(house, ask):
    open_record(ask(house.alice), house.pat.uid)
    for deed in (Read.objects.get().delete, Read.objects.all().delete, lambda: Read.objects.update(why="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_a_reading_has_a_reason(house):
    with pytest.raises(IntegrityError, match="a_read_has_a_reason"), transaction.atomic():
        Read.objects.create(reader_id=1, patient_id=1, what="record", why="", path="/")


def test_it_outlives_what_it_speaks_of(house):
    """It holds numbers, not foreign keys."""
    assert [f.name for f in Read._meta.fields if f.is_relation] == []
    Read.objects.create(reader_id=10**12, patient_id=10**12, what="record", path="/")
