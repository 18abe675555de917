from django.urls import path

from mediation.offers import views

app_name = "offers"
HOME = "cases/<uuid:case_id>/offers/"
ONE = f"{HOME}<uuid:offer_id>/"
urlpatterns = [
    path(HOME, views.offers, name="list"),
    path(f"{HOME}new/", views.new, name="new"),
    path(ONE, views.offer, name="offer"),
    path(f"{ONE}accept/", views.accept, name="accept"),
    path(f"{ONE}decline/", views.decline, name="decline"),
    path(f"{ONE}counter/", views.counter, name="counter"),
    path(f"{ONE}withdraw/", views.withdraw, name="withdraw"),
]
