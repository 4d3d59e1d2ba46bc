from django.urls import path

from clinical import views

app_name = "clinical"
urlpatterns = [
    path("sessions/<uuid:uid>/roll-call/", views.roll_call, name="roll_call"),
    path("sessions/<uuid:uid>/notes/", views.notes, name="notes"),
    path("notes/<uuid:uid>/", views.note, name="note"),
]
