from django.urls import path

from clinical.views import goals, plans

urlpatterns = [
    path("people/<uuid:uid>/plan/", plans.plan, name="plan"),
    path("people/<uuid:uid>/plan/begin/", plans.begin_plan, name="begin_plan"),
    path("people/<uuid:uid>/goals/", goals.goals, name="goals"),
    path("suggestions/<uuid:uid>/", goals.suggestion, name="suggestion"),
    path("plans/<uuid:uid>/", plans.plan_version, name="plan_version"),
    path("plans/<uuid:uid>/edit/", plans.edit_plan, name="edit_plan"),
    path("plans/<uuid:uid>/sign/", plans.sign_plan, name="sign_plan"),
    path("plans/<uuid:uid>/discard/", plans.discard_plan, name="discard_plan"),
    path("plans/<uuid:uid>/review/", plans.review_plan, name="review_plan"),
]
