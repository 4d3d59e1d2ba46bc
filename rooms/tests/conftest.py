"""Fixtures of live rooms."""

from rooms.tests.care_scenes import care_scene, told
from rooms.tests.janus import janus, running_janus
from rooms.tests.live import live, on_air, pages
from rooms.tests.scene import scene
from rooms.tests.studio import a_studio
from tests.desk_browser import chrome

__all__ = ["a_studio", "care_scene", "chrome", "janus", "live", "on_air", "pages", "running_janus", "scene", "told"]
