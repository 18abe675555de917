"""The public check of a file: read in memory, answered on the spot, forgotten."""

import hashlib
import hmac

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import conditional_page, require_safe

from mediation.audit import selectors as audit
from mediation.core.clock import in_words
from mediation.core.downloads import as_download
from mediation.settlements.selectors.amendments import is_replaced_for_system
from mediation.verification import services
from mediation.verification.enums import MOMENTS, Fact, Verdict
from mediation.verification.forms import CheckForm
from mediation.verification.services import published

TRIES = 20
SECONDS = 60
# How long what is public may be kept before it is asked for again.
CHECKER_SECONDS = 3600
CERTIFICATE_SECONDS = 24 * 3600
LIST_SECONDS = 3600
TONES = {Verdict.GENUINE: "success", Verdict.NOT_GENUINE: "error", Verdict.NOT_OURS: "info"}


@csrf_exempt  # only so that the handler below is chosen before the body is read; see _check
@login_not_required
def check(request: HttpRequest, number: str = "") -> HttpResponse:
    """The page, and the answer after a file was given. Nothing is written to disk.

    `number` is what a printed document carries. Whether it exists is not told, so that this page
    tells nobody which settlements there are; only that one was replaced is, without a name.
    """
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    return _check(request, number)


@csrf_protect
def _check(request: HttpRequest, number: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, CheckForm(), number)
    if not _may_try(request):
        context = {"retry_after": SECONDS}
        return render(request, "errors/429.html", context, status=429)
    form = CheckForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, number)
    report = services.verify(form.cleaned_data["file"].read())
    return _page(request, CheckForm(), number, report)


def _page(
    request: HttpRequest, form: CheckForm, number: str, report: services.Report | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "number": number,
        "is_replaced": is_replaced_for_system(
            verification_number=number, sha256=report.sha256 if report else ""
        ),
        "report": report,
        "shown_facts": _in_words(report) if report else [],
        "banner_tone": TONES[report.verdict] if report else "",
        "max_bytes": settings.VERIFY_MAX_BYTES,
    }
    return render(request, "verification/check.html", context)


def _in_words(report: services.Report) -> list[tuple[Fact, str]]:
    """What a genuine file says of itself, its moments on the reader's clock."""
    facts = report.facts if report.verdict == Verdict.GENUINE else ()
    return [(fact, _moment(value) if fact in MOMENTS else value) for fact, value in facts]


def _moment(value: str) -> str:
    at = parse_datetime(value)
    return in_words(at) if at and at.tzinfo else value


def _may_try(request: HttpRequest) -> bool:
    """At most 20 files a minute from one address, which is kept only as a keyed hash and only for
    that minute.
    """
    address = str(get_adapter().get_client_ip(request)).encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), address, hashlib.sha256).hexdigest()
    key = f"verify:{digest}"
    cache.add(key, 0, SECONDS)
    try:
        return bool(cache.incr(key) <= TRIES)
    except ValueError:  # the minute ended between the two lines
        return True


@login_not_required
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """The root certificate, to check a settlement without us."""
    pem = services.own_anchors().root_pem
    if pem is None:
        raise Http404
    return _pem(pem, "heyi-root.pem")


@login_not_required
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The public key, to check packages, certificates and receipts without us."""
    return _pem(services.own_anchors().key_pem or b"", "heyi-key.pem")


@login_not_required
@require_safe
@cache_control(public=True, max_age=CERTIFICATE_SECONDS)
def certificate(request: HttpRequest, name: str) -> HttpResponse:
    """The certificate of one of our authorities (RFC 2585, 4.1)."""
    return _der(published.own_certificate(name), f"heyi-{name}.cer", "application/pkix-cert")


@login_not_required
@require_safe
@cache_control(public=True, max_age=LIST_SECONDS)
def revocations(request: HttpRequest, name: str) -> HttpResponse:
    """The certificates that one of our authorities took back (RFC 2585, 4.2)."""
    return _der(published.own_revocation_list(name), f"heyi-{name}.crl", "application/pkix-crl")


def _der(content: bytes | None, name: str, media_type: str) -> HttpResponse:
    if content is None:
        raise Http404
    return as_download(content, name=name, media_type=media_type)


@login_not_required
@require_safe
@cache_control(public=True, max_age=CHECKER_SECONDS)
@conditional_page
def checker(request: HttpRequest) -> HttpResponse:
    """The page that checks settlements on the visitor's own device, the same to keep as to use."""
    page = published.own_checker_page()
    response = HttpResponse(page.html)
    response.headers["Content-Security-Policy"] = page.policy + "; frame-ancestors 'none'"
    return response


def _pem(content: bytes, name: str) -> HttpResponse:
    return as_download(content, name=name, media_type="application/x-pem-file")


@login_not_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What the log of who did what is, its published heads, and the means to check them."""
    context = {
        "years": audit.published_years(),
        "key": published.own_log_key(),
        "has_authority": published.has_log_authority(),
        "has_roots": bool(published.log_roots_pem()),
    }
    return render(request, "verification/log.html", context)


@login_not_required
@require_safe
@cache_control(public=True, max_age=CHECKER_SECONDS)
def log_verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks the log, one file to run alone."""
    return _saved(published.log_verifier(), "heyi_log.py", "text/x-python")


@login_not_required
@require_safe
def log_key(request: HttpRequest) -> HttpResponse:
    """The public key of the log."""
    return _saved(f"{published.own_log_key()}\n".encode(), "log-key.txt", "text/plain")


@login_not_required
@require_safe
def log_roots(request: HttpRequest) -> HttpResponse:
    """The roots of the time-stamp authority."""
    pem = published.log_roots_pem()
    if not pem:
        raise Http404
    return _pem(pem, "tsa-roots.pem")


@login_not_required
@require_safe
def log_checkpoints(request: HttpRequest, segment: int) -> HttpResponse:
    """Every published checkpoint of a year."""
    lines = "".join(audit.published_checkpoints(segment))
    if not lines:
        raise Http404
    return _saved(lines.encode(), f"checkpoints-{segment}.jsonl", "application/jsonl")


@login_not_required
@require_safe
def log_stamp(request: HttpRequest, segment: int, size: int) -> HttpResponse:
    """The time stamp of one published checkpoint."""
    return _der(audit.stamp_of(segment, size), f"{size:012}.tsr", "application/timestamp-reply")


def _saved(content: bytes, name: str, media_type: str) -> HttpResponse:
    return as_download(content, name=name, media_type=f"{media_type}; charset=utf-8")
