"""Short codes on deliveries, in words."""

import re

from dashboard.words_deliveries import REASONS, reason_words


def test_reasons_in_words():
    assert reason_words("", {}) == ""
    assert reason_words("no longer expected", {}) == "They were no longer expected there."
    assert reason_words("interrupted while sending: SMTPServerDisconnected", {}).endswith("The mail server broke off.")
    assert reason_words("interrupted while sending: OddError", {}).endswith("OddError")
    assert reason_words("some new code", {}) == "some new code"
    assert reason_words("settled by account 7: it left", {7: "Ada Admin"}) == "Ada Admin found out: it arrived."
    assert reason_words("settled by account 7: it left", {}) == "Somebody found out: it arrived."


def test_every_code_of_the_sources_has_words(settings):
    """Codes that composers and the outbox keep on rows: none is left as a code by forgetting."""
    found = set()
    for app in ("messaging", "scheduling", "clinical"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            if "tests" not in path.parts:
                found |= set(re.findall(r'Skip\(\s*"([^"]+)"', path.read_text()))
                found |= set(re.findall(r'_end\([^)]*reason="([^"]+)"', path.read_text()))
    assert len(found) > 10
    assert found <= set(REASONS)
