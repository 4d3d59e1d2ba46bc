"""Deeds of the outbox: plan, claim, send, settle.

What is promised: never lost, never twice where the provider can be asked, never silently uncertain. A row is claimed under a
lease, marked `sending` just before the provider is called, and composed anew under its lock, so that what is no longer true is
not sent. A worker that dies leaves a lease that runs out: a row still `claimed` is simply sent; a row in `sending` is looked up
at the provider first, and where it can't be asked is parked as `unknown` for a person. See docs/messages.md.
"""

from messaging.services.outbox import BATCH, LEASE, claim_due, mark, plan, send_due
from messaging.services.sending import MAX_ATTEMPTS, SENDING_LEASE, deliver
from messaging.services.settle import send_again, settle_unknown, trust_again

__all__ = [
    "BATCH",
    "LEASE",
    "MAX_ATTEMPTS",
    "SENDING_LEASE",
    "claim_due",
    "deliver",
    "mark",
    "plan",
    "send_again",
    "send_due",
    "settle_unknown",
    "trust_again",
]
