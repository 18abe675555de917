"""The settlement document: what our pipeline adds to the libraries it is made with.

Three signers and a seal. The bare calls do the same work on the same pages with WeasyPrint and
pyHanko alone: one write_pdf, one PdfSigner each, one archive time stamp; and pyHanko's validation
of every signature beside our check, which also compares the text with the data. One plain signature
on the same file with the same key is also made by endesive. BENCH_TURNS and BENCH_DOCUMENTS make it
smaller; with fewer than the 200 documents the memory says less.
"""

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from asn1crypto import crl as asn1_crl  # noqa: E402  Django comes first
from asn1crypto import keys as asn1_keys  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: E402
from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: E402
from pyhanko.sign.fields import (  # noqa: E402
    InvisSigSettings,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
)
from pyhanko.sign.signers import SimpleSigner  # noqa: E402
from pyhanko.sign.signers.pdf_signer import (  # noqa: E402
    PdfSignatureMetadata,
    PdfSigner,
    PdfTimeStamper,
    TimestampDSSContentSettings,
)
from pyhanko.sign.validation import (  # noqa: E402
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.dss import (  # noqa: E402
    DocumentSecurityStore,
    collect_validation_info,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: E402
from pyhanko_certvalidator import ValidationContext  # noqa: E402
from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: E402

import mediation.settlements.document.render as page  # noqa: E402
from mediation.settlements.document import pages  # noqa: E402
from mediation.settlements.document.asn1 import repair_asn1crypto  # noqa: E402
from mediation.settlements.document.certificates import Issuer  # noqa: E402
from mediation.settlements.document.check import check_settlement  # noqa: E402
from mediation.settlements.document.render import render  # noqa: E402
from mediation.settlements.document.report import Verdict  # noqa: E402
from mediation.settlements.document.sheet import lay_out  # noqa: E402
from mediation.settlements.document.signing import issue  # noqa: E402
from mediation.settlements.document.terms import Language, Terms, signing_slots  # noqa: E402
from mediation.settlements.document.timestamps import as_asn1  # noqa: E402
from tests.bench._endesive import PlainKey, plain_key, sign_with_endesive  # noqa: E402
from tests.bench.room import say  # noqa: E402
from tests.settlements.document_samples import (  # noqa: E402
    FACE,
    SAMPLES,
    authority,
    cover,
    sealed_over,
    signed,
    time_source,
)

TURNS = int(os.environ.get("BENCH_TURNS", "9"))
MANY = int(os.environ.get("BENCH_DOCUMENTS", "200"))
PLAIN = 3 * TURNS  # one signature alone is short
KIB = 1024
COLD = (
    "import time; began = time.perf_counter(); from tests.bench import settlement as b; "
    "b.whole(b.SAMPLES[b.Language.ENGLISH]()); print(time.perf_counter() - began)"
)
Timed = dict[str, list[float]]


def timed(times: Timed, name: str, work: Callable[[], Any]) -> Any:
    """What `work` gives; its processor time goes to `times` in milliseconds."""
    began = time.process_time()
    result = work()
    times.setdefault(name, []).append((time.process_time() - began) * 1000)
    return result


def whole(terms: Terms, times: Timed | None = None) -> bytes:
    """Our pipeline, step by step, to a sealed document."""
    times = {} if times is None else times
    pdf = timed(times, "render", lambda: render(terms, cover=cover(terms), face=FACE))
    pdf = timed(times, "issue", lambda: issue(pdf, authority=authority(), time=time_source()))
    for slot in signing_slots(terms):
        before = pdf
        pdf = timed(times, "signature", lambda slot=slot, pdf=before: signed(pdf, terms, slot))
    return timed(times, "seal", lambda: sealed_over(pdf, terms))


def bare_page(terms: Terms) -> bytes:
    """WeasyPrint alone on the same page, style, fonts and attachments."""
    from weasyprint import HTML, Attachment

    html = render_to_string(
        "pdf/settlement.html", page._context(terms, lay_out(terms), cover(terms))
    )
    fonts, style = pages._style(FACE)
    files = [Attachment(string=c, name=name) for name, c in page.attachments(terms).items()]
    source = HTML(string=html, url_fetcher=pages._fetcher(FACE))
    written = source.write_pdf(
        font_config=fonts, stylesheets=[style], pdf_variant=pages.VARIANT, attachments=files
    )
    assert isinstance(written, bytes)
    return written


def bare(pdf: bytes, terms: Terms, times: Timed) -> bytes:
    """pyHanko alone: certify, sign in each field, seal, archive. No looks, keys made before."""
    keys = authority()
    invisible = InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)
    new = SigFieldSpec("issue", invis_sig_settings=invisible)
    certified = {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}
    issuer = bare_signer(keys.issue_seal)
    pdf = timed(times, "issue", lambda: bare_sign(pdf, "issue", issuer, new, **certified))
    for slot in signing_slots(terms):
        before = pdf
        pdf = timed(
            times,
            "signature",
            lambda slot=slot, pdf=before: bare_sign(pdf, slot.field, bare_signer(keys.issue_seal)),
        )
    return timed(times, "seal", lambda: bare_seal(pdf))


def bare_signer(issuer: Issuer) -> SimpleSigner:
    keys = authority()
    chain = SimpleCertificateStore()
    chain.register_multiple([as_asn1(keys.signing.certificate), as_asn1(keys.root)])
    return SimpleSigner(
        signing_cert=as_asn1(issuer.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(_as_der(issuer.key)),
        cert_registry=chain,
    )


def _as_der(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def bare_sign(
    pdf: bytes, field: str, signer: SimpleSigner, new: SigFieldSpec | None = None, **more: Any
) -> bytes:
    """pyHanko's own signature, with a time stamp unless `stamper` says None."""
    stamper = more.pop("stamper", time_source().stamper)
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", **more
    )
    tool = PdfSigner(metadata, signer, timestamper=stamper, new_field_spec=new)
    signed = BytesIO()
    asyncio.run(tool.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=signed))
    return signed.getvalue()


def bare_seal(pdf: bytes) -> bytes:
    keys = authority()
    no_changes = {"docmdp_permissions": MDPPerm.NO_CHANGES}
    pdf = bare_sign(pdf, "seal", bare_signer(keys.center_seal), **no_changes)
    return asyncio.run(_bare_archive(pdf))


async def _bare_archive(pdf: bytes) -> bytes:
    keys = authority()
    lists = [
        asn1_crl.CertificateList.load(item.public_bytes(serialization.Encoding.DER))
        for item in keys.fresh_lists()
    ]
    context = ValidationContext(
        trust_roots=[as_asn1(keys.root)],
        other_certs=[as_asn1(keys.signing.certificate)],
        crls=lists,
        allow_fetching=False,
        revocation_mode="require",
    )
    paths: list[Any] = []
    for signature in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures:
        paths += await collect_validation_info(signature, context)
    stamped = BytesIO()
    await PdfTimeStamper(time_source().stamper, field_name="archive-1").async_timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        "sha256",
        validation_context=context,
        validation_paths=paths,
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        output=stamped,
    )
    return stamped.getvalue()


