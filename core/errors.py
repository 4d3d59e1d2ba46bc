"""One refusal for the whole house.

A service that will not do what it was asked raises `Refusal`. The sentence is written for the person who reads it. It leaves
by four exits: a form error (`add_to`), a message and a redirect (`core.middleware.RefusalMiddleware`), a DRF 409 with
`{code, message}` (`drf_exception_handler`) and a Celery log line without retry (`core.tasks.house_task`).
"""

from django import forms


class Refusal(Exception):  # noqa: N818 - the house's word for it
    """A deed the rules forbid.

    message: one translated sentence for the person who asked. code: stable, for programs and tests. field: the form field
    the sentence belongs beside, when there is one.
    """

    def __init__(self, message: str, code: str, field: str | None = None):
        super().__init__(code)
        self.message, self.code, self.field = message, code, field

    def add_to(self, form: forms.BaseForm) -> None:
        """Put the sentence beside its field, or above the form when the form has no such field."""
        form.add_error(
            self.field if self.field in form.fields else None, forms.ValidationError(self.message, self.code)
        )


def drf_exception_handler(exc: Exception, context: dict):
    """DRF's handler, which also answers a Refusal with 409 and `{code, message}`."""
    # Not at the top: DRF reads the settings' classes on import, before the apps that services belong to are ready.
    from rest_framework.response import Response
    from rest_framework.views import exception_handler, set_rollback

    if isinstance(exc, Refusal):
        set_rollback()
        return Response({"code": exc.code, "message": str(exc.message)}, status=409)
    return exception_handler(exc, context)
