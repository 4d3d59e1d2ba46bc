"""What beat wakes, and how often (seconds). A task that waited longer than its `expires` is not run: the next is due."""

SCHEDULE = {
    "extend-horizon": {"task": "scheduling.extend_horizon", "schedule": 3600.0},
    "plan-reminders": {"task": "scheduling.plan_reminders", "schedule": 60.0, "options": {"expires": 60}},
    "escalate-alerts": {"task": "clinical.escalate_alerts", "schedule": 30.0, "options": {"expires": 30}},
    "tell-quiet-alerts": {"task": "clinical.tell_quiet_alerts", "schedule": 300.0, "options": {"expires": 300}},
    "tell-overdue": {"task": "clinical.tell_overdue", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask-measures": {"task": "clinical.ask_measures", "schedule": 1800.0, "options": {"expires": 1800}},
    "tell-due-requests": {"task": "clinical.tell_due_requests", "schedule": 3600.0, "options": {"expires": 3600}},
    "tell-late-notes": {"task": "clinical.tell_late_notes", "schedule": 3600.0, "options": {"expires": 3600}},
    "reconcile-media": {"task": "rooms.reconcile_media", "schedule": 60.0, "options": {"expires": 60}},
    "tend-rooms": {"task": "rooms.tend", "schedule": 30.0, "options": {"expires": 30}},
    "send-due": {"task": "messaging.send_due", "schedule": 10.0, "options": {"expires": 10}},
}
