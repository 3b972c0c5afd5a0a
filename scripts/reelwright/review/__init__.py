"""Review pages: people look, decide, and the build listens."""
