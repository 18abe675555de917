"""The shapes of the room's REST verbs. Every field is listed."""

from rest_framework import serializers

from mediation.rooms.models import Room

MOST_ROWS = 200


class RoomSerializer(serializers.ModelSerializer[Room]):
    """A room one may see; `head` is the number of its newest message."""

    class Meta:
        model = Room
        fields = ["id", "kind", "head"]
        read_only_fields = fields


class MessageQuerySerializer(serializers.Serializer[object]):
    """Which messages to list."""

    after = serializers.IntegerField(min_value=0, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=100)


class MessageSerializer(serializers.Serializer[object]):
    """A message, or a correction under a number of its own."""

    sequence = serializers.IntegerField()
    participant = serializers.UUIDField(source="participant_id")
    client_id = serializers.UUIDField()
    body = serializers.CharField(help_text="The text there is now; empty once taken back.")
    sent_at = serializers.DateTimeField()
    changes = serializers.IntegerField(
        allow_null=True, help_text="The number of the message this corrects."
    )
    edited = serializers.BooleanField(source="is_edited")
    retracted = serializers.BooleanField(source="is_retracted")


class HeldSerializer(serializers.Serializer[object]):
    """A message that waits for the mediator; it has no number."""

    participant = serializers.UUIDField(source="participant_id")
    client_id = serializers.UUIDField()


class MessageListSerializer(serializers.Serializer[object]):
    """`head` is the number of the room's newest message: behind it, ask again."""

    head = serializers.IntegerField()
    results = MessageSerializer(many=True)


class TakeBackSerializer(serializers.Serializer[object]):
    """The sender's own id of this act: sent again, it changes nothing."""

    client_id = serializers.UUIDField()


class NewMessageSerializer(TakeBackSerializer):
    """A message: plain text of at most 8 KiB of UTF-8."""

    body = serializers.CharField(trim_whitespace=False, allow_blank=True)


class CorrectionSerializer(NewMessageSerializer):
    """The text a message of one's own is to have."""
