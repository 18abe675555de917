import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from mediation.cases.models import NUMBER_ALPHABET, Case, Participant
from mediation.settlements.enums import (
    ENDED_WITHOUT_EFFECT,
    UNSIGNED,
    RevisionKind,
    ScanSays,
    SettlementState,
)
from mediation.vault.models import SealedFile


def new_verification_number() -> str:
    """What is printed on the document to find it again; random, it tells nothing."""
    return "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(16))


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def live(self) -> "SettlementQuerySet":
        """Those that are, or may yet become, the settlement of their case."""
        return self.exclude(state__in=ENDED_WITHOUT_EFFECT)


class Settlement(models.Model):
    """One attempt to write down what the sides agree, from draft to sealed document.

    `edition` counts the edits of the draft, so that an edit of an outdated text is refused. A case
    has one live settlement; an ended attempt stays readable and a new one begins with its text.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="settlements")
    number = models.CharField(max_length=24, unique=True)
    state = models.CharField(
        max_length=20, choices=SettlementState, default=SettlementState.DRAFTING
    )
    state_since = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    is_partial = models.BooleanField(default=False)
    is_paper_only = models.BooleanField(default=False)
    is_oral = models.BooleanField(default=False)
    draft_sealed = models.BinaryField(default=bytes)
    edition = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    signing_until = models.DateTimeField(null=True)
    paper_signed_on = models.DateField(null=True)
    # When the second side agreed to what is recorded, without a signature.
    agreed_at = models.DateTimeField(null=True)
    # The number of the later agreement that both sides signed in its place, and since when.
    replaced_by = models.CharField(max_length=24, blank=True, default="")
    replaced_at = models.DateTimeField(null=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=~models.Q(state__in=["refused", "lapsed"]),
                name="one_live_settlement_per_case",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signing") | models.Q(signing_until__isnull=False),
                name="signing_has_an_end",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paper") | models.Q(paper_signed_on__isnull=False),
                name="paper_has_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(is_paper_only=False)
                | ~models.Q(state__in=["sealing", "sealed"]),
                name="paper_only_is_never_sealed",
            ),
            models.CheckConstraint(
                condition=models.Q(is_oral=False)
                | models.Q(
                    is_paper_only=False,
                    state__in=["drafting", "offered", "oral", "refused", "lapsed"],
                ),
                name="oral_is_never_signed",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="oral") | models.Q(is_oral=True, agreed_at__isnull=False),
                name="oral_has_a_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_by="", replaced_at__isnull=True)
                | (
                    ~models.Q(replaced_by="")
                    & models.Q(replaced_at__isnull=False, state__in=["sealed", "paper", "oral"])
                ),
                name="only_what_binds_is_replaced",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_unsigned(self) -> bool:
        """Whether somebody may still approve or sign it, as far as its state goes."""
        return self.state in UNSIGNED


class Version(models.Model):
    """A text that no longer changes, offered to both sides. `terms_sha256` is the hash of the
    canonical terms; whoever approves says which hash they read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    mediator = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    terms_sealed = models.BinaryField()
    terms_sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["settlement", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.number}"


class Approval(models.Model):
    """One party's yes to the text of one version. It binds nobody: signing does; except to what is
    agreed orally, which binds both from the second side's yes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="approvals")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "participant"], name="one_approval_per_party"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ChangeRequest(models.Model):
    """What a party would like to read differently; told to the mediator alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="change_requests")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    note_sealed = models.BinaryField(default=bytes)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return str(self.pk)


class Comment(models.Model):
    """What a party says about one term of an offered version: to the mediator alone, or to
    everybody in the case. `clause` is the term's id, or empty for the whole text; the same
    `client_id` again is the same comment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="comments")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    clause = models.CharField(max_length=40, blank=True)
    client_id = models.UUIDField()
    is_private = models.BooleanField()
    body_sealed = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "client_id"], name="one_comment_per_client_id"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Document(models.Model):
    """The file of one settlement. `sha256` is of the newest sealed file and empty until then; a
    hash of it betrays nothing to whoever does not have the file, which holds random signatures.
    Before `signing_opens_at`, where the terms leave time to think, nobody signs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    settlement = models.OneToOneField(Settlement, models.CASCADE, related_name="document")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    verification_number = models.CharField(
        max_length=16, unique=True, default=new_verification_number
    )
    sha256 = models.CharField(max_length=64, blank=True)
    prepared_at = models.DateTimeField()
    signing_opens_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=~models.Q(sha256=""), name="one_document_per_hash"
            ),
            models.CheckConstraint(
                condition=models.Q(sha256="") ^ models.Q(sealed_at__isnull=False),
                name="sealed_has_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.verification_number

    @property
    def is_time_to_think(self) -> bool:
        """Whether it is still too early for a signature."""
        return self.signing_opens_at is not None and timezone.now() < self.signing_opens_at


class Revision(models.Model):
    """The document's bytes after one step; the last one is the document."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=RevisionKind)
    file = models.OneToOneField(SealedFile, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="one_revision_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.number}"


class Signature(models.Model):
    """That one person signed: which bytes they were shown, and which came out of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="signatures")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    field = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    signed_sha256 = models.CharField(max_length=64)
    evidence_sha256 = models.CharField(max_length=64)
    revision = models.OneToOneField(Revision, models.CASCADE, related_name="signature")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "participant"], name="one_signature_per_person"
            ),
            models.UniqueConstraint(fields=["document", "field"], name="one_signature_per_field"),
            models.UniqueConstraint(fields=["document", "order"], name="one_signature_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.pk}"


class FreedomConfirmation(models.Model):
    """That a party said, before signing this document or agreeing orally to this version, that they
    are free to say no. What they answered until then is not kept: there is this row, or there is
    none. It dies with the document, or when the offered version is taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(
        Document, models.CASCADE, null=True, related_name="freedom_confirmations"
    )
    version = models.ForeignKey(
        Version, models.CASCADE, null=True, related_name="freedom_confirmations"
    )
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["confirmed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "participant"], name="one_freedom_confirmation_per_party"
            ),
            models.UniqueConstraint(
                fields=["version", "participant"], name="one_freedom_confirmation_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(document__isnull=True) ^ models.Q(version__isnull=True),
                name="freedom_is_for_a_document_or_a_version",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Scan(models.Model):
    """A picture or PDF of the paper that was signed, as the mediator put it here. Nothing in it is
    checked: what both sides say about it is all it is worth. One at a time for each settlement.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    settlement = models.OneToOneField(Settlement, models.CASCADE, related_name="scan")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    file = models.OneToOneField(SealedFile, models.PROTECT, related_name="+")
    media_type = models.CharField(max_length=20)
    size = models.PositiveBigIntegerField(help_text="Bytes of the clear content.")
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class ScanAnswer(models.Model):
    """What a party says about these very bytes; it goes with them when they are replaced."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    says = models.CharField(max_length=12, choices=ScanSays)
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["answered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["scan", "participant"], name="one_scan_answer_per_party"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Amendment(models.Model):
    """That one side asked to change a signed settlement: `case` is the case opened for it, with the
    same two sides, in which everything is as voluntary as in any other. It goes with the first of
    the two settlements that is destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    original = models.ForeignKey(Settlement, models.CASCADE, related_name="amendments")
    case = models.OneToOneField(Case, models.PROTECT, related_name="amendment")
    client_id = models.UUIDField(null=True)  # what a program sent, so that it may send it again
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["original", "client_id"], name="a_change_is_proposed_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
