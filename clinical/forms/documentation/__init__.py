"""Forms of the documentation page: the shared part, and a row for each person (attendance and their own note).

Each form sends back what its page showed, part by part (`clinical.forms.session`): what was left alone is never written.
"""

from clinical.forms.documentation.part import Part
from clinical.forms.documentation.row import RowForm, rows_of
from clinical.forms.documentation.shared import SharedForm

__all__ = ["Part", "RowForm", "SharedForm", "rows_of"]
