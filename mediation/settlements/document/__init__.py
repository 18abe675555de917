"""The settlement document: terms as data, the PDF, its signatures and its offline check.

Pure functions over bytes and frozen dataclasses: no database, no request, no network unless an
outside time-stamp authority is passed in. Why this is a package of its own: docs/settlement.md and
docs/decisions/0010-settlement-document-package.md.
"""
