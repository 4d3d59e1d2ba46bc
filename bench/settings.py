"""The product's settings, with a page to compare with and a count of queries in each answer."""

from iop.settings import *  # noqa: F403
from iop.settings import DATABASES, MIDDLEWARE, STORAGES

DEBUG = False
MFA_REQUIRED_FOR_STAFF = False
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
STORAGES = STORAGES | {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # pages of a real browser need their scripts; nothing is collected here
ROOT_URLCONF = "bench.urls"
WSGI_APPLICATION = "bench.wsgi.application"
MIDDLEWARE = ["bench.middleware.QueryCount", *MIDDLEWARE]

DATABASES["default"]["TEST"] = {"NAME": "iop_bench"}
