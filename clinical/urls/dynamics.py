from django.urls import path

from clinical.views import dynamics

urlpatterns = [
    path("workspaces/", dynamics.workspaces, name="workspaces"),
    path("workspaces/<uuid:uid>/", dynamics.workspace, name="workspace"),
    path("sessions/<uuid:uid>/climate/", dynamics.observe, name="observe"),
    path("own-notes/", dynamics.private_notes, name="private_notes"),
    path("own-notes/<uuid:uid>/", dynamics.private_note, name="private_note"),
]
