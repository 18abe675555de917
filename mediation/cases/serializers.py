"""The shapes of the REST verbs about one's consents. Every field is listed."""

from rest_framework import serializers

from mediation.cases.enums import CaseOutcome, CaseState, Purpose
from mediation.profiles.selectors import ConsentText


class ConsentSerializer(serializers.Serializer[object]):
    """A consent one gave; `withdrawn_at` once it is taken back."""

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(Purpose.choices)
    text_version = serializers.IntegerField()
    given_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ConsentTextSerializer(serializers.Serializer[ConsentText]):
    """What one agrees to, in every language; the SHA-256 stands in the receipt."""

    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    title = serializers.DictField(child=serializers.CharField())
    body = serializers.DictField(child=serializers.CharField())


class ReadTextSerializer(serializers.Serializer[object]):
    """Which text the person has read, in whose words they agree."""

    text_sha256 = serializers.CharField(max_length=64)


class ConsentChoiceSerializer(serializers.Serializer[object]):
    """One purpose: its newest text, and one's consent in force, if there is one."""

    purpose = serializers.ChoiceField(Purpose.choices)
    is_needed = serializers.BooleanField(help_text="Without it there is no mediation.")
    text = ConsentTextSerializer()
    consent = ConsentSerializer(allow_null=True)


class ConsentNewsSerializer(serializers.Serializer[object]):
    """What was recorded, and what follows from it, in the reader's language."""

    consent = ConsentSerializer()
    recorded = serializers.CharField()
    follows = serializers.CharField()


class SignedSerializer(serializers.Serializer[object]):
    """A statement and our signature over it."""

    statement = serializers.JSONField()
    signature = serializers.JSONField()


class EndedSerializer(serializers.Serializer[object]):
    """How a case stands that has just ended."""

    state = serializers.ChoiceField(CaseState.choices)
    outcome = serializers.ChoiceField(CaseOutcome.choices)
    closed_at = serializers.DateTimeField()
