"""Forms of the leaders' workspace."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import GroupObservation, GroupRole, GroupStage
from clinical.models.dynamics import SCALES

# What 0 and 4 mean, in a few words each.
ENDS = {
    "climate": (_("cold"), _("warm")),
    "cohesion": (_("apart"), _("together")),
    "safety": (_("guarded"), _("open")),
    "conflict": (_("none"), _("sharp")),
    "repair": (_("left open"), _("worked through")),
    "subgrouping": (_("none"), _("split")),
    "dominance": (_("shared"), _("one or two")),
    "silence": (_("none"), _("heavy")),
    "disclosure": (_("surface"), _("deep")),
    "feedback": (_("none"), _("honest, kind")),
    "avoidance": (_("none"), _("strong")),
    "contagion": (_("none"), _("strong")),
    "hope": (_("none"), _("strong")),
}


class ObservationForm(forms.Form):
    """How the group was. Everything may stay empty: not rated is not 0."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[("", _("Not said")), *GroupStage.choices], required=False, widget=forms.RadioSelect
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles that came up"),
        choices=GroupRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They pass, and are nobody’s: no name stands beside one."),
    )
    text = forms.CharField(
        label=_("What was seen"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "About the group: conflict and repair, who spoke to whom in kind, what was avoided. Nobody is named."
        ),
    )

    def __init__(self, *args, observation: GroupObservation | None = None, **kwargs):
        initial = {"version": observation.version if observation else 0}
        if observation:
            initial |= {name: getattr(observation, name) for name in (*SCALES, "stage", "roles", "text")}
        super().__init__(*args, initial=initial, **kwargs)
        for name in SCALES:
            self.fields[name] = forms.TypedChoiceField(
                label=GroupObservation._meta.get_field(name).verbose_name,
                choices=[("", _("Not rated")), *[(n, str(n)) for n in range(5)]],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    @property
    def scales(self) -> list:
        """The scales as bound fields, each with the words of its ends."""
        return [(self[name], *ENDS[name]) for name in SCALES]

    @property
    def values(self) -> dict:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PrivateNoteForm(forms.Form):
    """A psychotherapy note."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    about_on = forms.DateField(label=_("About the day"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 12, "autocomplete": "off"}),
        error_messages={"required": _("Write something, or leave.")},
    )
