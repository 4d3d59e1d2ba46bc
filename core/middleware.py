"""The exit for a Refusal that a page did not put beside a form field itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import Refusal


class RefusalMiddleware:
    """Turns an unhandled Refusal into a message on the page the person came from (of an htmx fragment: on the whole page)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refusal):
            return None
        messages.error(request, exception.message)
        back = request.META.get("HTTP_REFERER", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = "/"
        if request.method == "GET" and back == request.build_absolute_uri():
            back = "/"  # reloaded: going back there would go round in circles
        if getattr(request, "htmx", False):
            # 200, since htmx drops the headers of an error; the page reloads and shows the message.
            return HttpResponse(headers={"HX-Redirect": back})
        return redirect(back)
