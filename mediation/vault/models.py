import uuid

from django.db import models


class SealedFile(models.Model):
    """A file in the storage, sealed under its compartment's key.

    No digest of the clear content is kept: it would still identify the file when the key is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case_id = models.UUIDField()
    compartment = models.CharField(max_length=40)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes of the clear content.")
    storage_name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case_id", "compartment"], name="vault_file_compartment")]

    def __str__(self) -> str:
        return str(self.pk)
