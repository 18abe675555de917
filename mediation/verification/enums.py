from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from mediation.settlements.document.pki import ISSUE_NAME, SEAL_NAME


class Kind(TextChoices):
    """Which of our files it is."""

    SETTLEMENT = "settlement", _("Signed settlement (PDF)")
    PACKAGE = "package", _("Court package (ZIP)")
    CERTIFICATE = "certificate", _("Certificate of destruction (JSON)")
    RECEIPT = "receipt", _("Consent receipt (JSON)")
    LEDGER = "ledger", _("All consent receipts of one person in one case (JSON)")
    PERFORMANCE = "performance", _("Certificate of performance (JSON)")
    ENDING = "ending", _("Note that a mediation ended (JSON)")
    EVENTS = "events", _("Proof of what somebody did (JSON)")
    UNKNOWN = "unknown", _("Unknown file")


class Verdict(TextChoices):
    """The answer in one word; the first of these is the only good one."""

    GENUINE = "genuine", _("This file is genuine")
    NOT_GENUINE = "not_genuine", _("This file is not genuine")
    NOT_OURS = "not_ours", _("This is not one of our files")


class Finding(TextChoices):
    """What is wrong, as a stable code and a sentence."""

    # Settlements; the codes of mediation.settlements.document.report.Problem.
    UNREADABLE = "unreadable", _("The file cannot be read. It may have been damaged or changed.")
    UNRECOGNISED = (
        "unrecognised",
        _("The file cannot be read, and what can be seen of it does not show who made it."),
    )
    UNSIGNED = "unsigned", _("The document does not carry the signatures it was issued with.")
    ISSUER_UNKNOWN = "issuer_unknown", _("It was signed by somebody whose root is not ours.")
    BYTES_CHANGED = "bytes_changed", _("The file was changed after it was sealed.")
    BYTES_UNSIGNED = "bytes_unsigned", _("The file holds something that nobody signed.")
    NOT_SEALED = "not_sealed", _("The document has not been sealed, or its seal was removed.")
    FIELDS_DIFFER = "fields_differ", _("The signatures are not those the terms ask for.")
    ORDER_WRONG = "order_wrong", _("The signatures are not in the order they were given.")
    SIGNATURE_INVALID = "signature_invalid", _("At least one signature is not valid.")
    CHANGED_AFTER = "changed_after_signing", _("The document was changed after somebody signed.")
    TIME_MISSING = "time_missing", _("A trusted time is missing.")
    ARCHIVE_INEXACT = "archive_inexact", _("The archive time stamp is not as it was made.")
    TERMS_UNREADABLE = "terms_unreadable", _("The attached terms cannot be read.")
    TEXT_DIFFERS = (
        "text_differs",
        _("The printed text and the attached terms say different things."),
    )
    SIGNER_DIFFERS = "signer_differs", _("Somebody else signed than the terms name.")
    # Court packages; the codes of mediation.courts.package.check.
    ARCHIVE_DAMAGED = "archive_damaged", _("The package cannot be opened as we wrote it.")
    ARCHIVE_CHANGED = "archive_changed", _("The package was changed after it was made.")
    FILES_DIFFER = (
        "files_not_as_listed",
        _("A file is missing from the package or was added to it."),
    )
    FILE_CHANGED = "file_changed", _("A file in the package was changed.")
    MANIFEST_UNREADABLE = "manifest_unreadable", _("The list of files cannot be read.")
    MANIFEST_UNSIGNED = "manifest_not_signed_by_us", _("We did not sign this list of files.")
    MANIFEST_OTHER = "manifest_of_another_kind", _("The list of files is of another kind.")
    ATTESTATION_UNREADABLE = "attestation_unreadable", _("The attestation cannot be read.")
    ATTESTATION_UNSIGNED = "attestation_not_signed_by_us", _("We did not sign this attestation.")
    ATTESTATION_OTHER = "attestation_of_another_kind", _("The attestation is of another kind.")
    ANOTHER_AGREEMENT = "another_agreement", _("The files are not about the same settlement.")
    SETTLEMENT_WRONG = "settlement_not_genuine", _("The settlement in the package is not genuine.")
    # Statements: receipts and certificates.
    STATEMENT_UNSIGNED = "statement_not_signed_by_us", _("We did not sign this statement.")
    WRITTEN_DIFFERENTLY = "written_differently", _("The file was changed after it was issued.")
    CHAIN_BROKEN = "chain_broken", _("A receipt is missing from the chain, or is not ours.")
    PROOF_WRONG = "proof_wrong", _("The proof that it stands in our log does not hold.")
    EVENTS_WRONG = (
        "events_wrong",
        _("At least one event is not as it stands in our log, or is somebody else's."),
    )


SEALS = {ISSUE_NAME: _("Document issue"), SEAL_NAME: _("Settlement seal")}


class Fact(TextChoices):
    """What a file says about itself, for people."""

    AGREEMENT_NO = "agreement_no", _("Settlement")
    CASE_NUMBER = "case_number", _("Case")
    CASE_MARK = "case_mark", _("Mark of the case, which is not its number")
    CENTRE = "centre", _("Centre")
    SEALED_AT = "sealed_at", _("Sealed")
    ROOT_SHA256 = "root_sha256", _("Root certificate (SHA-256)")
    COURT = "court", _("Court")
    EXPORT_ID = "export_id", _("Package")
    CREATED_AT = "created_at", _("Released")
    PURPOSE = "purpose", _("Purpose")
    RECEIPT_ID = "receipt_id", _("Receipt")
    CERTIFICATE_ID = "certificate_id", _("Certificate")
    GIVEN_AT = "given_at", _("Agreed")
    WITHDRAWN_AT = "withdrawn_at", _("Taken back")
    EXECUTED_AT = "executed_at", _("Destroyed")
    SETTLEMENT_SHA256 = "settlement_sha256", _("Settlement (SHA-256)")
    STARTED_ON = "started_on", _("Mediation began")
    ENDED_ON = "ended_on", _("Mediation ended, without an agreement")
    PERFORMED_ON = "performed_on", _("Everything confirmed as done")
    PERSON = "person", _("Person")
    MADE_AT = "made_at", _("Made")
    EVENTS = "events", _("Proven events")


MOMENTS = {
    Fact.SEALED_AT,
    Fact.CREATED_AT,
    Fact.GIVEN_AT,
    Fact.WITHDRAWN_AT,
    Fact.EXECUTED_AT,
    Fact.MADE_AT,
}
