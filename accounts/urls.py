"""Addresses about an account that are ours; included before allauth's, under /account/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("email/", views.email, name="own_email"),  # instead of allauth's page: the address is changed by staff
    path("passkey/ask/", views.passkey_question, name="passkey_question"),
    path("still-here/", views.still_here, name="still_here"),
]
