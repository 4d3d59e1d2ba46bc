"""Pages. Refuses to start while any view lacks its access stamp."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from accounts.access import refuse_unstamped_views  # noqa: E402

refuse_unstamped_views()
