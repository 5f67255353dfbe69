"""Pages for those who run the service for many stores."""
