"""What can be asked over a room's socket, a module for each matter. See `rooms.live`."""
