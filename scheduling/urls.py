from django.urls import path

from scheduling.views import appointments, members, open_hours, series, sessions

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
    # individual work
    path("people/<uuid:uid>/appointments/new/", appointments.new, name="book"),
    path("appointments/<uuid:uid>/", appointments.appointment, name="appointment"),
    path("appointments/<uuid:uid>/move/", appointments.move, name="move_appointment"),
    path("appointments/<uuid:uid>/cancel/", appointments.cancel, name="cancel_appointment"),
    path("series-of/<uuid:uid>/", series.series, name="series"),
    path("series-of/<uuid:uid>/change/", series.change, name="change_series"),
    path("series-of/<uuid:uid>/end/", series.end, name="end_series"),
    path("open-hours/", open_hours.open_hours, name="open_hours"),
    path("open-hours/<uuid:uid>/close/", open_hours.close, name="close_hours"),
]
