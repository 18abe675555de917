"""The rules of docs/architecture.md and the refusals of the product, held by a machine."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from uuid import UUID

import allauth
import django.forms
import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import mediation
from mediation.core.errors import DomainError
from mediation.core.jobs import find_task

ROOT = Path(mediation.__file__).parent.parent
CODE = ROOT / "mediation"
TEMPLATES = ROOT / "templates"
OUR_APPS = sorted(folder.name for folder in CODE.iterdir() if (folder / "apps.py").exists())


def python_files(*parts: str) -> list[Path]:
    files = (path for part in parts or ("",) for path in CODE.glob(f"{part}**/*.py"))
    return sorted(path for path in files if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls_in(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


# --- Shape ------------------------------------------------------------------------------------

LONGEST_FUNCTION = 40
LONGEST_FILE = 400
# People download it and run it alone: docs/decisions/0023-the-log-in-other-hands.md.
ONE_FILE = {"mediation/audit/offline/heyi_log.py"}
ANY_APP = {
    *("__init__", "apps", "enums", "errors", "models", "access", "selectors", "lifecycle"),
    *("services", "forms", "serializers", "views", "api", "consumers", "tasks", "admin"),
    *("middleware", "urls", "api_urls", "routing", "management", "templatetags", "migrations"),
}
# Explained in docs/decisions/0001-more-names-for-files.md.
MORE = {
    "accounts": {"adapter", "webauthn"},
    "demo": {"stories"},
    "desk": {"next_steps"},
    "audit": {"leaf", "merkle", "note", "offline", "proofs", "segments", "sequencer", "stamps"},
    "vault": {
        "backups",
        "envelope",
        "files",
        "kek",
        "keyring",
        "ledger",
        "restrictions",
        "signing",
    },
    "profiles": {"holidays", "rules", "texts"},
    "courts": {"package"},
    "matching": {"working_days"},
    "proceedings": {"texts"},
    "settlements": {"document", "texts"},
    "performance": {"calendar", "lines"},
    "offers": {"commitment"},
    "rooms": {"events", "hub", "journal", "live", "media", "readings"},
    "privacy": {"activities", "history", "inventory", "record"},
    "rights": {"clock"},
    "verification": {"checker"},
}
NEVER = {"utils", "helpers", "managers", "signals", "mixins"}


def test_functions_are_short() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_files_are_short() -> None:
    ours = [*python_files(), *(ROOT / "static/js").rglob("*.js")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    assert {name for name, count in lengths.items() if count > LONGEST_FILE} == ONE_FILE


@pytest.mark.parametrize("app", [app for app in OUR_APPS if app != "core"])
def test_an_app_has_only_files_with_a_meaning(app: str) -> None:
    found = {path.stem for path in (CODE / app).iterdir() if path.name != "__pycache__"}
    assert found - ANY_APP - MORE.get(app, set()) == set()


def test_nothing_is_called_helper() -> None:
    everything = {path for path in CODE.rglob("*") if "__pycache__" not in path.parts}
    assert [name_of(path) for path in everything if path.stem in NEVER] == []


# --- Doors ------------------------------------------------------------------------------------

DOORS = re.compile(
    r"/(views|api|consumers|tasks|admin|middleware|forms|serializers|management)[/.]"
)
WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES |= {f"a{name}" for name in WRITES}
WRITES_ON_ROWS = {"create", "update", "delete", "acreate", "aupdate", "adelete"}
ROWS = re.compile(r"objects|_visible_to\(|\.(filter|exclude|all|get|first|last)\(")


def writes(call: ast.Call) -> bool:
    """Whether a call changes rows itself. What is told an `actor` is a service, and may."""
    if not isinstance(call.func, ast.Attribute) or any(k.arg == "actor" for k in call.keywords):
        return False
    target = ast.unparse(call.func.value)
    if call.func.attr in WRITES:
        return "session" not in target
    return call.func.attr in WRITES_ON_ROWS and bool(ROWS.search(target))


@pytest.mark.parametrize(
    "source", ["form.save()", "User.objects.create()", "cases.first().delete()"]
)
def test_a_write_is_recognised(source: str) -> None:
    assert writes(ast.parse(source, mode="eval").body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source", ["request.session.save()", "facts.update(a=1)", "page.save(actor=person)"]
)
def test_what_is_no_write_is_let_through(source: str) -> None:
    assert not writes(ast.parse(source, mode="eval").body)  # type: ignore[arg-type]


def test_doors_write_nothing() -> None:
    found = [
        f"{name_of(path)}:{call.lineno} {ast.unparse(call.func)}"
        for path in python_files()
        if DOORS.search(name_of(path))
        for call in calls_in(path)
        if writes(call)
    ]
    assert found == []


def test_every_job_name_is_a_task() -> None:
    for path in python_files():
        for call in calls_in(path):
            if ast.unparse(call.func) not in {"jobs.enqueue", "enqueue"}:
                continue
            name = call.args[0]
            assert isinstance(name, ast.Constant), f"{name_of(path)}:{call.lineno} hides a job name"
            find_task(str(name.value))


# --- Pages ------------------------------------------------------------------------------------

# Whoever may open these has not signed in; every other page asks them to. Each line has its reason.
OPEN_PAGES = {
    "core:home": "what Heyi is",
    "core:help": "how to reach somebody",
    "core:privacy": "what is kept and for how long is read before anything is given",
    "core:accessibility": "what works and what does not",
    "core:appearance": "anybody may choose light or dark",
    "core:health": "is the process alive",
    "core:style": "the parts of the pages, in a demonstration only",
    "set_language": "anybody may choose a language",
    "passkey_sign_in": "signing in with a passkey",
    "passkey_sign_in_options": "what a passkey has to sign for it; nothing about anybody",
    "cases:invitation": "the code of a letter, typed or in the link",
    "cases:letter": "who asks and what is kept is read before signing in",
    "cases:accept": "the invited person has no account yet",
    "cases:decline": "saying no needs none",
    "cases:text": "what a receipt names by its version can be read by whoever holds the receipt",
    "api:schema": "the description of the court API, no data",
}
ALWAYS_OPEN = ("account_", "demo:", "verification:")  # signing in; demonstration only; public check


def patterns(
    resolver: URLResolver, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """(full name, route, pattern) of every URL."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from patterns(pattern, route, inner)
        else:
            yield f"{space}{pattern.name}", route, pattern


