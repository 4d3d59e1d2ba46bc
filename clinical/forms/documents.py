"""Forms of documents: what to write, and the document itself with the texts its kind asks for.

Two people may have one draft open: the page sends back the version it showed. What somebody else changed meanwhile is refused
once and shown beside one's own text.
"""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.forms.session import plain
from clinical.models import VISITS, Document, Kind, Progress, Risk, Template
from clinical.models.plans import Objective
from clinical.sections import DISCHARGE_TYPES, TEMPLATED, Section, needs_stop, sections_of
from clinical.services.documents import Content
from core.errors import Refusal
from scheduling.forms.appointments import TimeField
from scheduling.forms.fields import DayField

NOT_RATED = "worked"  # worked on, progress not rated


class StartForm(forms.Form):
    """What to write about somebody."""

    kind = forms.ChoiceField(
        label=_("What do you want to write?"),
        choices=[
            (_("Visits and contacts"), [(kind.value, kind.label) for kind in VISITS]),
            (_("Plans, the person’s own"), [(k.value, k.label) for k in (Kind.SAFETY_PLAN, Kind.RELAPSE_PLAN)]),
            (_("End of the stay"), [(Kind.DISCHARGE.value, Kind.DISCHARGE.label)]),
        ],
        error_messages={"required": _("Choose what you want to write.")},
    )
    template = forms.ChoiceField(label=_("Template"), choices=Template.choices, required=False)

    def __init__(self, *args, template: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["template"].initial = template
        self.fields["template"].help_text = _("Of individual, family, coaching and prescriber notes.")

    @property
    def asked_template(self) -> str:
        """The template, for a kind that follows one."""
        return self.cleaned_data["template"] if self.cleaned_data["kind"] in TEMPLATED else ""


class TemplateForm(forms.Form):
    """The template of an appointment's note."""

    template = forms.ChoiceField(label=_("Template"), choices=Template.choices, required=False)


class DocumentForm(forms.Form):
    """A document's texts, and what its kind has besides: times, risk and objectives of a visit, the type of a discharge."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, document: Document, objectives: list[Objective], **kwargs):
        self.document, self.objectives = document, objectives
        self.sections: tuple[Section, ...] = sections_of(document.kind, document.template)
        self.worked_on = {w.objective_id: w.progress for w in document.worked_on.all()} if objectives else {}
        super().__init__(*args, initial={"version": document.version}, **kwargs)
        if document.is_visit:
            self._add_visit()
        elif document.kind == Kind.DISCHARGE:
            self._add_discharge()
        for section in self.sections:
            self.fields[f"s-{section.key}"] = forms.CharField(
                label=section.label,
                help_text=section.help,
                required=False,
                initial=document.sections.get(section.key, ""),
                widget=forms.Textarea(attrs={"rows": section.rows}),
            )

    def _add_visit(self) -> None:
        document = self.document
        began = timezone.localtime(document.happened_at)
        stopped = timezone.localtime(document.ended_at) if document.ended_at else None
        self.fields["day"] = DayField(label=_("Day"), initial=began.date())
        self.fields["began"] = TimeField(label=_("Began"), initial=began.time())
        self.fields["stopped"] = TimeField(
            label=_("Stopped"), initial=stopped.time() if stopped else None, required=False
        )
        self.fields["risk"] = forms.ChoiceField(
            label=_("Risk"), choices=Risk.choices, widget=forms.RadioSelect, required=False, initial=document.risk
        )
        self.fields["risk_text"] = forms.CharField(
            label=_("What was reported, and what was done"),
            required=False,
            initial=document.risk_text,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        for objective in self.objectives:
            progress = self.worked_on.get(objective.pk, "")
            self.fields[f"o-{objective.pk}"] = forms.ChoiceField(
                label=objective.text,
                required=False,
                choices=[
                    ("", _("Not worked on")),
                    (NOT_RATED, _("Worked on, progress not rated")),
                    *[(str(value), label) for value, label in Progress.choices],
                ],
                initial=NOT_RATED if progress is None else str(progress),
            )

    def _add_discharge(self) -> None:
        facts = self.document.facts
        self.fields["type"] = forms.ChoiceField(
            label=_("How the stay ends"),
            required=False,
            choices=[("", _("Choose the type of discharge")), *DISCHARGE_TYPES],
            initial=facts.get("type", ""),
        )
        self.fields["discharged_on"] = DayField(
            label=_("Day of discharge"), required=False, initial=facts.get("discharged_on")
        )

    # --- what came in

    def clean_version(self) -> int:
        """The version its page showed; a page that lost it has seen nothing."""
        version = self.cleaned_data["version"]
        return int(version) if version.isdecimal() and len(version) < 10 else 0

    @property
    def _happened_at(self) -> dt.datetime | None:
        values = self.cleaned_data
        if not values.get("day") or values.get("began") is None:
            return None
        if not {"day", "began"} & set(self.changed_data):
            return self.document.happened_at  # also in the hour that a clock change repeats
        return timezone.make_aware(dt.datetime.combine(values["day"], values["began"]))

    @property
    def _ended_at(self) -> dt.datetime | None:
        began, stopped = self._happened_at, self.cleaned_data.get("stopped")
        if began is None or stopped is None:
            return self.document.ended_at if self.has_error("stopped") or began is None else None
        if self.document.ended_at and not {"day", "began", "stopped"} & set(self.changed_data):
            return self.document.ended_at
        ended = timezone.make_aware(dt.datetime.combine(timezone.localtime(began).date(), stopped))
        # Past midnight, when that makes a visit of a sane length.
        if ended < began and (later := ended + dt.timedelta(days=1)) - began <= dt.timedelta(hours=8):
            return later
        return ended

    @property
    def content(self) -> Content:
        """What is to be saved. A time that can't be read stays as it is stored."""
        values = self.cleaned_data
        facts = {"type": values.get("type") or ""}
        if day := values.get("discharged_on"):
            facts["discharged_on"] = str(day)
        return Content(
            sections={s.key: plain(values.get(f"s-{s.key}") or "") for s in self.sections},
            happened_at=self._happened_at if self.document.is_visit else None,
            ended_at=self._ended_at if self.document.is_visit else None,
            risk=values.get("risk") or "",
            risk_text=plain(values.get("risk_text") or ""),
            worked_on={
                o.pk: None if said == NOT_RATED else int(said)
                for o in self.objectives
                if (said := values.get(f"o-{o.pk}") or "")
            },
            facts=facts if self.document.kind == Kind.DISCHARGE else {},
        )

    # --- what goes back

    def place(self, refusal: Refusal) -> None:
        """Put a service's refusal beside its field, or above the form."""
        name = refusal.field or ""
        field = f"s-{name}" if f"s-{name}" in self.fields and refusal.code in ("missing", "peer_name") else name
        self.add_error(field if field in self.fields else None, forms.ValidationError(refusal.message, refusal.code))

    def keep_up(self, document: Document) -> None:
        """Count as having seen what is stored now: after it was saved, or after it was shown beside one's own."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = document.version

    @property
    def section_fields(self) -> list[dict]:
        """Each text's field, whether a signature needs it, and what is stored now when that differs from what was typed."""
        clash = any(e.code == "changed_meanwhile" for e in self.non_field_errors().as_data())
        rows = []
        for section in self.sections:
            field = self[f"s-{section.key}"]
            stored = self.document.sections.get(section.key, "")
            differs = clash and plain(field.value() or "") != plain(stored)
            rows.append({"section": section, "field": field, "theirs": (stored or "–") if differs else ""})
        return rows

    @property
    def objective_fields(self) -> list[dict]:
        """Each objective with its field."""
        return [{"objective": o, "field": self[f"o-{o.pk}"]} for o in self.objectives if self.document.is_visit]

    @property
    def wants_stop(self) -> bool:
        """Whether its kind needs the time it stopped."""
        return needs_stop(self.document.kind)
