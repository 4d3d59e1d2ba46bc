"""Addresses about an account that are ours; included before allauth's, under /account/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("still-here/", views.still_here, name="still_here"),
]
