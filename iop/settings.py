"""One settings module for every environment; what differs comes from the environment (see `.env.example`).

Local: no DATABASE_URL in the environment. Then an embedded Postgres and Redis are started by `iop.embedded` (called from
manage.py and script/server), DEBUG is on and development keys are made once under `.data/`.
"""

from email.utils import parseaddr

from django.utils.translation import gettext_lazy as _

from iop.beat import SCHEDULE
from iop.env import BASE_DIR, data_dir, env, load_env_file
from iop.janus import ADMIN_PORT, WS_PORT
from iop.keys import field_keys, media_secrets, private_note_keys, secret_key

load_env_file()
DATA_DIR = data_dir()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key(debug=DEBUG)
# Fernet keys of narrative text, newest first. Older ones stay in the list: a sealed row can't be written anew with a newer one.
FIELD_KEYS = field_keys(debug=DEBUG)
# Keys of psychotherapy notes, which only their author reads: apart from the record’s, so that one can be given without the other.
PRIVATE_NOTE_KEYS = private_note_keys(debug=DEBUG)

SITE_URL = env.origin("SITE_URL", default="http://127.0.0.1:8000")
# The neutral name patients see in mail, titles and icons. Never the program's own.
SITE_NAME = env.str("SITE_NAME", default="My schedule")
CLINIC_PHONE = env.str("CLINIC_PHONE", default="")
# Where a quick exit leads: a page anybody may have open.
QUICK_EXIT_URL = env.url("QUICK_EXIT_URL", default="https://www.weather.gov/", schemes=("http", "https"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "accounts.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "template_partials",
    # ours, lowest floor first
    "core",
    "audit",
    "accounts",
    "messaging",
    "patients",
    "groups",
    "journal",
    "scheduling",
    "library",
    "rooms",
    "clinical",
    "threads",
    "dashboard",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.IdleSignOutMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.OwnZoneMiddleware",
    "audit.middleware.WhoMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.WrongMethodMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "iop.urls"
CSRF_FAILURE_VIEW = "iop.views.token_failed"
WSGI_APPLICATION = "iop.wsgi.application"
ASGI_APPLICATION = "iop.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.house",
                "clinical.context.own_line",
                "clinical.context.my_alerts",
                "threads.context.waiting",
            ],
            "builtins": ["core.templatetags.house"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Postgres. Connections stay open between requests: opening one costs more than most pages.
DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- live rooms. Where no proxy stands before the live process, pages reach its sockets by its own port (script/server sets it).
LIVE_DIRECT_PORT = env.int("LIVE_DIRECT_PORT", default=0, minimum=0, maximum=65535)

# --- Redis: broker and channel layer only. Losing it loses nothing: the outbox is in Postgres.
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "rooms.layer.PatientLayer",
        # socket_timeout=None: redis-py 8 would otherwise drop idle sockets.
        # capacity: what a whole process may not have taken up yet. At the usual 100 a layer drops what 20 rooms say at once.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "capacity": 10_000},
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = 200
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = SCHEDULE

# Rate limits must hold across processes and outlive Redis, so the cache is a table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # Django's 300 would throw counted attempts away
    }
}

# --- who is who
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff or an admission create every account; nobody signs up
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True  # a passkey that verifies its owner stands for password and second step
MFA_TOTP_ISSUER = SITE_NAME
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are given by staff, not by signing up
MFA_REQUIRED_FOR_STAFF = not DEBUG
# 45 CFR 164.312(a)(2)(iii): automatic log-off. Patients get longer: they wait in a room.
IDLE_MINUTES_STAFF = env.int("IDLE_MINUTES_STAFF", default=15, minimum=3)
IDLE_MINUTES_PATIENT = env.int("IDLE_MINUTES_PATIENT", default=60, minimum=3)

# --- measures. A folder with the wording of those that ship without (docs/record.md).
INSTRUMENT_TEXTS = env.str("INSTRUMENT_TEXTS", default="")

# --- messages. Mail locally: one file a message under .data/mail; with EMAIL_URL to a server, with EMAIL_PROVIDER by its API.
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_TIMEOUT = SMS_TIMEOUT = PUSH_TIMEOUT = (
    15  # seconds an answer may take; messaging.services.SENDING_LEASE is longer
)
EMAIL_BACKEND = "messaging.backends.OneFileEach"
if EMAIL_URL:
    vars().update(env.email("EMAIL_URL"))
