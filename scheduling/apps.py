from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self):
        from scheduling import subjects  # noqa: F401 - registers what messages are about
        from scheduling.services import reminders  # noqa: F401 - registers how session mail is composed
