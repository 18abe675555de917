"""The shapes of the REST verbs about one's data and a centre's answers. Every field is listed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mediation.cases.enums import Purpose
from mediation.centers.enums import CenterRole
from mediation.courts.enums import CourtRole
from mediation.holds.enums import RestrictionReason
from mediation.holds.serializers import HoldLineSerializer
from mediation.rights.enums import (
    Asker,
    BreachHarm,
    Decision,
    Light,
    RefusalGround,
    RequestState,
    Right,
)
from mediation.rights.selectors.breaches import CASE_NUMBER
from mediation.rights.services.account import MOST_ADDRESS, MOST_NAME
from mediation.rights.services.breaches import MOST_WORDS
from mediation.rights.services.requests import LONGEST


class AccountSerializer(serializers.Serializer[object]):
    """The account one signs in with."""

    mail_address = serializers.EmailField(source="email")
    display_name = serializers.CharField()
    since = serializers.DateTimeField(source="date_joined")
    last_sign_in = serializers.DateTimeField(source="last_login", allow_null=True)


@extend_schema_field(OpenApiTypes.STR)
class HexField(serializers.Field[Any, Any, str, Any]):
    """Octets as hexadecimal digits, as the copy of one's data has them."""

    def to_representation(self, value: Any) -> str:
        return bytes(value).hex()


class PasskeySerializer(serializers.Serializer[object]):
    """A passkey of one's own; its private half never left the device and is not here."""

    passkey_name = serializers.CharField(source="name")
    credential_id = HexField(read_only=True)
    public_key = HexField(read_only=True)
    times_signed = serializers.IntegerField(source="sign_count")
    added_at = serializers.DateTimeField(source="created_at")
    last_used_at = serializers.DateTimeField(allow_null=True)


class CenterRoleSerializer(serializers.Serializer[object]):
    """A part one has, or had until then, in a centre."""

    center_name = serializers.CharField(source="center.name")
    role = serializers.ChoiceField(CenterRole.choices)
    since = serializers.DateTimeField(source="started_at")
    until = serializers.DateTimeField(source="ended_at", allow_null=True)


class CourtRoleSerializer(serializers.Serializer[object]):
    """A part one has, or had until then, in a court."""

    court_name = serializers.CharField(source="court.name")
    role = serializers.ChoiceField(CourtRole.choices)
    since = serializers.DateTimeField(source="started_at")
    until = serializers.DateTimeField(source="ended_at", allow_null=True)


class CaseLineSerializer(serializers.Serializer[object]):
    """A case one has a part in. What is in it stands under the case, by its own rules."""

    id = serializers.UUIDField(source="case.pk")
    number = serializers.CharField(source="case.number")
    is_party = serializers.BooleanField()


class ConsentLineSerializer(serializers.Serializer[object]):
    """A consent in force."""

    case_id = serializers.UUIDField()
    case_number = serializers.CharField(source="case.number")
    purpose = serializers.ChoiceField(Purpose.choices)
    given_at = serializers.DateTimeField()


class RequestLineSerializer(serializers.Serializer[object]):
    """A request in a list, without its words."""

    id = serializers.UUIDField()
    center_name = serializers.CharField(source="center.name")
    right = serializers.ChoiceField(Right.choices)
    state = serializers.ChoiceField(RequestState.choices)
    received_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    ended_at = serializers.DateTimeField(allow_null=True)


class MyDataSerializer(serializers.Serializer[object]):
    """All that is stored about the caller outside the content of their cases."""

    account = AccountSerializer(source="user")
    passkeys = PasskeySerializer(many=True)
    center_roles = CenterRoleSerializer(many=True)
    court_roles = CourtRoleSerializer(many=True)
    cases = CaseLineSerializer(many=True)
    consents = ConsentLineSerializer(many=True)
    requests = RequestLineSerializer(many=True)


class CenterSerializer(serializers.Serializer[object]):
    """A centre, for its id."""

    id = serializers.UUIDField()
    center_name = serializers.CharField(source="name")


class MyRequestsSerializer(serializers.Serializer[object]):
    """One's own requests, the newest first, and whom one can ask."""

    centers = CenterSerializer(many=True)
    results = RequestLineSerializer(many=True)


