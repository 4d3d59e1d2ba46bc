"""Addresses of a person's record. They hold no clinical word and no name."""

from django.urls import path

from clinical.views import documents, documents_sealed, lists

urlpatterns = [
    path("people/<uuid:uid>/record/", documents.record, name="record"),
    path("people/<uuid:uid>/record/new/", documents.start, name="start_document"),
    path("people/<uuid:uid>/codes/", lists.diagnoses, name="diagnoses"),
    path("people/<uuid:uid>/lists/", lists.medications, name="medications"),
    path("codes/<uuid:uid>/", lists.diagnosis, name="diagnosis"),
    path("lists/<uuid:uid>/", lists.medication, name="medication"),
    path("documents/<uuid:uid>/", documents.document, name="document"),
    path("documents/<uuid:uid>/edit/", documents.edit, name="edit_document"),
    path("documents/<uuid:uid>/save/", documents.autosave, name="autosave_document"),
    path("documents/<uuid:uid>/discard/", documents.discard, name="discard_document"),
    path("documents/<uuid:uid>/take-back/", documents_sealed.take_back, name="take_back_document"),
    path("documents/<uuid:uid>/void/", documents_sealed.void, name="void_document"),
    path("appointments/<uuid:uid>/note/", documents.appointment, name="document_appointment"),
]
