"""The thin runner: reads the configuration, wires the parts, runs the loop, says what happens."""
