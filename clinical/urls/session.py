from django.urls import path

from clinical.views import autosave, documentation, session, snippets

urlpatterns = [
    path("sessions/<uuid:uid>/roll-call/", session.roll_call, name="roll_call"),
    path("sessions/<uuid:uid>/notes/", documentation.notes, name="notes"),
    path("sessions/<uuid:uid>/notes/save/", autosave.autosave, name="autosave"),
    path("sessions/<uuid:uid>/notes/state/", autosave.versions, name="versions"),
    path("sessions/<uuid:uid>/notes/check/", autosave.check, name="check_notes"),
    path("phrases/", snippets.phrases, name="phrases"),
    path("phrases/<uuid:uid>/", snippets.phrase, name="phrase"),
    path("phrases/<uuid:uid>/remove/", snippets.remove, name="remove_phrase"),
]
