from rest_framework import serializers


class RefusalSerializer(serializers.Serializer[object]):
    """Every refusal of the API: a stable code, and a sentence for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
