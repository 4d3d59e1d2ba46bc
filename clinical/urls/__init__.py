"""Addresses of the clinical record, a file for each matter."""

from clinical.urls import cosign, documents, dynamics, followups, measures, plans, requests, risk, session

app_name = "clinical"
urlpatterns = [
    *session.urlpatterns,
    *cosign.urlpatterns,
    *dynamics.urlpatterns,
    *followups.urlpatterns,
    *plans.urlpatterns,
    *documents.urlpatterns,
    *measures.urlpatterns,
    *requests.urlpatterns,
    *risk.urlpatterns,
]
