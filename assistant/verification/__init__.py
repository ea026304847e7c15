"""Whether texts support a sentence, found by code; no model is asked."""

from assistant.verification.judge import Verification, verify

__all__ = ["Verification", "verify"]
