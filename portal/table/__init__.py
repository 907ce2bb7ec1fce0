"""One table, two engines: writes are values, and each condition names the error that its refusal means."""
