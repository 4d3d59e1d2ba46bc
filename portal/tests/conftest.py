"""Pat, signed in."""

import pytest


@pytest.fixture
def pat_client(client, house):
    """A browser in which Pat is signed in, past the first request (which stamps the browser's session)."""
    client.force_login(house.pat.user)
    client.get("/account/logout/")
    return client