def pages() -> list[tuple[str, str, URLPattern]]:
    return list(patterns(get_resolver()))


def is_open(pattern: URLPattern) -> bool:
    return not getattr(pattern.callback, "login_required", True)


def is_api(route: str) -> bool:
    return route.startswith("api/")


def test_every_page_without_sign_in_is_listed() -> None:
    found = {
        name
        for name, route, pattern in pages()
        if is_open(pattern) and not is_api(route) and not name.startswith(ALWAYS_OPEN)
    }
    assert found == {name for name in OPEN_PAGES if not name.startswith("api:")}


def test_every_api_view_asks_for_a_token() -> None:
    for name, route, pattern in pages():
        if is_api(route) and name not in OPEN_PAGES:
            view = getattr(pattern.callback, "cls", None)
            assert view is not None, f"{name} is no API view"
            names = [permission.__name__ for permission in view.permission_classes]
            assert names, f"{name} lets anybody in"
            assert "AllowAny" not in names, f"{name} lets anybody in"


@pytest.mark.django_db
def test_closed_pages_send_strangers_to_sign_in(client: Client) -> None:
    for name, route, pattern in pages():
        if is_open(pattern) or is_api(route):
            continue
        values = {key: _example(converter) for key, converter in pattern.pattern.converters.items()}
        values |= _outer_values(route, values)
        answer = client.get(reverse(name, kwargs=values))
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith(reverse(settings.LOGIN_URL)), name
        assert "geolocation=()" in answer.headers["Permissions-Policy"], name


def _example(converter: object) -> object:
    kind = type(converter).__name__
    return {"UUIDConverter": UUID(int=7), "IntConverter": 7}.get(kind, "x")


def _outer_values(route: str, known: dict[str, object]) -> dict[str, object]:
    """Values for converters of an including path, which the inner pattern does not know."""
    found = re.findall(r"<(?:(\w+):)?(\w+)>", route)
    kinds: dict[str, object] = {"uuid": UUID(int=7), "int": 7}
    return {name: kinds.get(kind, "x") for kind, name in found if name not in known}


@pytest.mark.django_db
def test_nobody_is_asked_where_they_are(client: Client) -> None:
    assert settings.PERMISSIONS_POLICY["geolocation"] == []
    assert "geolocation=()" in client.get("/").headers["Permissions-Policy"]


# --- Templates ----------------------------------------------------------------------------------

