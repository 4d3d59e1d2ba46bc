"""What to write about: of what one's groups work through, then the program's own prompts, or, where it has none, the house's."""

from django.utils.translation import gettext as _

from groups.models import CurriculumUnit, Kind, Membership
from journal.models import Prompt
from patients.models import Patient


def house_prompts() -> list[tuple[str, str]]:
    """Ours, as (kind, words)."""
    return [
        ("", _("What was one moment today that I want to remember?")),
        ("", _("What do I need most at the moment, and from whom?")),
        ("", _("What would I say to a friend who had a day like mine?")),
        (Kind.PSYCHOEDUCATION, _("What did I hear this week that fits my own life, and what doesn’t?")),
        (Kind.PSYCHOEDUCATION, _("What did my body tell me before I noticed how I felt?")),
        (Kind.SKILLS, _("Which skill did I try, and what happened then?")),
        (Kind.SKILLS, _("Which situation is coming up, and what could I do in it?")),
        (Kind.PROCESS, _("What did I not say in the session, and what kept me from it?")),
        (Kind.PROCESS, _("Whose words stayed with me, without naming them, and why?")),
        (Kind.SUPPORT, _("Who was there for me this week, and whom was I there for?")),
    ]


def prompts_for(patient: Patient) -> list[str]:
    """First of the units that their groups work through; then those of the person's own programs, first of the kinds of their
    groups; the house's where there are none. Three queries."""
    groups = Membership.objects.current().filter(patient=patient)
    units = CurriculumUnit.objects.filter(curriculum__groups__in=groups.values("group"), curriculum__ended_on=None)
    of_units = [words for unit in units.distinct().order_by("place", "pk") for words in unit.prompts_said()]
    kinds = set(groups.values_list("group__kind", flat=True))
    own = list(
        Prompt.objects.offered()
        .filter(program__in=patient.episodes.open().values("program_id"))
        .values_list("kind", "text")
    )
    found = [(kind, words) for kind, words in own or house_prompts() if not kind or kind in kinds]
    return list(dict.fromkeys([*of_units, *(words for _kind, words in sorted(found, key=lambda one: one[0] == ""))]))
