"""Addresses of live rooms for staff, under /desk/. None holds a name or a clinical word."""

from django.urls import path

from rooms.views import apart, handouts, link, plan, room, rules

app_name = "rooms"
urlpatterns = [
    path("rooms/plan/usual/<uuid:uid>/", plan.group, name="plan_group"),
    path("rooms/plan/<uuid:uid>/", plan.session, name="plan_session"),
    path("rooms/rules/", rules.rules, name="rules"),
    path("rooms/rules/<uuid:uid>/", rules.agreement, name="agreement"),
    path("rooms/<uuid:uid>/", room.room, name="room"),
    path("rooms/<uuid:uid>/ask/", room.ask, name="ask"),
    path("rooms/<uuid:uid>/handouts/", handouts.of_session, name="handouts_of_session"),
    path("handouts/<uuid:uid>/", handouts.handout, name="handout"),
    path("handouts/<uuid:uid>/withdraw/", handouts.withdraw, name="withdraw_handout"),
    path("series/<uuid:uid>/apart/", apart.pairs, name="apart"),
    path("series/<uuid:uid>/link/", link.link, name="link"),
]
