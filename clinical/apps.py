from django.apps import AppConfig
from django.core.checks import register


class ClinicalConfig(AppConfig):
    name = "clinical"

    def ready(self) -> None:
        from clinical import subjects  # noqa: F401 - registers what messages are about
        from clinical.checks import check_measures
        from clinical.services import (  # noqa: F401 - register how messages are composed
            clock_news,
            goal_news,
            plan_news,
            record_news,
            risk_news,
            suggestion_news,
        )

        register(check_measures)
