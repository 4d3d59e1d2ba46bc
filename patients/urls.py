"""The way in for somebody who was invited. The key in the first address opens it; no other address holds anything of anybody."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("<token:key>/", views.open_link, name="open_link"),
]
