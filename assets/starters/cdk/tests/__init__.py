"""Unit tests: no AWS account is needed."""
