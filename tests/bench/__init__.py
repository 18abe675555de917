"""Measurements: each module here has `main(json_path)` and is run by name with script/bench."""
