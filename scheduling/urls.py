from django.urls import path

from scheduling.views import (
    appointments,
    closures,
    cover,
    feeds,
    members,
    offers,
    open_hours,
    requests,
    series,
    sessions,
    slots,
    visitors,
)

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
    path("series/<uuid:uid>/slots/new/", slots.add, name="add_slot"),
    path("slots/<uuid:uid>/change/", slots.change, name="change_slot"),
    path("slots/<uuid:uid>/end/", slots.end, name="end_slot"),
    path("sessions/<uuid:uid>/change/", sessions.change, name="change_session"),
    path("series/<uuid:uid>/sessions/new/", sessions.add, name="add_session"),
    # Closed days, visitors, make-up seats.
    path("closures/", closures.index, name="closures"),
    path("closures/new/", closures.new, name="close"),
    path("closures/<uuid:uid>/lift/", closures.lift, name="lift"),
    path("sessions/<uuid:uid>/visitor/", visitors.add, name="visitor"),
    path("sessions/<uuid:uid>/visitor/release/", visitors.release, name="release_visitor"),
    path("sessions/<uuid:uid>/offer/", offers.offer, name="offer"),
    path("offers/<uuid:uid>/withdraw/", offers.withdraw, name="withdraw_offer"),
    # What one's people ask for.
    path("requests/", requests.index, name="requests"),
    path("requests/<uuid:uid>/", requests.excuse, name="excuse"),
    path("requests/seats/<uuid:uid>/", requests.seat, name="seat_request"),
    path("feed/", feeds.mine, name="feed"),
    # Time off, cover, licences.
    path("time-off/", cover.time_off, name="time_off"),
    path("time-off/new/", cover.new_time_off, name="new_time_off"),
    path("time-off/<uuid:uid>/withdraw/", cover.withdraw_time_off, name="withdraw_time_off"),
    path("cover/", cover.cover, name="cover"),
    path("cover/<uuid:uid>/take/", cover.take_cover, name="take_cover"),
    path("cover/<uuid:uid>/give-back/", cover.give_back, name="give_back"),
    path("licences/", cover.licence_gaps, name="licences"),
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
