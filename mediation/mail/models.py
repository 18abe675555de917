import uuid

from django.db import models


class Dispatch(models.Model):
    """That a message went out, and when (在线调解规则 15: method, time, failure). Never its text
    or its address: those are made anew from the case when they are needed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=120, unique=True)
    language = models.CharField(max_length=10)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name_plural = "dispatches"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
