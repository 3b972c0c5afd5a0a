"""Carrying out action plans: deleting, generating, uploading, all of it journalled and reversible."""
