from django.urls import path

from scheduling.views import closures, members, offers, sessions, visitors

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
    # Closed days, visitors, make-up seats.
    path("closures/", closures.index, name="closures"),
    path("closures/new/", closures.new, name="close"),
    path("closures/<uuid:uid>/lift/", closures.lift, name="lift"),
    path("sessions/<uuid:uid>/visitor/", visitors.add, name="visitor"),
    path("sessions/<uuid:uid>/visitor/release/", visitors.release, name="release_visitor"),
    path("sessions/<uuid:uid>/offer/", offers.offer, name="offer"),
    path("offers/<uuid:uid>/withdraw/", offers.withdraw, name="withdraw_offer"),
]
