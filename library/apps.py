from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "library"

    def ready(self) -> None:
        from library import news  # noqa: F401 - registers how notices of homework are composed, and what they are about