def bare_verify(pdf: bytes) -> None:
    """pyHanko's own judgement of every signature and time stamp, with what is in the file."""
    asyncio.run(_bare_verify(pdf))


async def _bare_verify(pdf: bytes) -> None:
    reader = PdfFileReader(BytesIO(pdf))
    options = {
        "trust_roots": [as_asn1(authority().root)],
        "allow_fetching": False,
        "revocation_mode": "require",
    }
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(options)
    for signature in reader.embedded_regular_signatures:
        status = await async_validate_pdf_signature(signature, context, context)
        assert status.bottom_line
    for stamp in reader.embedded_timestamp_signatures:
        assert (await async_validate_pdf_timestamp(stamp, context)).trusted


def measure() -> dict[str, Any]:
    repair_asn1crypto()  # without it pyHanko alone would take seconds now and then
    figures: dict[str, Any] = {"cold_s": _cold()}
    sums: dict[str, list[float]] = {"ours": [], "bare": [], "check": [], "validate": []}
    for language, make in SAMPLES.items():
        terms = make()
        figures[language] = _turns(terms, sums)
    figures["plain_signature_ms"] = plain = _plain(SAMPLES[Language.ENGLISH]())
    figures |= _many(SAMPLES[Language.ENGLISH]())
    early, late = figures["memory_mib"].values()
    figures["ratios"] = {
        "pipeline_vs_bare_libraries": _ratio(sums["ours"], sums["bare"]),
        "verify_vs_bare_libraries": _ratio(sums["check"], sums["validate"]),
        "memory_at_the_end_vs_at_a_tenth": round(late / early, 3),
    }
    if "endesive" in plain:
        ratio = plain["pyHanko, as ours"] / plain["endesive"]
        figures["ratios"]["plain_signature_vs_endesive"] = round(ratio, 3)
    return figures


