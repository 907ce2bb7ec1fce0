"""The charter: what the community promises, read from `content/charter` and enforced by the portal."""
