from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.urls.resolvers import URLPattern

from mediation.accounts import views
from mediation.accounts.views import passkeys

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("address/", views.address, name="address"),
    path("address/codes/", views.address_codes, name="address_codes"),
    path("passkeys/", passkeys.own, name="passkeys"),
    path("passkeys/code/", passkeys.code, name="passkey_code"),
    path("passkeys/add/", passkeys.add, name="passkey_add"),
    path("passkeys/add/options/", passkeys.add_options, name="passkey_add_options"),
    path("passkeys/<uuid:passkey_id>/", passkeys.rename, name="passkey_rename"),
    path("passkeys/<uuid:passkey_id>/remove/", passkeys.remove, name="passkey_remove"),
]

# allauth finds these by name. Only what sign-in by code or passkey needs is there: no passwords, no
# sign-up form, no second path of lesser strength (ASVS 6.3.4).
sign_in_urlpatterns: list[URLPattern] = [
    path("", login_not_required(views.sign_in), name="account_request_login_code"),
    path("", login_not_required(views.sign_in), name="account_login"),
    path("", login_not_required(views.sign_in), name="account_signup"),
    path(
        "code/",
        login_not_required(allauth_views.confirm_login_code),
        name="account_confirm_login_code",
    ),
    path("passkey/", login_not_required(passkeys.sign_in), name="passkey_sign_in"),
    path(
        "passkey/options/",
        login_not_required(passkeys.sign_in_options),
        name="passkey_sign_in_options",
    ),
    path("out/", views.sign_out, name="account_logout"),
    path("inactive/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    path(
        "address/",
        login_not_required(views.prove_address),
        name="account_email_verification_sent",
    ),
]
