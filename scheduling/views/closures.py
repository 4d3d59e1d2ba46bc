"""Days a program is closed: those to come, the public holidays on offer, closing with a preview, lifting."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import GRANTS, Can, requires
from accounts.models import Program
from core.errors import Refusal
from scheduling import services
from scheduling.forms import ClosureForm
from scheduling.models import Closure
from scheduling.services.closed import closed_days
from scheduling.services.closures import days_in_words
from scheduling.services.public_holidays import holidays_offered
from scheduling.views.common import form_status

NAMED = 5  # of what could not be restored


def _programs(request):
    """Those the reader plans."""
    return Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.PLAN_SCHEDULE]))


def _closures(request):
    """Those in force of these programs, with how much they closed."""
    return (
        Closure.objects.visible_to(request.user)
        .in_force()
        .filter(program__in=_programs(request))
        .select_related("program", "created_by")
    )


@requires(Can.PLAN_SCHEDULE)
def index(request):
    """The coming closures, and the public holidays of the year ahead, each with whether it is closed already."""
    programs = list(_programs(request))
    days = [program.today for program in programs]
    closed = closed_days(program_ids=[p.pk for p in programs], since=min(days, default=timezone.localdate()))
    coming = _closures(request).filter(last_on__gte=min(days, default=timezone.localdate()))
    coming = coming.annotate(
        closed_sessions=Count("sessions", distinct=True), closed_appointments=Count("appointments", distinct=True)
    ).order_by("starts_on", "program__name")
    return render(
        request,
        "scheduling/closures.html",
        {
            "section": "week",
            "closures": [c for c in coming if c.last_on >= c.program.today],
            "offered": [(program, holidays_offered(program=program, closed=closed)) for program in programs],
            "several": len(programs) > 1,
        },
    )


@requires(Can.PLAN_SCHEDULE)
def new(request):
    """Close some days: the form, then what it does, then the deed."""
    programs = _programs(request)
    form = ClosureForm(request.POST or None, programs=programs)
    context = {"section": "week", "form": form}
    if request.method == "POST" and "change" in request.POST:
        form = ClosureForm(initial=request.POST.dict() | {"with_appointments": _is_on(request)}, programs=programs)
        return render(request, "scheduling/closure.html", {**context, "form": form})
    if request.method == "POST" and form.is_valid():
        deed = form.deed(request.user)
        try:
            if "confirm" not in request.POST:
                effect = services.preview_closure(**deed)
                days = days_in_words(deed["starts_on"], deed["last_on"])
                context |= {"effect": effect, "deed": deed, "days": days}
                return render(request, "scheduling/closure_preview.html", context)
            closure = services.close_days(**deed)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            days = days_in_words(closure.starts_on, closure.last_on)
            messages.success(
                request,
                _("%(program)s is closed: %(days)s. Everybody expected is being told.")
                % {"program": closure.program, "days": days},
            )
            return redirect("scheduling:closures")
    return render(request, "scheduling/closure.html", context, status=form_status(request))


def _is_on(request) -> bool:
    return request.POST.get("with_appointments", "") not in ("", "False")


@requires(Can.PLAN_SCHEDULE)
def lift(request, uid):
    """Open again, after asking."""
    coming = {"starts_at__gt": timezone.now()}
    closure = get_object_or_404(
        Closure.objects.visible_to(request.user).filter(program__in=_programs(request)), uid=uid
    )
    if request.method == "POST":
        try:
            lifted = services.lift_closure(closure=closure, by=request.user)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            _say(request, lifted)
        return redirect("scheduling:closures")
    return render(
        request,
        "scheduling/lift.html",
        {
            "section": "week",
            "closure": closure,
            "days": days_in_words(closure.starts_on, closure.last_on),
            "sessions": closure.sessions.filter(**coming).count(),
            "appointments": closure.appointments.filter(**coming).count(),
        },
    )


def _say(request, lifted) -> None:
    """What came back, and what did not, by its time."""
    back = len(lifted.sessions) + len(lifted.appointments)
    messages.success(
        request,
        ngettext(
            "Open again: %(n)s session or appointment takes place after all, and everybody who was told is being told.",
            "Open again: %(n)s sessions and appointments take place after all, and everybody who was told is being told.",
            back,
        )
        % {"n": back}
        if back
        else _("Open again. Nothing was to come that could take place."),
    )
    if lifted.not_restored:
        local = [formats.date_format(timezone.localtime(t.starts_at), "D, M j, g:i A") for t in lifted.not_restored]
        more = len(local) - NAMED
        messages.warning(
            request,
            _("What stays cancelled, since somebody is elsewhere by now or it was ended: %(when)s.")
            % {"when": "; ".join(local[:NAMED]) + (_(" and %(n)s more") % {"n": more} if more > 0 else "")},
        )
    if lifted.elsewhere:
        messages.warning(
            request,
            ngettext(
                "%(n)s person is elsewhere by now and stays unbooked. The group’s page names them.",
                "%(n)s people are elsewhere by now and stay unbooked. The groups’ pages name them.",
                lifted.elsewhere,
            )
            % {"n": lifted.elsewhere},
        )
