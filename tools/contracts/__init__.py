"""What hand-written modules require of the spec."""
