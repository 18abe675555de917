"""The API's shapes. Every field is listed; nothing comes out because a model has it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mediation.courts.models import Release
from mediation.courts.selectors import outcome_for_system

MOST_ROWS = 200


class AttendanceSerializer(serializers.Serializer[object]):
    """Whether somebody in this role took part."""

    role = serializers.ChoiceField(choices=["applicant", "respondent", "mediator"])
    attended = serializers.BooleanField()


class OutcomeSerializer(serializers.Serializer[object]):
    """All a court learns about a mediation (Uniform Mediation Act 7(b)); nothing else."""

    case_number = serializers.CharField()
    held = serializers.BooleanField(help_text="Whether mediation took place.")
    started_on = serializers.DateField(allow_null=True)
    ended = serializers.BooleanField()
    ended_on = serializers.DateField(allow_null=True)
    attendance = AttendanceSerializer(many=True)
    settlement = serializers.ChoiceField(choices=["full", "partial", "none"])


class PackageQuerySerializer(serializers.Serializer[object]):
    """Which packages to list."""

    released_after = serializers.DateTimeField(
        required=False, help_text="Only what was released after this moment."
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)
    offset = serializers.IntegerField(min_value=0, default=0)


class PackageSerializer(serializers.ModelSerializer[Release]):
    """One package in the list."""

    case_number = serializers.CharField(source="case.number", read_only=True)
    settlement_number = serializers.CharField(source="settlement.number", read_only=True)
    effective_at = serializers.DateTimeField(
        source="settlement.document.effective_at",
        read_only=True,
        allow_null=True,
        help_text="From when the settlement binds.",
    )
    fetched = serializers.IntegerField(read_only=True, help_text="How often it was fetched.")

    class Meta:
        model = Release
        fields = [
            "id",
            "case_number",
            "settlement_number",
            "released_at",
            "effective_at",
            "fetched",
        ]
        read_only_fields = fields


class PackageListSerializer(serializers.Serializer[object]):
    """A page of packages; `count` is how many there are in all."""

    count = serializers.IntegerField()
    results = PackageSerializer(many=True)


class PackageDetailSerializer(PackageSerializer):
    """One package with the outcome of its mediation."""

    outcome = serializers.SerializerMethodField()

    class Meta(PackageSerializer.Meta):
        fields = [*PackageSerializer.Meta.fields, "outcome"]
        read_only_fields = fields

    @extend_schema_field(OutcomeSerializer)
    def get_outcome(self, release: Release) -> dict[str, Any]:
        told = outcome_for_system(release.case, release.settlement)
        return dict(OutcomeSerializer(told).data)
