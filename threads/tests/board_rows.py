"""Shared by the tests of boards: posts by the cast, and what is refused."""

import uuid

import pytest

from core.errors import Refusal
from messaging.models import Delivery
from threads.models import Post
from threads.services.boards import write_post
from threads.services.moderation import show

S = Post.State


def post(board, by, text="A calm evening.", **more) -> Post:
    return write_post(board=board, text=text, by=by, key=uuid.uuid4(), **more)


def shown(board, by, leader, text="A calm evening.", **more) -> Post:
    return show(post=post(board, by, text, **more), seen=S.WAITING, by=leader)


def refused(code: str, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def told() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="message_to_look_at").order_by("pk"))


def texts(lines) -> list[str]:
    return [line.post.text for line in lines]
