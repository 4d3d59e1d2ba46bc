"""Programs from a file: `reader` reads YAML with its line numbers, `schema` and `checks` find everything wrong with it, `loader`
applies it by the services. The format is documented in examples/README.md."""

# For local use only: what the accounts of a program loaded with --development-sign-ins share. Both commands that know it
# refuse to run outside settings.DEBUG.
DEVELOPMENT_PASSWORD = "schedule-demo-1"  # noqa: S105
