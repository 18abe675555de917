from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

app_name = "api"
urlpatterns = [
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="schema"),
    path("", include("mediation.courts.api_urls")),
    path("", include("mediation.rooms.api_urls")),
    path("", include("mediation.settlements.api_urls")),
    path("", include("mediation.performance.api_urls")),
    path("", include("mediation.cases.api_urls")),
    path("", include("mediation.privacy.api_urls")),
    path("", include("mediation.holds.api_urls")),
    path("", include("mediation.rights.api_urls")),
]
