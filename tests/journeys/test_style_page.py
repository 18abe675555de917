"""Every part of our pages works for everybody: narrow, dark, by keyboard, without JavaScript."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SMALLEST_TARGET = 44
TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((e) => e.offsetParent && e.type !== "hidden")
  .filter((e) => !e.closest("p, .govuk-skip-link, .govuk-task-list__link"))
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < %d)
  .map(([html]) => html)"""


@pytest.mark.parametrize("device", ["phone-320", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/style/?messages", "/style/?errors"])
def test_every_part_is_accessible_and_fits(
    visitor, assert_accessible, assert_fits, picture, device, scheme, address
):
    page = visitor(device, color_scheme=scheme)
    page.goto(address)
    assert_accessible(page)
    assert_fits(page)
    assert page.evaluate(TARGETS % SMALLEST_TARGET) == []
    picture(page, f"style-{address.rpartition('?')[2]}-{device}-{scheme}")


def test_the_error_summary_takes_the_reader_to_the_field(visitor):
    page = visitor()
    page.goto("/style/?errors")
    expect(page).to_have_title("Error: Parts of every page - Heyi 和议")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter your name.").click()
    expect(page.get_by_label("What is your name?")).to_be_focused()


def test_language_and_appearance_are_changed_without_javascript_and_stay(visitor):
    page = visitor(java_script_enabled=False)
    page.goto("/style/?errors")
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.locator("button[name=appearance][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
    assert page.url.endswith("/style/?errors")


def test_three_times_shift_hides_the_page(visitor):
    page = visitor()
    page.goto("/style/")
    page.route("https://www.bbc.com/**", lambda route: route.fulfill(body="Sunny"))
    for _press in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.bbc.com/weather")
    visitor.troubles.clear()  # the one address elsewhere we go to, and only when asked


def test_what_is_left_to_type_is_counted(visitor):
    page = visitor()
    page.goto("/style/")
    page.get_by_label("What happened, in your words?").fill("x" * 201)
    expect(page.locator(".govuk-character-count__status")).to_have_text("1 character too many")
