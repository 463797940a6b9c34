"""A school's public board (公示): what others keep, put together for parents."""
