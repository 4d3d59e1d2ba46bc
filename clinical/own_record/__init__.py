"""Somebody's own record as a file: `facts` gathers it once, `pdf` and `as_json` write the same facts. docs/record_access.md."""