# Templates that replace one of a package we use: (folder here, where the package keeps its own).
REPLACED = {
    "account/": Path(allauth.__file__).parent / "templates",
    "allauth/": Path(allauth.__file__).parent / "templates",
    "django/forms/": Path(django.forms.__file__).parent / "templates",
}
FOUND_BY_DJANGO = {"400.html", "403.html", "404.html", "500.html"}


def templates() -> list[str]:
    files = (path for path in TEMPLATES.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(TEMPLATES)) for path in files)


def test_every_template_compiles() -> None:
    for name in templates():
        get_template(name)


def test_no_template_is_unused() -> None:
    sources = [*python_files(), *(path for path in TEMPLATES.rglob("*") if path.is_file())]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [name for name in templates() if not _is_used(name, text)]
    assert unused == []


def _is_used(name: str, text: str) -> bool:
    if name in FOUND_BY_DJANGO or name in text:
        return True
    for folder, package in REPLACED.items():
        if name.startswith(folder):
            return (package / name).exists()
    # A letter is named without folder and ending; some pages are named by an f-string.
    folder, _, stem = name.removeprefix("mail/").rpartition("/")
    stem = stem.partition(".")[0]
    return f'"{folder}/{stem}"' in text or (f'"{folder}/{{' in text and f'"{stem}"' in text)


THIRD_PARTY = re.compile(
    r"""(?: \b(?:src|srcset|action|poster|data)\s*=\s*["']?
          | <link\b[^>]*\bhref\s*=\s*["']?
          | url\(\s*["']?
          | @import\s+["']? )(?:https?:)?//""",
    re.VERBOSE | re.IGNORECASE,
)
NAMESPACE = re.compile(r"""["']http://www\.w3\.org/[^"']*["']""")


@pytest.mark.parametrize(
    "markup",
    ['<script src="//cdn.example/x.js">', "url(https://x)", '<link rel=x href="http://y">'],
)
def test_a_third_party_is_recognised(markup: str) -> None:
    assert THIRD_PARTY.search(markup)


def test_pages_ask_no_third_party_for_anything() -> None:
    for name in templates():
        found = THIRD_PARTY.search((TEMPLATES / name).read_text(encoding="utf-8"))
        assert found is None, f"{name}: {found}"


def test_scripts_and_styles_ask_no_third_party_for_anything() -> None:
    for path in [*(ROOT / "static/js").rglob("*.js"), *(ROOT / "static/css").rglob("*.css")]:
        text = NAMESPACE.sub("", path.read_text(encoding="utf-8"))
        assert re.search(r"""(?:https?|wss?)://|["'(]//\w""", text) is None, name_of(path)


def test_no_script_or_style_stands_in_a_page() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']")
    for name in templates():
        # None of these is shown under our policy; the checker's own names what stands in it.
        if name.startswith(("pdf/", "mail/", "verification/checker.")):
            continue
        found = inline.search((TEMPLATES / name).read_text(encoding="utf-8"))
        assert found is None, f"{name}: {found}"


# --- Refusals -----------------------------------------------------------------------------------


def refusals() -> list[type[DomainError]]:
    for module in walk_packages(mediation.__path__, "mediation."):
        if not re.search(r"migrations|management|settings|asgi|wsgi", module.name):
            import_module(module.name)
    found, waiting = [], [DomainError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting += error.__subclasses__()
    return [error for error in found if error.__module__.startswith("mediation.")]


def test_every_refusal_has_a_code_of_its_own() -> None:
    without = [error.__name__ for error in refusals() if "code" not in vars(error)]
    assert without == []
    counts = Counter(error.code for error in refusals())
    assert [code for code, count in counts.items() if count > 1] == []


def test_every_refusal_is_documented() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    missing = [
        f"| `{e.code}` | {e.status} |" for e in refusals() if f"`{e.code}`" not in documented
    ]
    assert missing == []


# --- What Heyi refuses to be ----------------------------------------------------------------------

REFUSED = {
    *("score", "scores", "rank", "ranking", "blacklist", "latitude", "longitude", "location"),
    *("geolocation", "sentiment", "face", "biometric", "recording", "transcript"),
}


def words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def test_words_of_a_name() -> None:
    assert words("PersonScore") == {"person", "score"}
    assert words("last_known_location") == {"last", "known", "location"}


def test_nothing_about_people_is_kept_that_was_refused() -> None:
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("mediation."):
            continue
        names = [model.__name__, *(field.name for field in model._meta.get_fields())]
        assert [name for name in names if words(name) & REFUSED] == [], model.__name__
