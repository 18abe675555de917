"""The parts of the hub: what is alive while people are connected, and gone when they are not."""
