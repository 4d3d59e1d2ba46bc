"""What providers tell us: a text that came in. Nobody signs in here; the provider's signature says that it is they."""

import re

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from accounts.access import Can, requires
from messaging.inbound import receive


@csrf_exempt
@requires(Can.ENTER)
@require_POST
@sensitive_post_parameters("Body", "From")
def sms(request) -> HttpResponse:
    """A text came in (Twilio's webhook). 404 where no provider is configured, 403 without its signature.

    The signature covers the address as the provider calls it: SITE_URL's, whatever a proxy made of it on the way.
    """
    if not settings.TWILIO_AUTH_TOKEN:
        raise Http404
    address = settings.SITE_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or not RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(address, request.POST, signature):
        return HttpResponseForbidden()
    reply = MessagingResponse()
    provider_id, number = request.POST.get("MessageSid", ""), request.POST.get("From", "")
    if re.fullmatch(r"\w{1,64}", provider_id) and re.fullmatch(r"\+?\d{3,15}", number):
        answer = receive(
            provider_id=provider_id,
            number=number,
            text=request.POST.get("Body", ""),
            already_answered=request.POST.get("OptOutType", ""),
        )
        if answer:
            reply.message(answer)
    return HttpResponse(str(reply), content_type="text/xml; charset=utf-8")
