"""The docs site: what of it is generated from rules, imports and schemas. No stage, and nothing here is read by one."""
