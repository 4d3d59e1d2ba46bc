"""The floors of the house, where import-linter does not look: foreign keys written as strings, addresses, migrations."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from accounts.access import every_view

FLOORS = {
    "iop": 10,
    "dashboard": 9,
    "portal": 9,
    "api": 9,
    "billing": 8,
    "threads": 8,
    "clinical": 7,
    "rooms": 6,
    "library": 5,
    "admissions": 5,
    "scheduling": 4,
    "journal": 4,
    "groups": 3,
    "patients": 2,
    "messaging": 1,
    "accounts": 0,
    "audit": 0,
    "core": 0,
}
# On one floor, who may know whom: accounts stands on core; audit knows nobody.
NEIGHBOURS = {("accounts", "core"), ("audit", "core")}
# Words nobody may read in an address bar, a log line or a browser's history.
TELLING = (
    "group",
    "recovery",
    "iop",
    "therap",
    "addict",
    "substance",
    "mental",
    "patient",
    "rehab",
    "sober",
    "treatment",
)


def ours() -> list[str]:
    return [app.label for app in apps.get_app_configs() if app.label in FLOORS]


def may_point(source: str, target: str) -> bool:
    """Whether a table of one app may refer to a table of another."""
    return source == target or FLOORS[source] > FLOORS[target] or (source, target) in NEIGHBOURS


def test_every_app_of_ours_has_a_floor():
    here = {app.label for app in apps.get_app_configs() if "site-packages" not in app.path}
    assert len(here) >= 9
    assert here <= set(FLOORS), here - set(FLOORS)


def test_foreign_keys_point_downwards():
    found, wrong = 0, []
    for label in ours():
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                target = getattr(field, "related_model", None)
                if field.auto_created or target is None or target._meta.app_label not in FLOORS:
                    continue
                found += 1
                if not may_point(label, target._meta.app_label):
                    wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert found > 50
    assert wrong == []


def test_migrations_depend_downwards():
    """Save that walls of one floor may be put up by a higher one, which then depends on it, never the other way round."""
    graph = MigrationLoader(None).graph
    wrong = []
    for (app, name), node in graph.node_map.items():
        if app in FLOORS:
            for parent in node.parents:
                if parent.key[0] in FLOORS and not may_point(app, parent.key[0]):
                    wrong.append(f"{app}.{name} -> {'.'.join(parent.key)}")
    assert wrong == []


def test_the_rule_itself():
    assert may_point("scheduling", "groups")
    assert not may_point("groups", "scheduling")
    assert not may_point("portal", "dashboard")
    assert not may_point("audit", "accounts")


def addresses() -> list[str]:
    """Every route that is ours or allauth's; Django's admin names its tables."""
    return [route for route, _name, _pattern in every_view() if not route.startswith("admin/")]


def test_no_address_says_what_this_is():
    # The codes one signs in with when the phone is lost are called so on every site.
    shown = {route: re.sub(r"<[^>]*>|recovery-codes", "", route.lower()) for route in addresses()}
    telling = [route for route, words in shown.items() if any(word in words for word in TELLING)]
    assert len(addresses()) > 20
    assert telling == []


def test_no_address_takes_a_name_or_counts():
    """People, notes and sessions are addressed by uid: a number would count them, a name would name them."""
    own = [r for r in addresses() if not r.startswith("account/")]
    kinds = {kind for route in own for kind in re.findall(r"<(?:(\w+):)?\w+>", route)}
    # code: a kind of message, a channel, a language: words of the product's own lists.
    assert kinds <= {"uuid", "isoweek", "date", "day", "week", "token", "code"}, kinds


def test_names_and_cookies_say_nothing_either():
    named = [settings.SITE_NAME, settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.MFA_TOTP_ISSUER]
    assert [n for n in named for word in TELLING if word in n.lower()] == []


@pytest.mark.parametrize("label", sorted(a.label for a in apps.get_app_configs() if a.label in FLOORS))
def test_migrations_are_complete(db, label):
    call_command("makemigrations", label, check=True, dry_run=True, verbosity=0)


def test_every_table_can_be_made_from_nothing(db):
    """No migration is left over, and none conflicts."""
    call_command("migrate", check_unapplied=True, verbosity=0)
    assert MigrationLoader(None).detect_conflicts() == {}
