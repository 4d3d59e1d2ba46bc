"""Pages that are connected, as the database knows it: taken for lost and back, with the others told of both."""

from rooms.models import Connection
from rooms.services.presence import close_connection, keep_alive, open_connection, sweep
from rooms.tests.scene import for_whom, heard
from rooms.wire import LEADERS


def test_whoever_the_sweep_took_for_lost_is_back_for_everybody(scene, clock):
    """A live process stood still, or the database was away, for longer than the sweep waits: beat swept first."""
    one, other = open_connection(scene.pat), open_connection(scene.pat)
    hers = open_connection(scene.quinn)
    clock.shift(30)
    assert keep_alive([hers.pk]) == {hers.pk}
    with heard() as news:
        assert sweep() == 2
    assert for_whom(news, scene.quinn) == [("people.gone", {"key": scene.pat.key, "why": "lost"})]
    with heard() as news:
        assert keep_alive([one.pk, other.pk, hers.pk]) == {one.pk, other.pk, hers.pk}
    here = {"key": scene.pat.key, "name": scene.pat.shown, "part": "member"}
    assert for_whom(news, scene.quinn) == [("people.here", here)], "once, with two pages"
    assert not Connection.objects.exclude(closed_at=None).exists()
    with heard() as news:
        assert keep_alive([one.pk, other.pk]) == {one.pk, other.pk}
    assert news == []


def test_who_left_or_was_put_out_is_not_opened_again(scene):
    left, removed = open_connection(scene.pat), open_connection(scene.quinn)
    close_connection(left.pk, Connection.Why.LEFT)
    close_connection(removed.pk, Connection.Why.REMOVED)
    with heard() as news:
        assert keep_alive([left.pk, removed.pk]) == set()
    assert news == []


def test_somebody_at_the_door_is_back_for_the_leaders_alone(scene, clock):
    scene.pat.state = "waiting"
    scene.pat.save()
    page = open_connection(scene.pat)
    clock.shift(30)
    sweep()
    with heard() as news:
        assert keep_alive([page.pk]) == {page.pk}
    assert [(one.news.kind, one.news.to, one.news.data["here"]) for one in news] == [("door.changed", LEADERS, True)]


def test_signs_of_life_cost_the_same_for_any_number(scene, django_assert_num_queries):
    pages = [open_connection(scene.pat).pk for _n in range(3)]
    with django_assert_num_queries(2):
        keep_alive(pages[:1])
    with django_assert_num_queries(2):
        keep_alive(pages)
