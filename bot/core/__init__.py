"""Pure decisions: data in, data out, no effect on anything."""
