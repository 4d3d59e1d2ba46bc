"""What refuses DELETE refuses TRUNCATE too: the tables of schedule and messages that came since, and every history of theirs."""

from django.db import migrations

SEALED = (
    "messaging_notice",
    "scheduling_appointment",
    "scheduling_appointmentseries",
    "scheduling_openhours",
    "scheduling_closure",
    "scheduling_timeoff",
    "scheduling_coverrequest",
    "scheduling_seatoffer",
    "scheduling_calendarfeed",
)
HISTORIES = (
    "messaging_policyevent",
    "messaging_preferenceevent",
    "messaging_addressevent",
    "messaging_stopevent",
    "messaging_pushsubscriptionevent",
    "messaging_templateevent",
    "groups_qualificationevent",
    "scheduling_appointmentevent",
    "scheduling_appointmentseriesevent",
    "scheduling_openhoursevent",
    "scheduling_closureevent",
    "scheduling_timeoffevent",
    "scheduling_coverrequestevent",
    "scheduling_seatofferevent",
    "scheduling_calendarfeedevent",
)


class Migration(migrations.Migration):
    dependencies = [
        ("clinical", "0003_discarded_drafts"),
        ("messaging", "0002_channels_and_choices"),
        ("groups", "0003_qualifications"),
        ("scheduling", "0004_walls_of_appointments"),
    ]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
            f"DROP TRIGGER refuse_truncate ON {table}",
        )
        for table in SEALED + HISTORIES
    ]
