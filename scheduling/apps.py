from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self):
        from scheduling.services import reminders  # noqa: F401 - registers how session mail is composed
