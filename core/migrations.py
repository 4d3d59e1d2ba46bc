"""Migrations of many small steps that don't take a minute."""

from collections.abc import Sequence

from django.db.migrations.operations.base import Operation


class Together(Operation):
    """Steps that touch different things, done with one change of Django's picture of the tables.

    Django draws that picture anew for each step, which with a hundred tables takes far longer than the steps themselves. Here
    every step sees the tables as they were before all of them and as they are after all of them, so none may build on another:
    no column is added and then changed in one `Together`.
    """

    reversible = True

    def __init__(self, operations: Sequence[Operation]):
        self.operations = list(operations)

    def deconstruct(self):
        return self.__class__.__name__, [self.operations], {}

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # drawn when it is next asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"{len(self.operations)} steps together"

    @property
    def migration_name_fragment(self):
        return "together"
