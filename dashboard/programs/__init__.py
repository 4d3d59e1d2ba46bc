"""Programs from a file. The format is documented in examples/README.md.

`reader` reads YAML with its line numbers. `schema` (of `fields`) finds what is wrong with each value, `checks` (on a
`draft`) what is wrong between entries. `loader` applies a file by the services.
"""

# For local use only: the password of every account that --development-sign-ins makes. That option and `show_sign_ins`
# refuse to run outside settings.DEBUG.
DEVELOPMENT_PASSWORD = "schedule-demo-1"  # noqa: S105 - known to everybody on purpose
