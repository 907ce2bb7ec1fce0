"""The outbox: a message is written with the decision that it tells, and sent after it; none is lost."""
