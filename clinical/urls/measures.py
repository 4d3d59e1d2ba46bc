from django.urls import path

from clinical.views import measures

urlpatterns = [
    path("people/<uuid:uid>/check-ins/", measures.index, name="measures"),
    path("people/<uuid:uid>/check-ins/<code:measure>/", measures.history, name="measure_history"),
    path("people/<uuid:uid>/check-ins/<code:measure>/aloud/", measures.read_aloud, name="read_aloud"),
    path("check-ins/<uuid:uid>/", measures.answers, name="answers"),
    path("check-ins/", measures.rules, name="measure_rules"),
]
