"""A grounding exercise while Redis is really down: the leader hears that it was not shown, and nobody is told later."""

import pytest

from rooms.models import Room
from rooms.tests.crowd import Tab
from rooms.tests.live import house_on_air, let_in
from rooms.tests.test_faults import on, redis_of_its_own
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_with_redis_down_it_is_refused_and_once_it_is_back_it_is_shown(transactional_db, tmp_path, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    house, session = house_on_air()
    let_in(house, session)
    with redis_of_its_own() as (server, url), on(tmp_path, REDIS_URL=url) as live:
        alice, pat = (Tab(live, user, session).here() for user in (house.alice, house.pat.user))
        alice.do("leader.ground", exercise="box")
        pat.hears("ground")
        server.process.kill()
        server.process.wait()
        before = Room.objects.get().seq
        refused = alice.ask("leader.ground", exercise="feet")["no"]
        assert refused["code"] == "reconnecting" and "could not be shown" in refused["message"]
        assert Room.objects.get().seq == before
        server.start()
        wait_for(lambda: "no" not in alice.ask("leader.ground", exercise="senses"), seconds=30, why="Redis is back")
        pat.hears("ground", times=2, seconds=30)
        assert [one["exercise"] for one in pat.of("ground")] == ["box", "senses"]
        for tab in (alice, pat):
            tab.close()
