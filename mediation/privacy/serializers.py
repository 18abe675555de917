"""The shapes of the REST verbs about a case's dates. Every field is listed."""

from rest_framework import serializers

from mediation.cases.enums import Compartment
from mediation.privacy.enums import Ground


class DateSerializer(serializers.Serializer[object]):
    """Something that is still there: until when at the latest, and why."""

    kind = serializers.ChoiceField(Compartment.choices)
    what = serializers.CharField()
    at = serializers.DateTimeField()
    is_final = serializers.BooleanField(help_text="False while the case is open.")
    ground = serializers.ChoiceField(Ground.choices)


class KeptLongerSerializer(serializers.Serializer[object]):
    """A hold the caller may know of, in words."""

    what = serializers.CharField()
    ground = serializers.CharField()
    until = serializers.DateField()


class CertificateLineSerializer(serializers.Serializer[object]):
    """A certificate of destruction of the caller's own."""

    id = serializers.UUIDField()
    issued_at = serializers.DateTimeField()


class CaseDatesSerializer(serializers.Serializer[object]):
    """What is destroyed when, what is kept longer, and what was destroyed."""

    policy_sha256 = serializers.CharField(help_text="Of the periods the case began with.")
    left = DateSerializer(many=True)
    kept_longer = KeptLongerSerializer(many=True)
    certificates = CertificateLineSerializer(many=True)
