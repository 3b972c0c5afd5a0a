"""The project spec: its models, and how it is read and checked."""
