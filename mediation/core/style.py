"""The living page of parts, for people who build screens. Only in a demonstration."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mediation.core.forms import Checkboxes, DateField, Radios
from mediation.core.templatetags.heyi import TONE_ICONS


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(
        label="What is your name?",
        help_text="As on your identity card.",
        error_messages={"required": "Enter your name."},
    )
    address = forms.EmailField(label="Your e-mail address", required=False)
    amount = forms.CharField(
        label="How much is it about?",
        widget=forms.TextInput({"class": "govuk-input--width-10", "inputmode": "decimal"}),
    )
    story = forms.CharField(
        label="What happened, in your words?",
        help_text="Write what matters to you. You can change it until you send it.",
        max_length=200,
        widget=forms.Textarea({"rows": 4}),
    )
    paid_on = DateField(label="When was it paid?", help_text="For example 27 3 2026.")
    meeting = forms.ChoiceField(
        label="How would you like to talk?",
        choices=[("text", "In writing"), ("video", "By video"), ("either", "Either is fine")],
        widget=Radios(hints={"text": "At your own pace.", "video": "With a mediator present."}),
    )
    represented = forms.ChoiceField(
        label="Does somebody speak for you?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=Radios(inline=True),
    )
    needs = forms.MultipleChoiceField(
        label="What would help you?",
        required=False,
        choices=[("interpreter", "An interpreter"), ("support", "Somebody at my side")],
        widget=Checkboxes(hints={"support": "A friend, relative or adviser."}),
    )
    language = forms.ChoiceField(
        label="Language of the talk", choices=[("en", "English"), ("zh-hans", "简体中文")]
    )
    paper = forms.FileField(label="Add a paper", required=False, widget=forms.FileInput)
    read = forms.BooleanField(
        label="I have read what is kept and until when",
        error_messages={"required": "Please read what is kept, then tick the box."},
    )


ROWS = [
    {"key": "Your name", "value": "粟敏", "change_url": "#rows", "change_label": "name"},
    {"key": "Amount", "value": "CNY 300,000.00"},
]
TASKS = [
    {"title": "Tell us what happened", "url": "#tasks", "status": "Done", "tone": "done"},
    {
        "title": "Say who the other side is",
        "url": "#tasks",
        "hint": "A name and one way to reach them.",
        "status": "Your turn",
        "tone": "attention",
    },
    {"title": "Send the invitation", "status": "Cannot start yet", "tone": "neutral"},
]
STEPS = [
    {"title": "We write to the other side", "text": "One letter, and at most one reminder."},
    {"title": "They say yes or no", "text": "Saying no is fine and costs nothing."},
    {"title": "You choose a mediator together"},
]


@login_not_required
def parts(request: HttpRequest) -> HttpResponse:
    """Every component in every state. Raises Http404 outside a demonstration."""
    if not settings.DEMO:
        raise Http404
    bound = SampleForm({"paid_on_day": "31", "paid_on_month": "2", "paid_on_year": "2026"})
    shown = bound if "errors" in request.GET else SampleForm()
    if "messages" in request.GET:
        messages.success(request, "Your answer was saved.")
        messages.warning(request, "The other side has changed the time.")
    return render(request, "core/style.html", {"form": shown, **_samples()})


def _samples() -> dict[str, Any]:
    now = timezone.now()
    return {
        "tones": list(TONE_ICONS),
        "audiences": ["room", "caucus", "mediator", "me", "court", "public"],
        "in_two_hours": now + timedelta(hours=2),
        "next_week": timezone.localdate() + timedelta(days=7),
        "last_week": timezone.localdate() - timedelta(days=7),
        "rows": ROWS,
        "tasks": TASKS,
        "steps": STEPS,
        "events": [_accepted(now), _agreed(now - timedelta(days=3))],
        "page": Paginator(range(30), 10).page(2),
    }


def _accepted(at: datetime) -> dict[str, Any]:
    return {"title": "The mediator accepted", "at": at, "by": "杨调解员", "tone": "active"}


def _agreed(at: datetime) -> dict[str, Any]:
    text = "Both can still stop at any moment."
    return {"title": "Both sides agreed to try", "at": at, "text": text, "tone": "done"}
