"""The file a court receives: how it is laid out, built and checked offline (docs/api.md)."""