vars().update(
    env.mail_provider(
        "EMAIL_PROVIDER",
        key=env.str("EMAIL_PROVIDER_KEY", default=""),
        domain=env.str("EMAIL_PROVIDER_DOMAIN", default=""),
        api=env.origin("EMAIL_PROVIDER_API", default=""),
        url=EMAIL_URL,
        timeout=EMAIL_TIMEOUT,
    )
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.mailbox("DEFAULT_FROM_EMAIL", default="schedule@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
# Also checks that an incoming text (POST /hooks/sms/) is from there: without it none is taken.
TWILIO_AUTH_TOKEN = env.together("TWILIO_AUTH_TOKEN", needed_by="TWILIO_ACCOUNT_SID")
TWILIO_FROM = env.together("TWILIO_FROM", needed_by="TWILIO_ACCOUNT_SID")  # a number, or a messaging service's MG…
TWILIO_API_URL = env.origin("TWILIO_API_URL", default="")
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_SUBJECT = env.str("VAPID_SUBJECT", default=f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}")
# Push services a browser may name as its own; with their subdomains.
PUSH_HOSTS = env.list(
    "PUSH_HOSTS",
    default=["fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com"],
)
# Messages a second each provider takes from all workers together; 0: as many as there are.
PROVIDER_RATES = {
    "email": env.int("EMAIL_PER_SECOND", default=0, minimum=0),
    "sms": env.int("SMS_PER_SECOND", default=10, minimum=0),
    "push": env.int("PUSH_PER_SECOND", default=0, minimum=0),
}

# --- sound and pictures of live rooms (docs/media.md). Without secrets there are none, and rooms open all the same.
MEDIA_BACKEND = env.choice("MEDIA_BACKEND", ("janus", "livekit", "link"), default="janus")
MEDIA_TIMEOUT = 5  # seconds an answer of a media server may take
JANUS_SECRETS = media_secrets(debug=DEBUG)
JANUS_URL = env.url(
    "JANUS_URL", default=f"ws://127.0.0.1:{env.int('JANUS_WS_PORT', default=WS_PORT)}", schemes=("ws", "wss")
)
JANUS_ADMIN_URL = env.url(
    "JANUS_ADMIN_URL",
    default=f"http://127.0.0.1:{env.int('JANUS_ADMIN_PORT', default=ADMIN_PORT)}/admin",
    schemes=("http", "https"),
)
LIVEKIT_URL = env.url("LIVEKIT_URL", default="", schemes=("ws", "wss", "http", "https"))
LIVEKIT_KEY = env.together("LIVEKIT_KEY", needed_by="LIVEKIT_URL")
LIVEKIT_SECRET = env.together("LIVEKIT_SECRET", needed_by="LIVEKIT_URL")
TURN_URLS = env.list("TURN_URLS", default=[])
TURN_SECRET = env.together("TURN_SECRET", needed_by="TURN_URLS")

# --- words, zones, files
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
# What people may send fits into memory, so that no file of anybody’s lies about on the way in (threads/files.py). Recordings of
# the library, which are about nobody, may be larger.
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.finders.NodeModulesFinder",
]
NODE_MODULES = BASE_DIR / "node_modules"
# Exactly the browser files we serve from node_modules: public name -> file.
NODE_FILES = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/tabler.min.js.map": "@tabler/core/dist/js/tabler.min.js.map",
    "vendor/chart.min.js": "chart.js/dist/chart.umd.min.js",
    "vendor/chart.umd.min.js.map": "chart.js/dist/chart.umd.min.js.map",
    "vendor/chart-annotation.min.js": "chartjs-plugin-annotation/dist/chartjs-plugin-annotation.min.js",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/janus.es.js": "janus-gateway/npm/dist/janus.es.js",
    "vendor/adapter.js": "webrtc-adapter/out/adapter.js",
    "vendor/konva.min.js": "konva/konva.min.js",
    "vendor/livekit-client.umd.js": "livekit-client/dist/livekit-client.umd.js",
    **{
        f"vendor/selfie/{name}": f"@mediapipe/selfie_segmentation/{name}"
        for name in (
            "selfie_segmentation.js",
            "selfie_segmentation.binarypb",
            "selfie_segmentation.tflite",
            "selfie_segmentation_landscape.tflite",
            "selfie_segmentation_solution_simd_wasm_bin.js",
            "selfie_segmentation_solution_simd_wasm_bin.wasm",
            "selfie_segmentation_solution_simd_wasm_bin.data",
        )
    },
    "vendor/fullcalendar.min.js": "fullcalendar/index.global.min.js",
    "vendor/fullcalendar-es.min.js": "@fullcalendar/core/locales/es.global.min.js",
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What people send each other, encrypted (threads/files.py). Past one machine: a storage all nodes share.
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "attachments",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Recordings of the library. About nobody, so not encrypted; handed out by stamped views only (library/recordings.py).
    "recordings": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "recordings",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False

# --- change history (every write, with who and which request)
PGHISTORY_APPEND_ONLY = True
PGHISTORY_OBJ_FIELD_ON_DELETE = "DO_NOTHING"

# --- the browser's walls
SESSION_COOKIE_NAME = "s"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they name people; a cookie must not
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
if not DEBUG:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SITE_URL.startswith("https://")
    SECURE_SSL_REDIRECT = SITE_URL.startswith("https://")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_HSTS_SECONDS = 31_536_000 if SITE_URL.startswith("https://") else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_URL.startswith("https://")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "core.errors.drf_exception_handler",
}

# No person's data in a log: the formatter drops what Postgres and Django quote from a row or a form.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"quiet": {"()": "core.logs.QuietFormatter", "format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"gone": {"()": "core.logs.GoneMeanwhile"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "quiet", "filters": ["gone"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "twilio": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
