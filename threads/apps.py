from django.apps import AppConfig


class ThreadsConfig(AppConfig):
    name = "threads"

    def ready(self) -> None:
        from threads import news  # noqa: F401 - registers how messages are composed, and what they are about
