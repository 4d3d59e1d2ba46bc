"""Pat, signed in."""

import pytest

from portal.tests.helpers import sign_in


@pytest.fixture
def pat_client(client, house):
    """A browser in which Pat is signed in."""
    sign_in(client, house.pat.user)
    return client
