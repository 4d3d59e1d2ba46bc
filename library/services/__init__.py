"""Deeds of the library and of homework."""

from library.services.items import add_house_library, new_version, publish, withdraw_item
from library.services.own import mark_done, read_news, save_sheet, send_sheet, take_back_done, take_up
from library.services.team import Given, assign, assign_to_members, members_to_give, reply, stay_of, withdraw

__all__ = [
    "Given",
    "add_house_library",
    "assign",
    "assign_to_members",
    "mark_done",
    "members_to_give",
    "new_version",
    "publish",
    "read_news",
    "reply",
    "save_sheet",
    "send_sheet",
    "stay_of",
    "take_back_done",
    "take_up",
    "withdraw",
    "withdraw_item",
]
