"""Scripts that make what is stored here, and what they share: `project` and `chromium`."""
