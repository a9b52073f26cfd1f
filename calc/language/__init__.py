"""The formula language: surface TOML → expressions → one small typed core, and the checks on the way."""
