from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Hashed names, also inside `import … from "./x.js"`, so browsers may cache for ever."""

    support_js_module_import_aggregation = True
    manifest_strict = False
