from django.urls import path

from mediation.offers import views

app_name = "offers"
HOME = "cases/<uuid:case_id>/offers/"
ONE = f"{HOME}<uuid:offer_id>/"
ROUND = f"{HOME}sealed/<uuid:round_id>/"
urlpatterns = [
    path(HOME, views.offers, name="list"),
    path(f"{HOME}new/", views.new, name="new"),
    path(ONE, views.offer, name="offer"),
    path(f"{ONE}accept/", views.accept, name="accept"),
    path(f"{ONE}decline/", views.decline, name="decline"),
    path(f"{ONE}counter/", views.counter, name="counter"),
    path(f"{ONE}withdraw/", views.withdraw, name="withdraw"),
    path(f"{HOME}sealed/new/", views.propose_round, name="propose_round"),
    path(ROUND, views.round_page, name="round"),
    path(f"{ROUND}agree/", views.agree_to_round, name="agree_to_round"),
    path(f"{ROUND}decline/", views.decline_round, name="decline_round"),
    path(f"{ROUND}call-off/", views.call_off_round, name="call_off_round"),
    path(f"{ROUND}state/", views.round_state, name="round_state"),
    path(f"{ROUND}commit/", views.commit_figure, name="commit_figure"),
    path(f"{ROUND}seal/", views.seal_for_both, name="seal_for_both"),
    path(f"{ROUND}open/", views.open_round, name="open_round"),
]
