"""The shapes of the settlement's REST verbs. Every field is listed."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from mediation.cases.enums import CaseState, ParticipantRole
from mediation.settlements.document.drawing import Drawing, NotADrawing, parse_drawing
from mediation.settlements.enums import ScanSays, SettlementState
from mediation.settlements.selectors.signing import is_same_name

MOST_ANSWER = 20_000  # characters of what a passkey answers, as on the page
MOST_WISH = 2000


# --- Signing ----------------------------------------------------------------------------------


class SigningPlaceSerializer(serializers.Serializer[object]):
    """One place to sign, and since when it is signed."""

    side = serializers.CharField(source="letter", help_text="Empty for the mediator.")
    role = serializers.ChoiceField(ParticipantRole.choices)
    is_mine = serializers.BooleanField()
    signed_at = serializers.DateTimeField(allow_null=True)


class SigningSerializer(serializers.Serializer[object]):
    """How far the signing is, and what this person needs for it."""

    settlement = serializers.CharField(source="settlement.number")
    state = serializers.ChoiceField(SettlementState.choices, source="settlement.state")
    document_sha256 = serializers.CharField(
        source="sha256",
        help_text="Of the document as it is now; empty where there is none. Say it when signing.",
    )
    opens_at = serializers.DateTimeField(
        allow_null=True, help_text="Before this nobody signs, where the terms leave time to think."
    )
    until = serializers.DateTimeField(source="settlement.signing_until", allow_null=True)
    name_to_type = serializers.CharField(
        source="name", help_text="What the caller types to sign; else empty."
    )
    can_sign = serializers.BooleanField(help_text="Waits for the caller's signature, here.")
    freedom_is_asked = serializers.BooleanField(
        help_text="The question whether one is free to say no waits on its page."
    )
    has_consents = serializers.BooleanField(help_text="Both sides agree to sign electronically.")
    has_passkey = serializers.BooleanField()
    places = SigningPlaceSerializer(many=True)


class ShownDocumentSerializer(serializers.Serializer[object]):
    """Which bytes the person was shown."""

    document_sha256 = serializers.CharField(min_length=64, max_length=64)


class NewSignatureSerializer(ShownDocumentSerializer):
    """A signature: the typed name, and what the passkey answered about exactly these bytes. Needs
    `name` in its context: what is to be typed, "" for whom the service will refuse anyway.
    """

    typed_name = serializers.CharField(max_length=200)
    answer = serializers.DictField(help_text="The passkey's answer (PublicKeyCredential.toJSON).")
    drawing = serializers.CharField(
        allow_blank=True,
        default="",
        help_text="Optional: a list of whole numbers for each stroke, [[x, y, x, y, …], …].",
    )

    def validate_typed_name(self, typed: str) -> str:
        name: str = self.context["name"]
        if name and not is_same_name(typed, name):
            message = _("Type the name exactly like this: %(name)s") % {"name": name}
            raise serializers.ValidationError(message)
        return typed

    def validate_answer(self, answer: dict[str, Any]) -> str:
        written = _as_json(answer)
        if len(written) > MOST_ANSWER:
            raise serializers.ValidationError(_("The passkey was not accepted"))
        return written

    def validate_drawing(self, drawn: str) -> Drawing | None:
        try:
            return parse_drawing(drawn) if drawn else None
        except NotADrawing as error:
            message = _("The drawing could not be used. Draw again, or only type.")
            raise serializers.ValidationError(message) from error


# --- The scan of what was signed on paper -----------------------------------------------------


class ScanWordSerializer(serializers.Serializer[object]):
    """What a side says about the scan; null until it said something."""

    side = serializers.CharField(source="letter")
    is_mine = serializers.BooleanField()
    says = serializers.ChoiceField(ScanSays.choices, allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class ScanFileSerializer(serializers.Serializer[object]):
    """The file as it came; its name is not kept."""

    sha256 = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    added_at = serializers.DateTimeField()


class ScanSerializer(serializers.Serializer[object]):
    """The scan there is, what is said about it, and what the caller can do now."""

    scan = ScanFileSerializer(allow_null=True)
    is_agreed = serializers.BooleanField(help_text="Each side said that this is its paper.")
    words = ScanWordSerializer(many=True)
    can_add = serializers.BooleanField()
    can_answer = serializers.BooleanField()


class NewScanSerializer(serializers.Serializer[object]):
    """A scan, and the SHA-256 of the one it takes the place of, empty where there is none."""

    file = serializers.FileField()
    replaces = serializers.CharField(max_length=64, allow_blank=True, default="")


class NewScanWordSerializer(serializers.Serializer[object]):
    """What a side says about the scan with this SHA-256."""

    sha256 = serializers.CharField(min_length=64, max_length=64)
    says = serializers.ChoiceField(ScanSays.choices)


# --- A change of what was signed --------------------------------------------------------------


class ChangeCaseSerializer(serializers.Serializer[object]):
    """The case in which a change is talked about."""

    case = serializers.UUIDField(source="case_id")
    number = serializers.CharField(source="case.number")
    state = serializers.ChoiceField(CaseState.choices, source="case.state")
    proposed_at = serializers.DateTimeField()


class ChangeSerializer(serializers.Serializer[object]):
    """Where the asking for a change stands; the settlement binds as it is until it is replaced."""

    settlement = serializers.CharField(source="settlement.number")
    replaced_by = serializers.CharField(
        source="settlement.replaced_by",
        help_text="The number of the later agreement in its place; empty where there is none.",
    )
    running = ChangeCaseSerializer(
        allow_null=True, help_text="For whoever is in that case: not before one said yes to it."
    )
    can_propose = serializers.BooleanField()
    asked = serializers.UUIDField(
        source="to_answer.pk",
        default=None,
        allow_null=True,
        help_text="What the other side asks and waits for; a yes or a no names it.",
    )


class ChangeAnswerSerializer(serializers.Serializer[object]):
    """What the yes or the no is about, so that it never answers something asked later."""

    asked = serializers.UUIDField()


class NewChangeSerializer(serializers.Serializer[object]):
    """A wish to talk about a change; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    wish = serializers.CharField(max_length=MOST_WISH)


def _as_json(answer: dict[str, Any]) -> str:
    try:
        return json.dumps(answer)
    except RecursionError as error:  # nested deeper than any passkey answers
        raise serializers.ValidationError(_("The passkey was not accepted")) from error
