"""A real CAS server, on this machine: portail_cas.py FOLDER PORT SERVICE-PATTERN"""
import sys
import django
from django.conf import settings

dossier, port, service = sys.argv[1:4]
settings.configure(
    DEBUG=True, SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": dossier + "/cas.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages", "mama_cas"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request",
                                                   "django.contrib.messages.context_processors.messages"]}}],
    MAMA_CAS_SERVICES=[{"SERVICE": service, "CALLBACKS": ["mama_cas.callbacks.user_model_attributes"]}])
django.setup()
from django.urls import include, path  # noqa: E402

urlpatterns = [path("cas/", include("mama_cas.urls"))]
if __name__ == "__main__":
    from django.contrib.auth.models import User
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    User.objects.create_user("k-zoe-77", password="motdepasse", first_name="Zoé", last_name="Étienne")
    call_command("runserver", "127.0.0.1:" + port, "--noreload")