class NewRequestSerializer(serializers.Serializer[object]):
    """What one asks a centre for; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    center = serializers.UUIDField()
    right = serializers.ChoiceField(Right.choices)
    words = serializers.CharField(max_length=LONGEST)


class RequestSerializer(serializers.Serializer[object]):
    """A request with its words and the answer, for the two who may read them."""

    request = RequestLineSerializer()
    is_open = serializers.BooleanField()
    words = serializers.CharField()
    extension = serializers.CharField(help_text="Why more time was needed.")
    decision = serializers.ChoiceField(
        Decision.choices, source="request.decision", allow_blank=True
    )
    ground = serializers.ChoiceField(
        RefusalGround.choices, source="request.ground", allow_blank=True
    )
    ground_words = serializers.CharField(help_text="The ground in words, with its article.")
    answer = serializers.CharField()
    complain = serializers.CharField(help_text="Where one can complain of a refusal.")


class GroundSerializer(serializers.Serializer[object]):
    """A ground on which a request may be refused, with words and article."""

    ground = serializers.ChoiceField(RefusalGround.choices)
    words = serializers.CharField()


class OfficerRequestSerializer(RequestSerializer):
    """The same with what an officer sees besides: the light is about our time alone."""

    asked_by = serializers.CharField(
        source="request.user.name",
        allow_null=True,
        help_text="Null once the account is deleted, and for what came otherwise than by pages.",
    )
    asked_through = serializers.ChoiceField(
        Asker.choices,
        source="request.asked_through",
        allow_blank=True,
        help_text="Who asked by letter, by telephone or in person; blank for the pages.",
    )
    asker = serializers.CharField(help_text="Who that is, how to reach them, what shows it.")
    light = serializers.ChoiceField(Light.choices)
    can_extend = serializers.BooleanField()
    grounds = GroundSerializer(many=True, help_text="Those that the rules of the place know.")


class RecordSerializer(NewRequestSerializer):
    """What somebody asked by letter, by telephone or in person, and on which day."""

    asked_through = serializers.ChoiceField(Asker.choices)
    asker = serializers.CharField(max_length=LONGEST)
    received_on = serializers.DateField()


class DeskLineSerializer(serializers.Serializer[object]):
    """A request that waits for an answer."""

    request = RequestLineSerializer()
    light = serializers.ChoiceField(Light.choices)


class DeskSerializer(serializers.Serializer[object]):
    """What an officer has to do, the most pressing first."""

    waiting = DeskLineSerializer(many=True)
    answered = RequestLineSerializer(many=True, help_text="The last twenty.")
    late_destructions = serializers.IntegerField(help_text="More than a day late.")
    holds = HoldLineSerializer(many=True, help_text="Those that need somebody.")
    centers = CenterSerializer(many=True)


class ReasonsSerializer(serializers.Serializer[object]):
    """Why more time is needed; the person reads it."""

    reasons = serializers.CharField(max_length=LONGEST)


class AnswerSerializer(serializers.Serializer[object]):
    """The decision, the ground of a no, and the answer in words. `grounds` in the context are the
    codes of those that the rules of the place know.
    """

    decision = serializers.ChoiceField(Decision.choices)
    ground = serializers.ChoiceField(RefusalGround.choices, allow_blank=True, default="")
    words = serializers.CharField(max_length=LONGEST)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        granted = said["decision"] == Decision.GRANTED
        if granted and said["ground"]:
            raise serializers.ValidationError({"ground": _("A yes needs no ground.")})
        if not granted and not said["ground"]:
            words = _("Choose the ground on which you refuse.")
            raise serializers.ValidationError({"ground": words})
        if said["ground"] and said["ground"] not in self.context["grounds"]:
            words = _("The rules of this place do not know this ground.")
            raise serializers.ValidationError({"ground": words})
        return said


class OwnDetailsSerializer(serializers.Serializer[object]):
    """How one is called in a case, and where a court would reach one."""

    own_name = serializers.CharField(max_length=MOST_NAME)
    own_address = serializers.CharField(max_length=MOST_ADDRESS, allow_blank=True, default="")


class RestrictionSerializer(serializers.Serializer[object]):
    """Whether one's private part is kept and not used, since when and why."""

    is_restricted = serializers.BooleanField()
    reason = serializers.ChoiceField(RestrictionReason.choices, allow_null=True)
    since = serializers.DateTimeField(allow_null=True)


