from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self):
        from patients import news, words  # noqa: F401 - register what messages say, and what none may say
