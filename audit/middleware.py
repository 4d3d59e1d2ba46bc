"""Puts who and which request beside every change that the history triggers record."""

import uuid

import pghistory


class WhoMiddleware:
    """Wraps a changing request in a pghistory context: user, request id, address (which never holds a person's data)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        user_id = request.user.pk if request.user.is_authenticated else None
        with pghistory.context(user=user_id, request=str(uuid.uuid4()), url=request.path):
            return self.get_response(request)