class NewRestrictionSerializer(serializers.Serializer[object]):
    """Why it is to be kept and not used."""

    reason = serializers.ChoiceField(RestrictionReason.choices)


class DeletionSerializer(serializers.Serializer[object]):
    """Whether the account can be deleted now; if not, why."""

    can_delete = serializers.BooleanField()
    why_not = serializers.CharField()


class CodeSerializer(serializers.Serializer[object]):
    """The six digits from the mail."""

    code = serializers.RegexField(r"^[0-9]{6}$")


class BreachFactsSerializer(serializers.Serializer[object]):
    """All that is known of a breach by now. It names nobody: cases by their numbers."""

    what = serializers.CharField(max_length=MOST_WORDS)
    known_at = serializers.DateTimeField()
    harm = serializers.ChoiceField(BreachHarm.choices)
    people_count = serializers.IntegerField(
        min_value=0, max_value=2_000_000_000, allow_null=True, default=None
    )
    cases = serializers.ListField(
        child=serializers.RegexField(CASE_NUMBER), max_length=200, default=list
    )
    effects = serializers.CharField(max_length=MOST_WORDS, allow_blank=True, default="")
    measures = serializers.CharField(max_length=MOST_WORDS, allow_blank=True, default="")
    authority_told_at = serializers.DateTimeField(allow_null=True, default=None)
    authority_why = serializers.CharField(
        max_length=MOST_WORDS, allow_blank=True, default="", help_text="Why not, or why late."
    )
    people_told_on = serializers.DateField(allow_null=True, default=None)
    people_why = serializers.CharField(max_length=MOST_WORDS, allow_blank=True, default="")


class BreachWrittenSerializer(BreachFactsSerializer):
    """The same for an entry that was read before: `edition` is the one that was read."""

    edition = serializers.IntegerField(min_value=1)


class NewBreachSerializer(BreachFactsSerializer):
    """The same for a new entry; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    center = serializers.UUIDField()


class BreachSerializer(serializers.Serializer[object]):
    """An entry of the register, for the officers of its centre; the light is about our own time."""

    id = serializers.UUIDField(source="breach.pk")
    center_name = serializers.CharField(source="breach.center.name")
    edition = serializers.IntegerField(
        source="breach.edition", help_text="To be sent with a change of it."
    )
    words_destroyed = serializers.BooleanField(
        source="is_destroyed", help_text="Then its texts are empty for good."
    )
    what = serializers.CharField(source="words.what")
    known_at = serializers.DateTimeField(source="breach.known_at")
    recorded_at = serializers.DateTimeField(source="breach.recorded_at")
    tell_by = serializers.DateTimeField(help_text="Until when the authority is to be told.")
    light = serializers.ChoiceField(Light.choices)
    was_told_late = serializers.BooleanField()
    harm = serializers.ChoiceField(BreachHarm.choices, source="breach.harm")
    people_count = serializers.IntegerField(source="breach.people_count", allow_null=True)
    cases = serializers.ListField(child=serializers.CharField(), source="case_numbers")
    effects = serializers.CharField(source="words.effects")
    measures = serializers.CharField(source="words.measures")
    authority_told_at = serializers.DateTimeField(
        source="breach.authority_told_at", allow_null=True
    )
    authority_why = serializers.CharField(source="words.authority_why")
    people_told_on = serializers.DateField(source="breach.people_told_on", allow_null=True)
    people_why = serializers.CharField(source="words.people_why")
    can_close = serializers.BooleanField()
    closed_at = serializers.DateTimeField(source="breach.closed_at", allow_null=True)


class RegisterSerializer(serializers.Serializer[object]):
    """The register of one's centres."""

    waiting = BreachSerializer(many=True)
    closed = BreachSerializer(many=True)
    centers = CenterSerializer(many=True)
