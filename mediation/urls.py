from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from mediation.accounts.urls import sign_in_urlpatterns

urlpatterns = [
    path("", include("mediation.core.urls")),
    path("sign-in/", include(sign_in_urlpatterns)),
    path("language/", login_not_required(set_language), name="set_language"),
    path("me/", include("mediation.accounts.urls")),
    path("", include("mediation.desk.urls")),
    path("", include("mediation.centers.urls")),
    path("", include("mediation.cases.urls")),
    path("", include("mediation.matching.urls")),
    path("", include("mediation.holds.urls")),
    path("", include("mediation.evidence.urls")),
    path("", include("mediation.rooms.urls")),
    path("", include("mediation.offers.urls")),
    path("", include("mediation.proceedings.urls")),
    path("", include("mediation.settlements.urls")),
    path("", include("mediation.performance.urls")),
    path("", include("mediation.courts.urls")),
    path("", include("mediation.privacy.urls")),
    path("", include("mediation.rights.urls")),
    path("", include("mediation.verification.urls")),
    path("api/v1/", include("mediation.api_urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("mediation.demo.urls")))

handler400 = "mediation.core.views.bad_request"
handler403 = "mediation.core.views.forbidden"
handler404 = "mediation.core.views.not_found"
handler500 = "mediation.core.views.server_error"
