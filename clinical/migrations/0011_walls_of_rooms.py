"""Walls of live rooms: what refuses DELETE refuses TRUNCATE too, and whatever names two things of a room names one room."""

from django.db import migrations

# By what the database itself says: every table of theirs with a trigger before DELETE, histories too.
SEAL = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname LIKE 'rooms\\_%' AND NOT t.tgisinternal AND t.tgtype & 2 > 0 AND t.tgtype & 8 > 0
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
        WHERE c.relname LIKE 'rooms\\_%' AND t.tgname = 'refuse_truncate'
    LOOP
        EXECUTE format('DROP TRIGGER refuse_truncate ON %s', found);
    END LOOP;
END $$
"""
# Of each table, (table, column) of what must be of one room; "" is the row itself.
ONE_ROOM = {
    "rooms_spell": (("rooms_participant", "participant_id"), ("rooms_beside", "beside_id")),
    "rooms_place": (("rooms_participant", "participant_id"), ("rooms_beside", "beside_id")),
    "rooms_turn": (("rooms_round", "round_id"), ("rooms_participant", "participant_id")),
    "rooms_round": (("", "room_id"), ("rooms_step", "step_id")),
    "rooms_chatline": (("rooms_participant", "participant_id"), ("rooms_participant", "one_id")),
    "rooms_pollvote": (("rooms_poll", "poll_id"), ("rooms_participant", "participant_id")),
    "rooms_pollanswer": (("rooms_poll", "poll_id"), ("rooms_participant", "participant_id")),
}
FUNCTION = """
CREATE FUNCTION rooms_of_one_room() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint;
    other bigint;
BEGIN
    IF TG_ARGV[0] = '' THEN
        first := NEW.room_id;
    ELSE
        EXECUTE format('SELECT room_id FROM %I WHERE id = ($1).%I', TG_ARGV[0], TG_ARGV[1]) INTO first USING NEW;
    END IF;
    EXECUTE format('SELECT room_id FROM %I WHERE id = ($1).%I', TG_ARGV[2], TG_ARGV[3]) INTO other USING NEW;
    IF first <> other THEN
        RAISE EXCEPTION 'a row of % is of one room', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("clinical", "0010_faults_walls"), ("rooms", "0001_live_rooms")]
    operations = [
        migrations.RunSQL(SEAL, UNSEAL),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION rooms_of_one_room()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER of_one_room BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION "
                f"rooms_of_one_room('{one[0]}', '{one[1]}', '{other[0]}', '{other[1]}')",
                f"DROP TRIGGER of_one_room ON {table}",
            )
            for table, (one, other) in ONE_ROOM.items()
        ),
    ]
