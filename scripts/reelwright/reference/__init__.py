"""Reference: the old material, which shows the same footage under other numbers. It is read, mapped and never trained on."""
