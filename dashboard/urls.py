from django.urls import path

from dashboard import calendar, deliveries, planning, views, views_guardian

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("week/", views.week, name="week"),
    path("series/", views.groups, name="groups"),
    path("series/<uuid:uid>/", views.group, name="group"),
    path("sessions/<uuid:uid>/", views.session, name="session"),
    path("people/", views.people, name="people"),
    path("people/new/", views.admit, name="admit"),
    path("people/<uuid:uid>/", views.person, name="person"),
    path("plan/", planning.planning, name="planning"),
    path("hours/", views.hours, name="hours"),
    path("hours/short/", views_guardian.short, name="short"),
    path("sessions/<uuid:uid>/messages/", deliveries.about_session, name="session_messages"),
    path("people/<uuid:uid>/messages/", deliveries.to_person, name="person_messages"),
    path("messages/", deliveries.everything, name="messages"),
    path("calendar/", calendar.page, name="calendar"),
    path("calendar/events/", calendar.Events.as_view(), name="calendar_events"),
    path("calendar/sessions/<uuid:uid>/preview/", calendar.Preview.as_view(), name="calendar_preview"),
    path("calendar/sessions/<uuid:uid>/move/", calendar.Move.as_view(), name="calendar_move"),
]
