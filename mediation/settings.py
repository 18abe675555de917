"""All settings, read from the environment. `.env.example` explains every variable."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- What kind of installation this is -------------------------------------------------------
DEBUG = False
# Without a SECRET_KEY this is a demonstration: reachable from this machine only, secret public.
DEMO = env.bool("DEMO", default="SECRET_KEY" not in env.ENVIRON)
DEMO_SECRET = "demo-only-" + "0" * 54
SECRET_KEY = env.str("SECRET_KEY", default=DEMO_SECRET if DEMO else "")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Heyi 和议")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="help@heyi.example")
# What the record of processing says of the operator (manage.py ropa).
RECORD_CONTROLLER = env.str("RECORD_CONTROLLER", default="")
RECORD_OFFICER = env.str("RECORD_OFFICER", default="")
RECORD_HOSTER = env.str("RECORD_HOSTER", default="")
RECORD_MAIL = env.str("RECORD_MAIL", default="")
RECORD_TRANSFERS = env.str("RECORD_TRANSFERS", default="")
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = LOOPBACK_NAMES if DEMO else env.list("ALLOWED_HOSTS", default=LOOPBACK_NAMES)
HTTPS = PUBLIC_URL.startswith("https://")
# A WebSocket is accepted only from pages of exactly this origin (scheme, host and port).
SOCKET_ORIGINS = [PUBLIC_URL]
if DEMO:
    SOCKET_ORIGINS.append(PUBLIC_URL.replace("127.0.0.1", "localhost"))
# Passkeys belong to a name and never to a number: a demonstration's work at localhost only.
PASSKEY_ORIGINS = SOCKET_ORIGINS
PASSKEY_DOMAIN = "localhost" if DEMO else urlsplit(PUBLIC_URL).hostname or ""
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY, or DEMO=1 for a demonstration on this machine.")
if not DEMO and not (env.str("PKI_PASSPHRASE", default="") or env.str("PKCS11_MODULE", default="")):
    raise ImproperlyConfigured(
        "Set PKI_PASSPHRASE, which opens the keys that seal settlements, or PKCS11_MODULE."
    )
if env.str("PKCS11_MODULE", default="") and not env.str("PKCS11_PIN", default=""):
    raise ImproperlyConfigured("Set PKCS11_PIN: without it every try would count as a wrong one.")
if DEMO and urlsplit(PUBLIC_URL).hostname not in {"127.0.0.1", "localhost", "::1"}:
    raise ImproperlyConfigured("Demo mode signs anybody in: PUBLIC_URL must be on 127.0.0.1.")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "rest_framework",
    "drf_spectacular",
    "mediation.core",
    "mediation.audit",
    "mediation.vault",
    "mediation.profiles",
    "mediation.mail",
    "mediation.accounts",
    "mediation.centers",
    "mediation.cases",
    "mediation.holds",
    "mediation.evidence",
    "mediation.matching",
    "mediation.rooms",
    "mediation.offers",
    "mediation.proceedings",
    "mediation.settlements",
    "mediation.performance",
    "mediation.courts",
    "mediation.privacy",
    "mediation.rights",
    "mediation.desk",
    "mediation.verification",
    "mediation.demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mediation.accounts.middleware.PersonalPreferencesMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mediation.core.middleware.ConfidentialPagesMiddleware",
    "mediation.core.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "mediation.urls"
ASGI_APPLICATION = "mediation.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "mediation.navigation.navigation",
            ],
        },
    },
]
FORM_RENDERER = "mediation.core.forms.Renderer"

# --- Where things are kept: database, key ring and key-encryption keys are three places ------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'heyi.sqlite3'}")}
ON_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if ON_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
            "PRAGMA foreign_keys=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
KEYRING_PATH = Path(env.str("KEYRING_PATH", default=str(VAR_DIR / "keyring" / "keyring.sqlite3")))
# The key ring in a PostgreSQL database of its own instead, for several machines.
KEYRING_DATABASE_URL = env.str("KEYRING_DATABASE_URL", default="")
if KEYRING_DATABASE_URL and env.str("DATABASE_URL", default="") == KEYRING_DATABASE_URL:
    raise ImproperlyConfigured("The key ring needs a database that no dump of the main one has.")
KEK_DIR = Path(env.str("KEK_DIR", default=str(VAR_DIR / "kek")))
# Public holidays by rule profile, which the operator keeps current (profiles/holidays.py).
HOLIDAYS_DIR = Path(env.str("HOLIDAYS_DIR", default=str(VAR_DIR / "holidays")))
SIGNING_DIR = Path(env.str("SIGNING_DIR", default=str(VAR_DIR / "signing")))
PKI_DIR = Path(env.str("PKI_DIR", default=str(VAR_DIR / "pki")))
PKI_PASSPHRASE = env.str(
    "PKI_PASSPHRASE", default="" if env.str("PKCS11_MODULE", default="") else SECRET_KEY
)
# With a module's library (a path), the authority's keys are made in its token and never leave it.
PKCS11_MODULE = env.str("PKCS11_MODULE", default="")
PKCS11_TOKEN = env.str("PKCS11_TOKEN", default="heyi")
PKCS11_PIN = env.str("PKCS11_PIN", default="")
# After how many days the key-encryption key is replaced by a new one.
KEK_EPOCH_DAYS = env.int("KEK_EPOCH_DAYS", default=30)
KEYRING_BACKUP_DAYS = env.int("KEYRING_BACKUP_DAYS", default=7)
# Who can open backups: age recipients (age1…), separated by commas. Their identities are not here.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
# How many days an archive of the key ring's write-ahead log is kept; 0: there is none.
KEYRING_WAL_DAYS = env.int("KEYRING_WAL_DAYS", default=0)
# Addresses of outside time-stamp authorities (RFC 3161), tried in this order; none: our own.
TSA_URL = env.str("TSA_URL", default="")
TSA_USER = env.str("TSA_USER", default="")
TSA_PASSWORD = env.str("TSA_PASSWORD", default="")
TSA_TIMEOUT = env.int("TSA_TIMEOUT", default=20)
# A PEM file with the roots that vouch for the time stamps of TSA_URL.
TSA_ROOTS = env.str("TSA_ROOTS", default="")
# Authorities that stamp the audit log's head once a day; empty: nobody does.
AUDIT_TSA_URL = env.str("AUDIT_TSA_URL", default=TSA_URL)
# Full years that a year of the audit log is kept after its end, before it may be dropped.
AUDIT_YEARS = env.int("AUDIT_YEARS", default=6)
# How old the newest archive time stamp of a settlement may grow before another is added: long
# before certificates end, algorithms age, or the settlement's own time here is over.
ARCHIVE_RENEWAL_DAYS = env.int("ARCHIVE_RENEWAL_DAYS", default=365)
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "files")))
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mediation.core.staticfiles.HashedStaticFiles"},
}
if bucket := env.str("S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "mediation.core.storage.Bucket",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "default_acl": None,
            "file_overwrite": False,
        },
    }
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=20 * 1024 * 1024)
# The largest body there is, with the form around the file: it stays in memory, since a temporary
# file would hold it in clear. core.body_limit refuses anything larger.
FILE_UPLOAD_MAX_MEMORY_SIZE = EVIDENCE_MAX_BYTES + 1024 * 1024
VERIFY_MAX_BYTES = env.int("VERIFY_MAX_BYTES", default=1024 * 1024)
EVIDENCE_CASE_QUOTA_BYTES = env.int("EVIDENCE_CASE_QUOTA_BYTES", default=200 * 1024 * 1024)

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # No time limit on reading: the layer asks Redis to wait five seconds for a word,
                # and a client that gives up in the same moment loses what is said meanwhile.
                "hosts": [{"address": REDIS_URL, "socket_timeout": None}],
                "symmetric_encryption_keys": [SECRET_KEY],
            },
        }
    }
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Jobs -----------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
EMBED_WORKER = env.bool("EMBED_WORKER", default=False)
# Commands that must succeed before a server answers.
BEFORE_SERVING = ["replay_destructions", "replay_removals", "replay_deletions"]
# Commands the embedded worker runs, and how often in seconds. In production a timer runs them.
PERIODIC_COMMANDS = {
    "seal_audit": 60,
    "publish_log": 3600,
    "move_deadlines": 60,
    "expire_offers": 60,
    "tidy_proceedings": 60,
    "lapse_signatures": 60,
    "remind_of_confirmation": 3600,
    "renew_archives": 3600,
    "remind_of_days": 3600,
    "end_holds": 60,
    "sweep_retention": 60,
    "forget_requests": 3600,
    "rotate_kek --when-due": 3600,
    "scan_orphan_files": 24 * 3600,
}

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "desk:list"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"request_login_code": "mediation.accounts.forms.SignInForm"}
ACCOUNT_ADAPTER = "mediation.accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "core:home"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
if DEMO:  # a demonstration signs many people in from one address
    ACCOUNT_RATE_LIMITS = {"request_login_code": "200/m/ip,60/m/key", "login": "200/m/ip"}

# --- Mail -----------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'outbox'}")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_FILE_PATH = EMAIL_CONFIG.get("EMAIL_FILE_PATH") or str(VAR_DIR / "outbox")
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or ""
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Heyi <no-reply@heyi.example>")

# --- Video ----------------------------------------------------------------------------------
STUN_URLS = env.list("STUN_URLS", default=[])
TURN_URLS = env.list("TURN_URLS", default=[])
TURN_SECRET = env.str("TURN_SECRET", default="")
MEDIA_SERVER_URL = env.str("MEDIA_SERVER_URL", default="")
MEDIA_SERVER_SECRET = env.str("MEDIA_SERVER_SECRET", default="")
MEDIA_SERVER_ADMIN_KEY = env.str("MEDIA_SERVER_ADMIN_KEY", default="")

# --- Languages and time ---------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "mediation.core.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# --- Static files ---------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What need not be compressed: pictures, and the fonts that only the PDF uses (20 MB, a minute).
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    *("png", "jpg", "gif", "webp", "zip", "gz", "br", "woff", "woff2", "ttf")
]

# --- Headers and cookies (OWASP ASVS 5.0, chapter 3) ------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # the sign-in code is kept in it
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
LANGUAGE_COOKIE_NAME = "language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "worker-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["app"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in [
        *("accelerometer", "autoplay", "camera", "display-capture"),
        *("encrypted-media", "fullscreen", "geolocation", "gyroscope", "interest-cohort"),
        *("magnetometer", "microphone", "midi", "payment", "usb"),
    ]
}

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["mediation.core.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mediation.core.api.refuse",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Heyi API",
    "DESCRIPTION": (
        "What a court may fetch after both parties released it, by the court's token; and, by the "
        "browser's session of whoever calls, the verbs of the room, everybody's rights in what is "
        "stored about them, and what a centre's privacy officer answers and holds."
    ),
    "ENUM_NAME_OVERRIDES": {
        "CaseStateEnum": "mediation.cases.enums.CaseState",
        "HoldGroundEnum": "mediation.holds.enums.HoldGround",
        "HoldStateEnum": "mediation.holds.enums.HoldState",
        "RefusalGroundEnum": "mediation.rights.enums.RefusalGround",
        "RequestStateEnum": "mediation.rights.enums.RequestState",
        "RestrictionReasonEnum": "mediation.holds.enums.RestrictionReason",
        "SaysEnum": "mediation.performance.enums.Says",
        "ScanSaysEnum": "mediation.settlements.enums.ScanSays",
        "SettlementStateEnum": "mediation.settlements.enums.SettlementState",
        "WishScopeEnum": "mediation.privacy.enums.Scope",
        "WishStateEnum": "mediation.privacy.enums.RequestState",
    },
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# --- Logs: what happened, never what was said ---------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # On level INFO it names the passkeys that are made and used.
    "loggers": {"fido2": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
