"""What refuses DELETE refuses TRUNCATE too; and whatever names a patient and a stay names the stay of that patient."""

from django.db import migrations

SEALED = (
    "clinical_overrule",
    "clinical_countersignature",
    "clinical_treatmentplan",
    "clinical_planagreement",
    "clinical_planreview",
    "clinical_document",
    "clinical_diagnosis",
    "clinical_medication",
    "clinical_groupobservation",
    "clinical_psychotherapynote",
    "clinical_followup",
    "clinical_measureassignment",
    "clinical_measureresponse",
    "clinical_measurescore",
    "clinical_clinicalpolicy",
    "clinical_riskalert",
    "clinical_riskstep",
)
HISTORIES = (
    "clinical_overruleevent",
    "clinical_countersignatureevent",
    "clinical_snippetevent",
    "clinical_treatmentplanevent",
    "clinical_problemevent",
    "clinical_goalevent",
    "clinical_objectiveevent",
    "clinical_interventionevent",
    "clinical_planagreementevent",
    "clinical_planreviewevent",
    "clinical_documentevent",
    "clinical_workedonevent",
    "clinical_diagnosisevent",
    "clinical_medicationevent",
    "clinical_groupobservationevent",
    "clinical_psychotherapynoteevent",
    "clinical_followupevent",
    "clinical_measureruleevent",
    "clinical_measureassignmentevent",
    "clinical_measureresponseevent",
    "clinical_measurescoreevent",
    "clinical_clinicalpolicyevent",
    "clinical_oncallshiftevent",
    "clinical_riskalertevent",
    "clinical_riskstepevent",
)
OF_A_STAY = (
    "clinical_treatmentplan",
    "clinical_document",
    "clinical_diagnosis",
    "clinical_medication",
    "clinical_followup",
    "clinical_measureassignment",
    "clinical_measureresponse",
    "clinical_riskalert",
)


class Migration(migrations.Migration):
    dependencies = [("clinical", "0007_sealed_notes")]
    operations = [
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
                f"DROP TRIGGER refuse_truncate ON {table}",
            )
            for table in SEALED + HISTORIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_stay_of_patient "
                "FOREIGN KEY (episode_id, patient_id) REFERENCES patients_episode (id, patient_id)",
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_stay_of_patient",
            )
            for table in OF_A_STAY
        ),
    ]
