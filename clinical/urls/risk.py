from django.urls import path

from clinical.views import risk

urlpatterns = [
    path("alerts/", risk.alerts, name="alerts"),
    path("alerts/<uuid:uid>/", risk.alert, name="alert"),
    path("people/<uuid:uid>/concern/", risk.raise_concern, name="raise_concern"),
    path("on-call/", risk.on_call, name="on_call"),
    path("on-call/<uuid:uid>/end/", risk.end_shift, name="end_shift"),
]