def _plain(terms: Terms) -> dict[str, float]:
    """Medians of one signature alone, without look, time stamp or data to check it with later: by
    pyHanko, with which ours are made, and by endesive, on the same file with the same key.
    """
    pdf = render(terms, cover=cover(terms), face=FACE)
    own, times = plain_key(), {}
    signer = SimpleSigner(
        signing_cert=as_asn1(own.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(_as_der(own.private)),
        cert_registry=SimpleCertificateStore(),
    )
    _must_be_signed(_plain_by_pyhanko(pdf, signer), own)
    for _ in range(PLAIN):
        timed(times, "pyHanko, as ours", lambda: _plain_by_pyhanko(pdf, signer))
    found = sign_with_endesive(pdf, own, PLAIN)
    if found is not None:
        times["endesive"], signed_pdf = found
        _must_be_signed(signed_pdf, own)
    return _medians(times)


def _plain_by_pyhanko(pdf: bytes, signer: SimpleSigner) -> bytes:
    new = SigFieldSpec("plain", invis_sig_settings=InvisSigSettings(set_print_flag=True))
    return bare_sign(pdf, "plain", signer, new, stamper=None)


def _must_be_signed(pdf: bytes, own: PlainKey) -> None:
    """Or something else was measured."""
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    context = ValidationContext(trust_roots=[as_asn1(own.certificate)], allow_fetching=False)
    status = asyncio.run(async_validate_pdf_signature(signature, context))
    assert status.intact
    assert status.valid
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def _cold() -> float:
    """Seconds from the start of a process to its first sealed document, imports included."""
    done = subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True, text=True)
    return round(float(done.stdout), 2)


def _turns(terms: Terms, sums: dict[str, list[float]]) -> dict[str, Any]:
    ours: Timed = {}
    alone: Timed = {}
    checked: Timed = {}
    pdf = whole(terms)
    bare(render(terms, cover=cover(terms), face=FACE), terms, {})  # both warm before any count
    for _ in range(TURNS):
        base = render(terms, cover=cover(terms), face=FACE)
        pdf = timed(ours, "whole", lambda: whole(terms, ours))
        timed(alone, "render", lambda: bare_page(terms))
        timed(alone, "whole", lambda base=base: bare(base, terms, alone))
        found = timed(
            checked,
            "check",
            lambda pdf=pdf: check_settlement(pdf, trusted_root_pem=authority().root_pem),
        )
        assert found.verdict is Verdict.GENUINE
        timed(checked, "validate", lambda pdf=pdf: bare_verify(pdf))
    sums["ours"] += ours["whole"]
    sums["bare"] += [a + b for a, b in zip(alone["whole"], alone["render"], strict=True)]
    sums["check"] += checked["check"]
    sums["validate"] += checked["validate"]
    return {
        "ours_ms": _medians(ours),
        "bare_ms": _medians(alone),
        "verify_ms": _medians(checked),
        "printed_kb": round(len(base) / 1000),
        "sealed_kb": round(len(pdf) / 1000),
    }


def _medians(times: Timed) -> dict[str, float]:
    return {name: round(statistics.median(found), 1) for name, found in times.items()}


def _ratio(ours: list[float], bare: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 3)


def _many(terms: Terms) -> dict[str, Any]:
    """Whole documents a minute on one core and on two, and whether memory stays flat."""
    whole(terms)
    began, early = time.perf_counter(), 0
    for n in range(MANY):
        whole(terms)
        if n == MANY // 10:
            early = _memory()
    one = MANY / (time.perf_counter() - began) * 60
    late = _memory()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_one_of_many, range(4)))
        began = time.perf_counter()
        list(pool.map(_one_of_many, range(MANY // 2)))
        two = MANY / 2 / (time.perf_counter() - began) * 60
    return {
        "documents_a_minute": {"one process": round(one, 1), "two processes": round(two, 1)},
        "memory_mib": {f"after {MANY // 10}": early, f"after {MANY}": late},
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB,
    }


def _one_of_many(_number: int) -> int:
    return len(whole(SAMPLES[Language.ENGLISH]()))


def _memory() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // KIB


def main(json_path: Path | None = None) -> None:
    figures = measure()
    say(json.dumps(figures, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
