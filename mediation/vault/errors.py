"""What the vault refuses. Sealed content that does not open says so, never something else."""

from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError


class KeyDestroyed(DomainError):
    """The compartment's key is destroyed for good; nothing can be read from it or put into it."""

    code = "key_destroyed"
    status = 410
    title = _("This has been destroyed")
    message = _("What was here has been destroyed on schedule and cannot be read again.")


class Restricted(DomainError):
    """The compartment is stored and no more, by a person's right (GDPR 18, PIPL 47): its key is
    handed out neither for reading nor for sealing until the restriction is lifted.
    """

    code = "restricted"
    status = 423
    title = _("This is being kept, and not used")
    message = _(
        "What is here is stored and not used for now: somebody asked for that, or the centre must "
        "keep it beyond its date. The page “What is stored, and until when” says more."
    )


class Tampered(DomainError):
    """The sealed bytes are not what this place sealed: changed, moved, cut short or mixed up."""

    code = "tampered"
    status = 500
    title = _("This cannot be opened")
    message = _(
        "What is stored here has been damaged and cannot be opened. Please tell the centre."
    )


class KeyMissing(Tampered):
    """No key was ever made for this place: the row was moved here, or the key ring was lost."""

    code = "key_missing"


class KeysChanged(Exception):
    """A key that was lent may have been destroyed or restricted meanwhile: what was sealed with it
    must not be kept. Undo it and begin again.
    """


class KeyringUnavailable(Exception):
    """The key ring or a key-encryption key cannot be used: a fault of the installation."""


class StorageFailure(DomainError):
    """A stored file could not be written, found or removed; somebody must look."""

    code = "storage_away"
    status = 503
    title = _("Documents cannot be reached at the moment")
    message = _(
        "The place where documents are stored does not answer. What was stored is not lost, and "
        "what you just sent was not taken. Please try again in a few minutes."
    )


class FileMissing(StorageFailure):
    """There is a row for a stored file and no file."""

    code = "file_missing"
    status = 500
    title = _("This document is missing")
    message = _("The stored file is not where it should be. Please tell the centre.")
