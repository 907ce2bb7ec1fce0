"""What the word filter found in what people wrote, and the community's list of words."""
