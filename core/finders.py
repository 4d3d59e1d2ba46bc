"""Serves the few files we use of node_modules under short public names, and nothing else of it."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import Error
from django.core.files.storage import FileSystemStorage


class _Renamed(FileSystemStorage):
    """A storage whose names are the public ones of settings.NODE_FILES."""

    def __init__(self):
        super().__init__(location=settings.NODE_MODULES)
        self.prefix = ""

    def path(self, name):
        return str(Path(settings.NODE_MODULES) / settings.NODE_FILES[name])


class NodeModulesFinder(BaseFinder):
    """Finds settings.NODE_FILES (public name -> path below node_modules)."""

    def __init__(self, *args, **kwargs):
        self.storage = _Renamed()

    def check(self, **kwargs):
        missing = [f for f in settings.NODE_FILES.values() if not (Path(settings.NODE_MODULES) / f).exists()]
        if missing:
            return [Error(f"Not in node_modules: {', '.join(missing)}. Run script/bootstrap.", id="core.E001")]
        return []

    def find(self, path, find_all=False, **kwargs):
        found = self.storage.path(path) if path in settings.NODE_FILES else None
        if find_all:
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns):
        for name in settings.NODE_FILES:
            if not matches_patterns(name, ignore_patterns or ()):
                yield name, self.storage
