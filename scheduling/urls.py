from django.urls import path

from scheduling.views import feeds, members, sessions

app_name = "scheduling"
urlpatterns = [
    path("sessions/<uuid:uid>/cancel/", sessions.cancel, name="cancel"),
    path("sessions/<uuid:uid>/move/", sessions.move, name="move"),
    path("series/<uuid:uid>/join/", members.join, name="join"),
    path("series/<uuid:uid>/wait/", members.wait, name="wait"),
    path("members/<uuid:uid>/leave/", members.leave, name="leave"),
    path("people/<uuid:uid>/end/", members.end_stay, name="end_stay"),
    path("waiting/<uuid:uid>/seat/", members.seat, name="seat"),
    path("waiting/<uuid:uid>/withdraw/", members.withdraw, name="withdraw"),
    path("feed/", feeds.mine, name="feed"),
]
