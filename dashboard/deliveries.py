"""What was planned, sent and not sent: about a session, to a patient, and of a whole program."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from dashboard import queries_deliveries as queries
from messaging.kinds import KINDS
from messaging.services import send_again, settle_unknown
from patients.records import log_shown, open_record
from scheduling.models import Session

ON_PAGE = 50
FILTER_WORDS = {
    "attention": gettext_lazy("For you to settle"),
    "waiting": gettext_lazy("Waiting"),
    "sent": gettext_lazy("Sent"),
    "skipped": gettext_lazy("Not called for"),
    "failed": gettext_lazy("Could not be sent"),
    "unknown": gettext_lazy("Outcome unknown"),
    "all": gettext_lazy("All"),
}


@requires(Can.SEE_DELIVERIES)
def about_session(request, uid):
    """All messages about one session, by message; people the reader may not know are a number."""
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("group"), uid=uid)
    found = queries.messages_about(request.user, session)
    log_shown(request, [line.patient.pk for m in found for line in m.lines if line.patient], Read.What.DELIVERIES)
    context = {"section": "week", "session": session, "found": found}
    return render(request, "dashboard/messages_session.html", context)


@requires(Can.SEE_DELIVERIES)
def to_person(request, uid):
    """All messages to one patient, and the ways that do not reach them."""
    patient = open_record(request, uid, Read.What.DELIVERIES)
    page = Paginator(queries.messages_to(patient), ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "people",
        "patient": patient,
        "page": page,
        "lines": queries.lines(request.user, page.object_list),
        "troubles": queries.troubles_of(patient),
    }
    return render(request, "dashboard/messages_person.html", context)


@requires(Can.SEE_ALL_DELIVERIES)
def everything(request):
    """The messages of the reader's programs: how many are where, and what waits for a person."""
    if request.method == "POST":
        return _settle(request)
    now = timezone.now()
    governed = queries.governed(request.user)
    state, kind = _asked(request.GET)
    page = Paginator(queries.narrowed(governed, state, kind, now), ON_PAGE).get_page(request.GET.get("page"))
    found = queries.lines(request.user, page.object_list)
    log_shown(request, [line.patient.pk for line in found if line.patient], Read.What.DELIVERIES)
    total, kinds = queries.counts_by_kind(governed, now)
    keep = QueryDict(mutable=True)
    keep.update({"state": state, "kind": kind})
    context = {
        "section": "messages",
        "page": page,
        "lines": found,
        "total": total,
        "kinds": kinds,
        "providers": queries.resting_providers(now),
        "state": state,
        "kind": kind,
        "keep": f"&{keep.urlencode()}",
        "states": FILTER_WORDS.items(),
        "all_kinds": sorted((str(k.label), k.name) for k in KINDS.values()),
    }
    return render(request, "dashboard/messages_all.html", context)


def _asked(query: QueryDict) -> tuple[str, str]:
    """The filter and kind asked for; what is strange is as if it were not there."""
    state, kind = query.get("state", ""), query.get("kind", "")
    return state if state in queries.FILTERS else "attention", kind if kind in KINDS else ""


def _settle(request):
    """One message: it arrived, it did not, or it is tried again. Back to where the reader was."""
    number = request.POST.get("delivery", "")
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    delivery = get_object_or_404(queries.governed(request.user), pk=pk)
    try:
        match request.POST.get("deed"):
            case "arrived":
                settle_unknown(delivery=delivery, left=True, by=request.user)
                messages.success(request, _("Noted: it arrived."))
            case "again":
                settle_unknown(delivery=delivery, left=False, by=request.user)
                messages.success(request, _("It is sent again, if it is still called for."))
            case "retry":
                send_again(delivery=delivery, by=request.user)
                messages.success(request, _("It is tried again now."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(request.get_full_path())
