import uuid

from django.db import models

from mediation.cases.models import Case, Participant
from mediation.evidence.enums import Audience, FileKind
from mediation.vault.models import SealedFile


class DocumentQuerySet(models.QuerySet["Document"]):
    def current(self) -> "DocumentQuerySet":
        return self.filter(withdrawn_at=None)


class Document(models.Model):
    """A file a party brought. Name and content are sealed in the compartment of its audience:
    `evidence` for everyone in the case, the side's caucus for the side and the mediator alone.

    A withdrawn document is invisible to everybody at once; its row goes with its file.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="documents")
    audience = models.CharField(max_length=20, choices=Audience)
    file = models.OneToOneField(SealedFile, models.PROTECT, related_name="document")
    name_sealed = models.BinaryField()
    media_type = models.CharField(max_length=100, choices=FileKind)
    size = models.PositiveBigIntegerField(help_text="Bytes of the clear content.")
    uploaded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["uploaded_at"]

    def __str__(self) -> str:
        return str(self.pk)
