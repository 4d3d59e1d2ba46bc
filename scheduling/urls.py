from django.urls import path

from scheduling import views

app_name = "scheduling"
urlpatterns = [
    path("sessions/<uuid:uid>/cancel/", views.cancel, name="cancel"),
    path("sessions/<uuid:uid>/move/", views.move, name="move"),
    path("series/<uuid:uid>/join/", views.join, name="join"),
    path("series/<uuid:uid>/wait/", views.wait, name="wait"),
    path("members/<uuid:uid>/leave/", views.leave, name="leave"),
    path("people/<uuid:uid>/end/", views.end_stay, name="end_stay"),
    path("waiting/<uuid:uid>/seat/", views.seat, name="seat"),
    path("waiting/<uuid:uid>/withdraw/", views.withdraw, name="withdraw"),
]
