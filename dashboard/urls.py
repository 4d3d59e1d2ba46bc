from django.urls import path

from dashboard import views, views_guardian

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
    path("hours/", views.hours, name="hours"),
    path("hours/short/", views_guardian.short, name="short"),
]
