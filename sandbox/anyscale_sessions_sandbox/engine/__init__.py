"""The state machine: lifecycles as data, transitions on the clock, timers, commands, idle timeout."""
