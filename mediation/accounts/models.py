import uuid

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in by a code sent to their e-mail address. Nobody has a password.

    What a person may do follows from their part in a case and their memberships in a centre or
    court, never from a flag here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="en"
    )
    # Empty until chosen: pages then follow the device (core.clock).
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_address")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        """What others in a case see; never the address."""
        return self.display_name or str(_("A participant"))


class ConfirmationCode(models.Model):
    """A fresh sign-in check for one act: a code sent by mail, bound to exactly what it is for.

    `subject` is the SHA-256 of what will be done (for a signature: of the bytes to be signed), so
    that a code asked for one text can never serve for another (OWASP ASVS 5.0, 6.6.2).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    purpose = models.SlugField(max_length=40)
    subject = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    attempts_left = models.PositiveSmallIntegerField(default=5)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "purpose", "subject"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Passkey(models.Model):
    """The public half of a key pair that a device of this person keeps: whoever unlocks the device
    proves to be them. Which make of device it is, is not stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=2048)  # COSE, in CBOR
    sign_count = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"passkey {self.pk}"


class PasskeyChallenge(models.Model):
    """What a passkey is asked to sign, once and soon, for one act and exactly what it is about.

    `subject` is the same as of a confirmation code. Nobody is `user` until somebody has signed in.
    `passkey` is the one whose answer was right; a wrong answer uses the challenge up as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    purpose = models.SlugField(max_length=40)
    subject = models.CharField(max_length=64)
    challenge = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    passkey = models.ForeignKey(Passkey, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["user", "purpose", "subject"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


Person = User | AnonymousUser
