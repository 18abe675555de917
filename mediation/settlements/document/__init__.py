"""The settlement document: terms as data, the PDF, its signatures and its offline check.

Pure functions over bytes and frozen dataclasses: no database, no request, no network unless an
outside time-stamp authority is passed in. How it fits together: docs/settlement.md.
"""
