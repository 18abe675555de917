from django.urls import path

from mediation.core import appearance, style, views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.page, {"name": "help"}, name="help"),
    path("what-we-keep/", views.page, {"name": "privacy"}, name="privacy"),
    path("accessibility/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("appearance/", appearance.choose, name="appearance"),
    path("style/", style.parts, name="style"),
    path("healthz", views.health, name="health"),
]
