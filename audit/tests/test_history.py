"""Who changed what: written by trigger whatever the way, with who and which request, and never altered."""

import pghistory
import pghistory.models
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from accounts.access import Can, requires
from accounts.models import Program, StaffProfile, User
from core.tasks import house_task
from patients.models import Patient
from patients.services import set_preferences

OURS = (
    "accounts",
    "audit",
    "messaging",
    "patients",
    "groups",
    "scheduling",
    "journal",
    "library",
    "rooms",
    "clinical",
    "threads",
    "dashboard",
    "portal",
)
# No history of their own: `Read` is one; a delivery says nothing of a person beyond that it was sent, and keeps its states; a
# notice is what a delivery said; an incoming text is never changed; a provider is no person. What happens in a live room each
# second is history itself: from when to when, and never changed once it is over. A
# journal is its writer's own, and what they forget is gone. A message never changes, nor does that somebody agreed, and
# how far somebody read it only goes on. What was sent of a worksheet and what was answered never changes; what is not sent yet is
# a draft of its writer's own.
WITHOUT = {
    "audit.Read",
    "journal.CountedDays",
    "journal.Entry",
    "journal.Vault",
    "library.Sheet",
    "library.Sending",
    "library.Reply",
    "messaging.Delivery",
    "messaging.InboundText",
    "messaging.Notice",
    "messaging.Provider",
    "threads.Message",
    "threads.Attachment",
    "threads.BoardAgreement",
    "threads.BoardSeen",
    "threads.Seen",
    *(f"rooms.{name}" for name in ("Connection", "Spell", "Beside", "MediaHandle", "TalkSpell")),
    *(
        f"rooms.{name}"
        for name in (
            "Round",
            "Turn",
            "Hand",
            "ChatLine",
            "PollVote",
            "PollAnswer",
            "Prompt",
            "HandoutShown",
            "Board",
            "Place",
        )
    ),
}


def our_models(events: bool) -> list:
    return [
        m
        for app in OURS
        if apps.is_installed(app)
        for m in apps.get_app_config(app).get_models()
        if issubclass(m, pghistory.models.Event) is events
    ]


