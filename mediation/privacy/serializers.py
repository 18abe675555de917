"""The shapes of the REST verbs about a case's dates. Every field is listed."""

from rest_framework import serializers

from mediation.cases.enums import Compartment
from mediation.privacy.enums import Ground, RequestState, Scope


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


class NewWishSerializer(serializers.Serializer[object]):
    """What one asks to have destroyed earlier; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    scope = serializers.ChoiceField(Scope.choices)


class WishSerializer(serializers.Serializer[object]):
    """One's own wish for earlier destruction, and what became of it."""

    id = serializers.UUIDField()
    scope = serializers.ChoiceField(Scope.choices)
    state = serializers.ChoiceField(RequestState.choices)
    asked_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class OthersWishSerializer(serializers.Serializer[object]):
    """What the other side would like, which happens only if one asks for it too."""

    scope = serializers.ChoiceField(Scope.choices)


class WishesSerializer(serializers.Serializer[object]):
    """What one can ask for now, what one asked for, and what the other side waits for."""

    choices = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    results = WishSerializer(many=True, help_text="One's own, the newest first.")
    others_wish = OthersWishSerializer(allow_null=True)
