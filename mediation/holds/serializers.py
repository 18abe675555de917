"""The shapes of the REST verbs about holds. Every field is listed."""

from rest_framework import serializers

from mediation.holds.enums import HoldGround, HoldState
from mediation.holds.selectors import IN_WORDS
from mediation.holds.services.holds import MOST_REFERENCE

COMPARTMENTS = list(IN_WORDS.items())


class HoldLineSerializer(serializers.Serializer[object]):
    """A hold, and what the reader can do about it now."""

    id = serializers.UUIDField(source="hold.pk")
    case_number = serializers.CharField(source="hold.case.number")
    compartment = serializers.ChoiceField(COMPARTMENTS, source="hold.compartment")
    ground = serializers.ChoiceField(HoldGround.choices, source="hold.ground")
    state = serializers.ChoiceField(HoldState.choices, source="hold.state")
    review_on = serializers.DateField(source="hold.review_on")
    is_due = serializers.BooleanField(help_text="Whether it is to be looked at again soon.")
    can_answer = serializers.BooleanField()
    can_propose_release = serializers.BooleanField()
    can_answer_release = serializers.BooleanField()


class HoldSerializer(serializers.Serializer[object]):
    """One hold, what it rests on, and whose yes it has; people by name, as on its page."""

    hold = HoldLineSerializer(source="line")
    reference = serializers.CharField()
    proposed_at = serializers.DateTimeField(source="line.hold.proposed_at")
    placed_at = serializers.DateTimeField(source="line.hold.placed_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="line.hold.ended_at", allow_null=True)
    proposed_by = serializers.CharField(source="line.hold.proposed_by.name")
    confirmed_by = serializers.CharField(source="line.hold.confirmed_by.name", allow_null=True)
    release_proposed_by = serializers.CharField(
        source="line.hold.release_proposed_by.name", allow_null=True
    )


class HoldListSerializer(serializers.Serializer[object]):
    """Every hold of one's centres that is not over, the next to be reviewed first."""

    can_propose = serializers.BooleanField()
    results = HoldLineSerializer(many=True)


class NewHoldSerializer(serializers.Serializer[object]):
    """A proposal; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    case_number = serializers.CharField(max_length=20)
    compartment = serializers.ChoiceField(COMPARTMENTS)
    ground = serializers.ChoiceField(HoldGround.choices)
    reference = serializers.CharField(max_length=MOST_REFERENCE)
    review_on = serializers.DateField(help_text="Within six months.")

    def validate_case_number(self, number: str) -> str:
        return number.upper()


class SecondSerializer(serializers.Serializer[object]):
    """The second person's yes or no."""

    confirms = serializers.BooleanField()
