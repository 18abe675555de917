import pytest
from django.urls import reverse


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_help_page_names_captions_of_the_device_and_no_others(client, language):
    client.cookies["language"] = language
    page = client.get(reverse("core:help")).content.decode()
    section = page.split('id="captions"')[1].split("<h2")[0]
    for system in ("Windows 11", "Mac", "iPhone", "Android", "Chrome"):
        assert system in section
    assert "http" not in section
