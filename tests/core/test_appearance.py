"""Light or dark is remembered without JavaScript and leads nowhere else."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def _choose(client, **sent):
    return client.post(reverse("core:appearance"), sent)


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_next_page_has_the_chosen_appearance(client, chosen):
    answer = _choose(client, appearance=chosen, next=reverse("core:help"))
    assert answer.url == reverse("core:help")
    assert f'data-appearance="{chosen}"' in client.get(answer.url).text


@pytest.mark.parametrize("chosen", ["", "sepia", '"><script>'])
def test_anything_else_forgets_the_choice(client, chosen):
    client.cookies["appearance"] = "dark"
    _choose(client, appearance=chosen)
    assert client.cookies["appearance"].value == ""
    assert "data-appearance" not in client.get(reverse("core:help")).text


def test_a_forged_cookie_does_not_reach_the_page(client):
    client.cookies["appearance"] = "x onload=y"
    assert "onload" not in client.get(reverse("core:help")).text


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_way_back_stays_with_us(client, target):
    assert _choose(client, appearance="dark", next=target).url == "/"


def test_looking_changes_nothing(client):
    assert client.get(reverse("core:appearance")).status_code == 405
