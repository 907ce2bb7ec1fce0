"""Publishing: charter and content become Markdown, assets with hashed names, and the public site."""

from portal.publishing.model import PublishingError
from portal.publishing.service import build_site

__all__ = ["PublishingError", "build_site"]
