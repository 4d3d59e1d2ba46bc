"""The exit for a Refusal that a page did not put beside a form field itself; and a page for an answer that has none."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.errors import Refusal
from core.returning import SAFE, came_from, is_page


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
        back = came_from(request)
        if request.method == "GET" and back == request.build_absolute_uri():
            back = "/"  # reloaded: going back there would go round in circles
        if getattr(request, "htmx", False):
            # 200, since htmx drops the headers of an error; the page reloads and shows the message.
            return HttpResponse(headers={"HX-Redirect": back})
        return redirect(back)


class WrongMethodMiddleware:
    """Whoever opens an address that only takes what is sent to it reads why there is nothing, instead of an empty window."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_bare = response.status_code == 405 and not response.streaming and not response.content
        if not is_bare or request.method not in SAFE or not is_page(request):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page
