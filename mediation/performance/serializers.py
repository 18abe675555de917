"""The shapes of the tracker's REST verbs. Every field is listed."""

from rest_framework import serializers

from mediation.performance.enums import LineStatus, Says
from mediation.performance.services.statements import LARGEST, MOST_NOTE
from mediation.settlements.enums import BINDING


class WordSerializer(serializers.Serializer[object]):
    """What a side said; `stands` is false once it was taken back."""

    number = serializers.IntegerField()
    side = serializers.CharField(source="letter")
    says = serializers.ChoiceField(Says.choices)
    stands = serializers.BooleanField()
    said_at = serializers.DateTimeField()
    note = serializers.CharField(source="details.note")
    amount = serializers.DecimalField(15, 2, source="details.amount", allow_null=True)
    done_on = serializers.DateField(source="details.done_on", allow_null=True)


class LineSerializer(serializers.Serializer[object]):
    """One thing to do: an obligation, or one part of a payment in parts."""

    line = serializers.CharField(source="line.key")
    debtor = serializers.CharField(source="line.obligation.debtor", help_text="A side's letter.")
    creditor = serializers.CharField(source="line.obligation.creditor")
    description = serializers.CharField(source="line.obligation.description")
    amount = serializers.DecimalField(15, 2, source="line.amount", allow_null=True)
    currency = serializers.CharField(source="line.obligation.currency")
    due_on = serializers.DateField(source="line.due_on", allow_null=True)
    status = serializers.ChoiceField(LineStatus.choices, source="line.status")
    seen = serializers.IntegerField(
        source="line.seen", help_text="The number of the last statement; say it with the next."
    )
    may_say = serializers.ListField(
        child=serializers.CharField(), help_text="Which `says` this side may say now."
    )
    said = WordSerializer(many=True, source="line.words")


class TrackerSerializer(serializers.Serializer[object]):
    """Everything that was agreed; `performed_at` once all of it is confirmed."""

    settlement = serializers.CharField(source="settlement.number")
    form = serializers.ChoiceField(
        choices=[(one.value, one.label) for one in BINDING],
        source="settlement.state",
        help_text="Signed and sealed here, signed on paper, or agreed orally.",
    )
    agreed_at = serializers.DateTimeField(
        source="settlement.agreed_at",
        allow_null=True,
        help_text="From when what was agreed orally binds; null for what was signed.",
    )
    replaced_by = serializers.CharField(
        source="settlement.replaced_by",
        help_text="The number of the later agreement in its place; empty where there is none.",
    )
    performed_at = serializers.DateTimeField(allow_null=True)
    reminds_me = serializers.BooleanField(source="is_reminding")
    lines = LineSerializer(many=True)


class NewStatementSerializer(serializers.Serializer[object]):
    """Something to say about a line; the same `client_id` again changes nothing."""

    client_id = serializers.UUIDField()
    says = serializers.ChoiceField(Says.choices)
    seen = serializers.IntegerField(min_value=0)
    note = serializers.CharField(max_length=MOST_NOTE, allow_blank=True, default="")
    amount = serializers.DecimalField(
        15, 2, min_value=0, max_value=LARGEST, allow_null=True, default=None
    )
    done_on = serializers.DateField(allow_null=True, default=None)


class RemindersSerializer(serializers.Serializer[object]):
    """Whether this person wants to be reminded."""

    wanted = serializers.BooleanField()


class CertificateSerializer(serializers.Serializer[object]):
    """The statement and our signature over it (docs/settlement.md)."""

    statement = serializers.JSONField()
    signature = serializers.JSONField()
