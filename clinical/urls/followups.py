from django.urls import path

from clinical.views import followups

urlpatterns = [
    path("sessions/<uuid:uid>/follow-up/", followups.open_follow_up, name="open_follow_up"),
    path("people/<uuid:uid>/follow-up/", followups.add_follow_up, name="add_follow_up"),
    path("follow-ups/", followups.index, name="follow_ups"),
    path("follow-ups/<uuid:uid>/", followups.task, name="follow_up"),
]
