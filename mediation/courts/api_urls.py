from django.urls import path

from mediation.courts.api import views

urlpatterns = [
    path("packages/", views.PackageList.as_view(), name="packages"),
    path("packages/<uuid:release_id>/", views.PackageDetail.as_view(), name="package"),
    path("packages/<uuid:release_id>/file/", views.PackageFile.as_view(), name="package-file"),
]
