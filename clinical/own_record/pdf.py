"""The record as a PDF, written from the facts of the JSON file and nothing else: both say the same.

Headings are also the outline of the file; each page says which it is and of how many.
"""

import io

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from clinical.own_record.paper import MARGIN, WIDTH, Pages, Paper, load_fonts, paragraph


class _Writer(Paper):
    """Puts the parts of the record one under another."""

    def write(self) -> list[Flowable]:
        facts = self.facts
        self.story.append(paragraph(_("My record"), "title"))
        made = _("Made on %(when)s for %(name)s.") % {"when": self.when(facts["made_at"]), "name": self.name}
        self.text(made, "soft")
        self.text(_("Texts stand in the language and the words in which they were written."), "soft")
        self._person()
        self._stays()
        for name in (
            "plans",
            "lists",
            "notes",
            "documents",
            "withheld",
            "corrections",
            "measures",
            "days",
            "homework",
            "messages",
            "times",
            "papers",
        ):
            getattr(self, f"_{name}")()
        return self.story

    @property
    def name(self) -> str:
        person = self.facts["person"]
        return f"{person['legal_first_name']} {person['legal_last_name']}"

    def _person(self) -> None:
        person, other = self.facts["person"], self.facts["person"]["emergency_contact"]
        self.heading(_("About me"), 0)
        contact = " · ".join(filter(None, (other["name"], other["relation"], other["phone"])))
        self.pairs(
            [
                (_("Name"), self.name),
                (_("Preferred name"), person["preferred_name"]),
                (_("Pronouns"), person["pronouns"]),
                (_("Date of birth"), self.day(person["birth_date"])),
                (_("Record number"), person["record_number"]),
                (_("E-mail"), person["email"]),
                (_("Phone"), person["phone"]),
                (_("State"), person["state"]),
                (_("Emergency contact"), contact),
                (_("Needs and accommodations"), person["needs"]),
                (_("Where I come from"), person["background"]),
                (_("What I like"), person["interests"]),
            ]
        )

    def _stays(self) -> None:
        if self.facts["stays"]:
            self.heading(_("Times in care"), 0)
        for stay in self.facts["stays"]:
            until = self.day(stay["ended_on"]) or _("now")
            self.heading(f"{stay['program']}: {self.day(stay['started_on'])} – {until}", 1)
            self.pairs(
                [
                    (_("Level of care"), self.words(stay["level_of_care"])),
                    (_("Clinician"), stay["primary_clinician"]),
                    (_("Weekly goal"), _("%(n)s minutes") % {"n": stay["weekly_goal_minutes"]}),
                    (_("How it ended"), stay["ended_reason"]),
                ]
            )

    def _plans(self) -> None:
        if self.facts["plans"]:
            self.heading(_("Plans"), 0)
        for plan in self.facts["plans"]:
            self.heading(_("Version %(n)s") % {"n": plan["number"]}, 1)
            self.part(_("Strengths"), plan["strengths"])
            self.part(_("What matters to you"), plan["culture"])
            for problem in plan["problems"]:
                self.part(_("Problem"), "\n".join(filter(None, (problem["text"], problem["evidence"]))))
                if problem["diagnosis"]:
                    self.text(f"{problem['diagnosis']['code']} {problem['diagnosis']['words']}", "soft")
                for goal in problem["goals"]:
                    self.part(_("Goal"), goal["text"])
                    for o in goal["objectives"]:
                        self._objective(o)
            self.text(_("Gone through about every %(n)s days.") % {"n": plan["review_days"]}, "soft")
            self.signed(plan)
            for answer in plan["answers"]:
                said = _("%(answer)s: %(name)s, %(when)s") % {
                    "answer": self.words(answer["answer"]),
                    "name": answer["signed_name"],
                    "when": self.when(answer["signed_at"]),
                }
                self.text(said, "soft")
                self.text(answer["words"])

    def _objective(self, o: dict) -> None:
        self.part(_("Step"), f"{o['text']} ({self.words(o['status'])})")
        facts = [
            (_("Where you started"), o["baseline"]),
            (_("What you aim for"), o["target"]),
            (_("By about"), self.day(o["target_on"])),
        ]
        facts += [
            (_("What we do for it"), " · ".join(filter(None, (i["text"], i["frequency"], i["responsible"]))))
            for i in o["interventions"]
        ]
        self.pairs(facts)

    def _lists(self) -> None:
        if self.facts["diagnoses"]:
            self.heading(_("Diagnoses"), 0)
            rows = [
                [
                    f"{d['code']} ({d['system']})",
                    d["text"],
                    self.words(d["rank"]),
                    " – ".join(filter(None, (self.day(d["since"] or d["diagnosed_on"]), self.day(d["resolved_on"])))),
                ]
                for d in self.facts["diagnoses"]
            ]
            self.table([_("Code"), _("Diagnosis"), _("Rank"), _("Since")], rows, [0.22, 0.36, 0.16, 0.26])
        if self.facts["medications"]:
            self.heading(_("Medications"), 0)
            rows = [
                [
                    m["name"],
                    " · ".join(filter(None, (m["dose"], m["how"], m["reason"], m["stop_reason"]))),
                    " · ".join(filter(None, (m["prescriber"], self.words(m["source"])))),
                    " – ".join(filter(None, (self.day(m["started_on"]), self.day(m["stopped_on"])))),
                ]
                for m in self.facts["medications"]
            ]
            self.table(
                [_("Medication"), _("Dose and use"), _("Who says so"), _("Since")], rows, [0.22, 0.33, 0.21, 0.24]
            )

    def _notes(self) -> None:
        if self.facts["notes"]:
            self.heading(_("Notes of sessions"), 0)
        for note in self.facts["notes"]:
            self.heading(f"{self.when(note['starts_at'])} · {note['title']}", 1)
            if note["minutes"] is not None:
                self.text(_("You were there for %(n)s minutes.") % {"n": note["minutes"]}, "soft")
            self._written(note)

    def _documents(self) -> None:
        if self.facts["documents"]:
            self.heading(_("Notes of appointments, and documents"), 0)
        for document in self.facts["documents"]:
            number = f" · {_('Version %(n)s') % {'n': document['number']}}" if document["number"] > 1 else ""
            self.heading(f"{self.when(document['happened_at'])} · {self.words(document['kind'])}{number}", 1)
            self._written(document)

    def _written(self, row: dict) -> None:
        for part in row["parts"]:
            self.part(part["heading"], part["text"])
        for worked in row.get("worked_on", ()):
            self.part(
                _("Goal you worked on"), " · ".join(filter(None, (worked["objective"], self.words(worked["progress"]))))
            )
        self.signed(row)
        for mark in row.get("cosigned_by_leaders", ()):
            self.text(
                _("Also signed by %(name)s, %(when)s") % {"name": mark["name"], "when": self.when(mark["at"])}, "soft"
            )
        for added in row["added"]:
            about = f" · {self.when(added['about_at'])}" if added["about_at"] else ""
            self.part(f"{self.words(added['kind'])}{about}", added["text"])
            self.signed(added)
        for request in self.facts["corrections"]:
            if request["of"] == row["uid"] and not request["withdrawn_at"]:
                asked = _("A correction of this was asked for on %(when)s: see “Corrections”.")
                self.text(asked % {"when": self.when(request["asked_at"])}, "soft")

    def _withheld(self) -> None:
        if not (self.facts["withheld"] or self.facts["not_shown"]):
            return
        self.heading(_("What is not in this file"), 0)
        for row in self.facts["withheld"]:
            said = _("Something of %(when)s is withheld: %(ground)s.") % {
                "when": self.when(row["of"]),
                "ground": self.words(row["ground"]),
            }
            self.text(said)
            self.text(row["review"])
        if self.facts["withheld"]:
            self.text(
                _("You may ask for a review by somebody who had no part in it, on the page of your notes."), "soft"
            )
        if self.facts["not_shown"]:
            missing = _(
                "Your program does not show everything here. Ask the clinic for what is missing: it is yours to see."
            )
            self.text(missing, "soft")

    def _corrections(self) -> None:
        if self.facts["corrections"]:
            self.heading(_("Corrections"), 0)
        for row in self.facts["corrections"]:
            self.heading(f"{self.when(row['asked_at'])} · {self.words(row['about'])}", 1)
            self.part(_("What should be changed"), row["wish"])
            self.part(_("Why"), row["why"])
            self.part(_("Who else should hear of it"), row["others"])
            self.part(_("More time was taken"), row["extension_reason"])
            if row["withdrawn_at"]:
                self.text(_("Taken back on %(day)s") % {"day": self.when(row["withdrawn_at"])}, "soft")
            elif not row["decision"]:
                self.text(_("To be answered by %(day)s") % {"day": self.day(row["due_on"])}, "soft")
            else:
                self.part(
                    " · ".join(filter(None, (self.words(row["decision"]), self.words(row["basis"])))), row["answer"]
                )
                self.signed({"signed_name": row["decided_name"], "signed_at": row["decided_at"]})
            for said in row["statements"]:
                self.part(self.words(said["kind"]), said["text"])
                self.signed(said)

    def _measures(self) -> None:
        if self.facts["measures"]:
            self.heading(_("Answers to questions"), 0)
        for row in self.facts["measures"]:
            self.heading(f"{self.when(row['answered_at'])} · {row['name']}", 1)
            self.text(
                " · ".join(filter(None, (self.words(row["mode"]), row["loinc"] and f"LOINC {row['loinc']}"))), "soft"
            )
            for score in row["scores"]:
                value = "–" if score["value"] is None else f"{score['value']:g}"
                span = "" if score["high"] is None else f" ({score['low']}–{score['high']})"
                band = f" · {self.words(score['band'])}" if score["band"] else ""
                of = ngettext("%(n)s of %(all)s answered", "%(n)s of %(all)s answered", score["items"]) % {
                    "n": score["answered"],
                    "all": score["items"],
                }
                prorated = f" · {_('prorated')}" if score["is_prorated"] else ""
                self.text(f"{score['name']}: {value}{span}{band} · {of}{prorated}")
            if row["answers"]:
                rows = [[a["text"] or a["item"], str(a["words"])] for a in row["answers"]]
                self.table([_("Question"), _("Answer")], rows, [0.68, 0.32])

    def _days(self) -> None:
        if not self.facts["daily_check_ins"]:
            return
        self.heading(_("Daily check-ins"), 0)
        rows = [
            [
                self.day(d["on"]),
                _number(d["mood"]),
                _("does not apply") if d["craving_does_not_apply"] else _number(d["craving"]),
                _number(d["coping"]),
                " · ".join(filter(None, (_number(d["sleep_hours"]), self.words(d["sleep_quality"])))),
                d["words"],
            ]
            for d in self.facts["daily_check_ins"]
        ]
        heads = [_("Day"), _("Mood"), _("Cravings"), _("Coping"), _("Sleep"), _("In my words")]
        self.table(heads, rows, [0.2, 0.1, 0.14, 0.11, 0.17, 0.28])

    def _homework(self) -> None:
        if self.facts["homework"]:
            self.heading(_("Homework"), 0)
        for row in self.facts["homework"]:
            self.heading(f"{row['title']} · {self.words(row['state'])}", 1)
            due = row["due_on"] and _("due %(day)s") % {"day": self.day(row["due_on"])}
            self.text(" · ".join(filter(None, (self.words(row["kind"]), self.when(row["given_at"]), due))), "soft")
            self.part(_("What your team wrote to it"), row["note"])
            for sending in row["sent"]:
                self.text(_("Sent on %(when)s") % {"when": self.when(sending["at"])}, "soft")
                answers = [[a["question"], a["answer"]] for a in sending["answers"]]
                self.table([_("Question"), _("Answer")], answers, [0.42, 0.58])
                for reply in sending["replies"]:
                    said = _("Answered by %(name)s, %(when)s")
                    self.part(said % {"name": reply["name"], "when": self.when(reply["at"])}, reply["text"])

    def _messages(self) -> None:
        """What the person and their team wrote to each other; given by whoever makes the file, from a floor above."""
        threads = self.facts.get("messages", ())
        if threads:
            self.heading(_("Messages with my team"), 0)
        for thread in threads:
            self.heading(thread["subject"], 1)
            closed = thread["closed_at"] and _("closed %(when)s") % {"when": self.when(thread["closed_at"])}
            self.text(" · ".join(filter(None, (thread["program"], closed))), "soft")
            for said in thread["written"]:
                self.part(f"{said['name']} · {self.when(said['at'])}", said["text"])
                for file in said["files"]:
                    self.text(f"{file['name']} ({self.words(file['kind'])})", "soft")

    def _times(self) -> None:
        if self.facts["attendance"]:
            self.heading(_("Sessions"), 0)
            rows = [
                [
                    self.when(a["starts_at"]),
                    a["title"],
                    self.words(a["attended"]),
                    _minutes(a["minutes"], a["possible_minutes"]),
                ]
                for a in self.facts["attendance"]
            ]
            self.table([_("When"), _("Session"), _("Attendance"), _("Minutes")], rows, [0.34, 0.3, 0.2, 0.16])
        if self.facts["appointments"]:
            self.heading(_("Appointments"), 0)
            rows = [
                [
                    self.when(a["starts_at"]),
                    self.words(a["kind"]),
                    a["with"],
                    _("cancelled") if a["is_cancelled"] else _outcome(a["outcome"]),
                    _minutes(a["minutes"], None),
                ]
                for a in self.facts["appointments"]
            ]
            heads = [_("When"), _("Kind"), _("With"), _("How it went"), _("Minutes")]
            self.table(heads, rows, [0.3, 0.22, 0.2, 0.16, 0.12])

    def _papers(self) -> None:
        if not (self.facts["consents"] or self.facts["agreements"]):
            return
        self.heading(_("What I signed"), 0)
        for row in self.facts["consents"]:
            self.heading(f"{row['title']} · {_('Version %(n)s') % {'n': row['version']}}", 1)
            self.text(row["text"])
            for part in row["in_short"]:
                self.text(f"{part['heading']}: {part['text']}")
            self.signed(row)
            if row["withdrawn_at"]:
                self.text(_("Taken back on %(day)s") % {"day": self.when(row["withdrawn_at"])}, "soft")
        for row in self.facts["agreements"]:
            self.heading(f"{_('Our agreement for sessions')} · {_('Version %(n)s') % {'n': row['version']}}", 1)
            self.text(row["text"])
            for line in row["guidelines"]:
                self.text(f"– {line}")
            self.signed(row)


def _number(value: int | None) -> str:
    """Not answered is a dash, which is not 0."""
    return "" if value is None else str(value)


def _minutes(minutes: int | None, possible: int | None) -> str:
    if minutes is None:
        return ""
    return f"{minutes} / {possible}" if possible else str(minutes)


def _outcome(outcome: str | None) -> str:
    return {"held": _("took place"), "missed": _("missed"), "excused": _("excused")}.get(outcome or "", "")


def render(facts: dict) -> bytes:
    """The file. Its title names nobody."""
    load_fonts()
    writer = _Writer(facts)
    title = _("My record")
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=22 * mm,
        title=title,
        author="",
        subject="",
        creator=settings.SITE_NAME,
        lang=facts["language"],
    )
    frame = Frame(MARGIN, 22 * mm, WIDTH, LETTER[1] - MARGIN - 22 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    foot = f"{title} · {facts['person']['record_number']}"
    document.build(writer.write(), canvasmaker=lambda *args, **kwargs: Pages(*args, foot=foot, **kwargs))
    return out.getvalue()
