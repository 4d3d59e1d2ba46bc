"""Walls of words in other languages: what refuses DELETE refuses TRUNCATE too (the function stands on this floor)."""

from django.db import migrations

# By what the database itself says: those of these tables with a trigger before DELETE, histories too, that have none yet.
SEAL = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname ~ '^(patients_consentwording|rooms_agreementwording)(event)?$'
          AND NOT t.tgisinternal AND t.tgtype & 2 > 0 AND t.tgtype & 8 > 0
          AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = c.oid AND o.tgname = 'refuse_truncate')
    LOOP
        EXECUTE format(
            'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', found);
    END LOOP;
END $$
"""
UNSEAL = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname ~ '^(patients_consentwording|rooms_agreementwording)(event)?$' AND t.tgname = 'refuse_truncate'
    LOOP
        EXECUTE format('DROP TRIGGER refuse_truncate ON %s', found);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinical", "0018_own_record"),
        ("patients", "0006_consents_in_languages"),
        ("rooms", "0003_agreements_in_languages"),
    ]
    operations = [migrations.RunSQL(SEAL, UNSEAL)]
