"""Addresses of what people ask about their records."""

from django.urls import path

from clinical.views import requests

urlpatterns = [
    path("corrections/", requests.index, name="requests"),
    path("corrections/<uuid:uid>/", requests.request_page, name="request"),
    path("withhold/<uuid:uid>/", requests.withhold, name="withhold"),
]
