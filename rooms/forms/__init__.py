"""Forms of live rooms."""