def rename_by_sql(request, number):
    """A view that changes a row behind Django's back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET pronouns = %s", [request.POST["pronouns"]])
    return HttpResponse("done")


@requires(Can.USE_ACCOUNT)
def only_looks(request):
    return HttpResponse(",".join(Patient.objects.values_list("pronouns", flat=True)))


urlpatterns = [
    path("rename/<int:number>/", requires(Can.USE_ACCOUNT)(rename_by_sql)),
    path("open/<int:number>/", requires(Can.ENTER)(rename_by_sql)),
    path("look/", only_looks),
]
here = override_settings(ROOT_URLCONF=__name__)


def test_every_table_of_ours_has_a_history():
    without = {m._meta.label for m in our_models(events=False) if not hasattr(m, "pgh_event_models")}
    assert without == WITHOUT


def test_an_insert_and_an_update_are_two_entries(house):
    assert list(house.pat.events.values_list("pgh_label", "pronouns")) == [("insert", "")]
    house.pat.pronouns = "they"
    house.pat.save()
    assert list(house.pat.events.order_by("pgh_id").values_list("pgh_label", "pronouns")) == [
        ("insert", ""),
        ("update", "they"),
    ]


def test_an_update_that_changes_nothing_is_no_entry(house):
    house.pat.save()
    assert house.pat.events.count() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE patients_patient SET pronouns = 'they'",
        "UPDATE patients_patient p SET pronouns = u.language FROM accounts_user u WHERE u.id = p.user_id",
        "WITH changed AS (UPDATE patients_patient SET pronouns = 'x' RETURNING id) SELECT count(*) FROM changed",
    ],
)
def test_plain_sql_is_recorded_too(house, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    for patient in (house.pat, house.quinn, house.robin):
        assert patient.events.filter(pgh_label="update").count() == 1


def test_bulk_updates_are_recorded_row_by_row(house):
    Patient.objects.update(pronouns="they")
    assert {p.events.filter(pgh_label="update").count() for p in Patient.objects.all()} == {1}


# --- who and which request


@here
def test_a_page_records_who_and_which_request(house, client):
    client.force_login(house.alice)
    for pronouns in ("she", "they"):
        assert client.post("/rename/7/", {"pronouns": pronouns}).content == b"done"
    first, second = house.pat.events.filter(pgh_label="update").order_by("pgh_id")
    for entry in (first, second):
        metadata = entry.pgh_context.metadata
        assert (metadata["user"], metadata["url"]) == (house.alice.pk, "/rename/7/")
    assert first.pgh_context.metadata["request"] != second.pgh_context.metadata["request"]
    # Everything one request changed carries one request.
    others = house.quinn.events.filter(pgh_label="update").order_by("pgh_id")
    assert [o.pgh_context_id for o in others] == [first.pgh_context_id, second.pgh_context_id]


@here
def test_the_address_holds_no_query_and_no_form(house, client):
    client.force_login(house.alice)
    client.post("/rename/7/?name=Peerson", {"pronouns": "they"})
    context = house.pat.events.get(pgh_label="update").pgh_context
    assert set(context.metadata) == {"user", "request", "url"}
    assert "Peerson" not in str(context.metadata)


@here
def test_looking_writes_no_context(house, client):
    client.force_login(house.alice)
    before = pghistory.models.Context.objects.count()
    client.get("/look/")
    client.post("/look/")
    assert pghistory.models.Context.objects.count() == before


@here
def test_a_change_by_somebody_not_signed_in_has_a_request_and_nobody(house, client):
    client.post("/open/7/", {"pronouns": "they"})
    metadata = house.pat.events.get(pgh_label="update").pgh_context.metadata
    assert metadata["user"] is None
    assert metadata["request"]


def test_a_task_records_its_name(house):
    @house_task("tests.renames")
    def rename():
        Patient.objects.update(pronouns="they")

    rename.apply()
    assert house.pat.events.get(pgh_label="update").pgh_context.metadata == {"actor": "tests.renames"}


def test_a_deed_of_a_service_is_recorded_in_its_transaction(house):
    with pytest.raises(RuntimeError), transaction.atomic():
        set_preferences(
            patient=house.pat,
            display_name="P",
            pronouns="they",
            zone="America/Denver",
            language="es",
        )
        assert house.pat.events.filter(pgh_label="update", pronouns="they").count() == 1
        assert house.pat.user.events.filter(pgh_label="update", zone="America/Denver").count() == 1
        raise RuntimeError
    assert house.pat.events.count() == 1


def test_no_secret_is_in_a_history():
    assert not {"password", "last_login"} & {f.name for f in apps.get_model("accounts.UserEvent")._meta.fields}


def test_signing_in_is_no_change_of_an_account(house, client):
    before = house.alice.events.count()
    client.force_login(house.alice)
    assert house.alice.events.count() == before


# --- never altered


@pytest.mark.parametrize("deed", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize("model", [User, Program, StaffProfile, Patient])
def test_a_history_is_not_altered(house, model, deed):
    table = model.pgh_event_models["update"]._meta.db_table if hasattr(model, "pgh_event_models") else ""
    with (
        pytest.raises(DatabaseError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(deed.format(table))


def triggers_on(table: str, fires_on: str) -> list[str]:
    """Names of the table's enabled triggers for an event (a bit of pg_trigger.tgtype)."""
    bit = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}[fires_on]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgtype & %s <> 0 AND tgenabled = 'O' "
            "AND NOT tgisinternal",
            [table, bit],
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize("model", our_models(events=True), ids=lambda m: m._meta.label)
def test_no_history_table_can_be_changed_or_emptied(db, model):
    """Row triggers do not fire on TRUNCATE: it has one of its own."""
    table = model._meta.db_table
    for event in ("update", "delete", "truncate"):
        assert triggers_on(table, event), f"{table} can be changed by {event}"
    with pytest.raises(DatabaseError, match="cannot be truncated"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL iop.may_truncate = 'off'; TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "model",
    [m for m in our_models(events=False) if any(t.name == "never_deleted" for t in getattr(m._meta, "triggers", []))],
    ids=lambda m: m._meta.label,
)
def test_what_is_never_deleted_is_never_emptied_either(db, model):
    table = model._meta.db_table
    with pytest.raises(DatabaseError, match="cannot be truncated"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL iop.may_truncate = 'off'; TRUNCATE {table} CASCADE")


@here
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE pghistory_context SET metadata = metadata || '{\"user\": 1}'",
        "UPDATE pghistory_context SET metadata = '{}'",
        "UPDATE pghistory_context SET created_at = now() - interval '1 year'",
        "DELETE FROM pghistory_context",
    ],
)
def test_who_did_it_is_not_altered(house, client, sql):
    client.force_login(house.alice)
    client.post("/rename/7/", {"pronouns": "they"})
    with (
        pytest.raises(DatabaseError, match="stays as it was written"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_what_is_learned_later_in_a_request_is_added(house):
    with pghistory.context(user=house.alice.pk):
        Patient.objects.filter(pk=house.pat.pk).update(pronouns="she")
        with pghistory.context(step="second"):
            Patient.objects.filter(pk=house.pat.pk).update(pronouns="they")
    (context,) = {e.pgh_context for e in house.pat.events.filter(pgh_label="update")}
    assert context.metadata == {"user": house.alice.pk, "step": "second"}


def test_without_its_triggers_a_change_would_leave_no_trace(house):
    """The negative control: it is the trigger that writes the history, nothing in Django."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE patients_patient DISABLE TRIGGER USER")
        Patient.objects.filter(pk=house.pat.pk).update(pronouns="they")
        cursor.execute("ALTER TABLE patients_patient ENABLE TRIGGER USER")
    assert house.pat.events.count() == 1
