from django.urls import path

from mediation.performance import views

# No address speaks of performance: that word is refused, for it is what league tables count.
app_name = "obligations"
HOME = "cases/<uuid:case_id>/settlement/obligations/"
LINE = f"{HOME}<slug:line_key>/"
urlpatterns = [
    path(HOME, views.tracker, name="tracker"),
    path(f"{HOME}days.ics", views.days, name="days"),
    path(f"{HOME}certificate.json", views.certificate, name="certificate"),
    path(f"{HOME}settings/reminders/", views.remind, name="remind"),
    path(LINE, views.line, name="line"),
    path(f"{LINE}report/", views.report, name="report"),
    path(f"{LINE}confirm/", views.confirm, name="confirm"),
    path(f"{LINE}confirm-part/", views.confirm_part, name="confirm_part"),
    path(f"{LINE}different/", views.dispute, name="dispute"),
    path(f"{LINE}take-back/", views.take_back, name="take_back"),
]
