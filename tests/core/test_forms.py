"""Forms come out in our markup, with errors, hints and links that work for everybody."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import translation
from lxml import html

from mediation.core.forms import Checkboxes, DateField, MoneyField, Radios
from mediation.core.style import SampleForm


def _drawn(field: forms.BoundField):
    return html.fromstring(render_to_string("components/_field.html", {"field": field}))


def _summary(form: forms.Form):
    return html.fromstring(render_to_string("components/_error_summary.html", {"form": form}))


def test_every_link_of_the_error_summary_leads_to_a_control():
    form = SampleForm({})
    page = html.fromstring(f"<form>{form}</form>")
    targets = [link.get("href").removeprefix("#") for link in _summary(form).iter("a")]
    required = [name for name, field in form.fields.items() if field.required]
    assert len(targets) == len(required)
    assert [len(page.xpath(f"//*[@id='{target}']")) for target in targets] == [1] * len(targets)


def test_every_error_and_hint_is_announced_with_its_control():
    page = html.fromstring(f"<form>{SampleForm({})}</form>")
    ids = {element.get("id") for element in page.iter() if element.get("id")}
    described = [element.get("aria-describedby") for element in page.iter()]
    named = {name for names in described if names for name in names.split()}
    assert named <= ids
    announced = {name for name in ids if name.endswith(("_error", "_helptext", "-info"))}
    assert announced - named == set()


def test_every_control_has_a_label():
    page = html.fromstring(f"<form>{SampleForm()}</form>")
    controls = page.xpath("//input | //select | //textarea")
    labelled = {label.get("for") for label in page.iter("label")}
    assert {control.get("id") for control in controls} == labelled


def test_an_optional_field_says_so_and_a_required_one_does_not():
    form = SampleForm()
    assert "(optional)" in _drawn(form["address"]).text_content()
    assert "(optional)" not in _drawn(form["name"]).text_content()


def test_a_label_can_be_the_heading_of_the_page():
    context = {"field": SampleForm()["meeting"], "heading": True}
    drawn = html.fromstring(render_to_string("components/_field.html", context))
    assert drawn.xpath("string(//legend/h1)").strip() == "How would you like to talk?"


def test_hidden_fields_are_drawn_bare():
    class Hidden(forms.Form):
        token = forms.CharField(widget=forms.HiddenInput)

    drawn = _drawn(Hidden({"token": "x"})["token"])
    assert (drawn.tag, drawn.get("type"), drawn.get("class")) == ("input", "hidden", None)


def test_errors_of_the_whole_form_are_shown_with_and_without_the_summary():
    form = SampleForm({})
    form.add_error(None, "The dates overlap.")
    assert "The dates overlap." in _summary(form).text_content()
    assert "The dates overlap." in str(form)


def test_what_people_typed_comes_back_escaped():
    drawn = _drawn(SampleForm({"story": "<script>x</script>"})["story"])
    assert drawn.xpath("string(//textarea)").strip() == "<script>x</script>"


def test_hints_of_options_are_announced():
    class Form(forms.Form):
        one = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=Radios(hints={"b": "Bee"}))
        many = forms.MultipleChoiceField(
            choices=[("c", "C")], widget=Checkboxes(hints={"c": "Sea"})
        )

    page = html.fromstring(f"<form>{Form()}</form>")
    hinted = page.xpath("//input[@aria-describedby]/@id")
    assert hinted == ["id_one_1", "id_many_0"]


def test_an_option_is_never_marked_invalid_by_itself():
    page = html.fromstring(f"<form>{SampleForm({})}</form>")
    assert page.xpath("//input[@type='radio'][@aria-invalid]") == []


def test_placeholders_are_left_out():
    class Form(forms.Form):
        email = forms.CharField(widget=forms.TextInput({"placeholder": "Email"}))

    assert "placeholder" not in str(Form())


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        (["27", "3", "2026"], date(2026, 3, 27)),
        ([" 01 ", "02", "1958"], date(1958, 2, 1)),
        (["２７", "３", "２０２６"], date(2026, 3, 27)),
        (["29", "2", "2028"], date(2028, 2, 29)),
    ],
)
def test_a_date_is_read_from_three_boxes(typed, cleaned):
    assert DateField().clean(typed) == cleaned


@pytest.mark.parametrize(
    "typed",
    [
        ["31", "2", "2026"],
        ["29", "2", "2026"],
        ["27", "", "2026"],
        ["27", "March", "2026"],
        ["27", "3", "26"],
        ["0", "1", "2026"],
        ["1", "1", "99999"],
    ],
)
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(forms.ValidationError) as refused:
        DateField(required=False).clean(typed)
    assert refused.value.code == "invalid"


def test_an_empty_date_is_none_or_asked_for():
    assert DateField(required=False).clean(["", " ", None]) is None
    with pytest.raises(forms.ValidationError) as refused:
        DateField().clean(["", "", ""])
    assert refused.value.code == "required"


def test_a_known_date_fills_the_boxes():
    class Form(forms.Form):
        born_on = DateField(initial=date(1958, 2, 1))

    values = html.fromstring(str(Form())).xpath("//input/@value")
    assert values == ["1", "2", "1958"]


@pytest.mark.parametrize(
    ("language", "names"), [("en", "day month year"), ("zh-hans", "year month day")]
)
def test_the_boxes_stand_in_reading_order_and_the_summary_leads_to_the_first(language, names):
    with translation.override(language):
        form = SampleForm({"paid_on_day": "31", "paid_on_month": "2", "paid_on_year": "2026"})
        boxes = _drawn(form["paid_on"]).xpath("//input")
        assert [box.get("name").removeprefix("paid_on_") for box in boxes] == names.split()
        assert form["paid_on"].focus_id == boxes[0].get("id")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("some", "Enter an amount in digits, for example 1250.00."),
        ("0", "Ensure this value is greater than or equal to 0.01."),
        ("1.005", "Ensure that there are no more than 2 decimal places."),
    ],
)
def test_an_amount_is_refused_in_words(typed, said):
    with pytest.raises(ValidationError) as refused:
        MoneyField().clean(typed)
    assert refused.value.messages == [said]


def test_an_amount_may_be_left_out():
    assert MoneyField().clean("") is None
    assert MoneyField().clean("1250.5") == Decimal("1250.50")
