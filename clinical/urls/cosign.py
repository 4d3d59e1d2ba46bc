from django.urls import path

from clinical.views import cosign, note

urlpatterns = [
    path("notes/<uuid:uid>/", note.note, name="note"),
    path("notes/<uuid:uid>/take-back/", note.take_back, name="take_back"),
    path("notes/<uuid:uid>/void/", note.void, name="void"),
    path("sessions/<uuid:uid>/countersign/", note.countersign, name="countersign"),
    path("cosign/", cosign.queue, name="cosign"),
    path("cosign/<uuid:uid>/", cosign.awaiting, name="awaiting"),
    path("cosign/<uuid:uid>/return/", cosign.send_back, name="send_back"),
]
