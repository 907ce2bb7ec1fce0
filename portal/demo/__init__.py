"""The demo: a believable community, replayed day by day through the same services that real people use."""
