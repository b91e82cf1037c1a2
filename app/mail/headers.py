"""Headers: how those of a message are written, so that programs read in them what they must."""

from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.policy import Policy, default


class WholeHeader(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the registry makes them itself
    """A header written on one line, as it is: mail programs do not decode the address in it (RFC 2047, 5)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


registry = HeaderRegistry()
registry.map_to_type("List-Unsubscribe", WholeHeader)
POLICY = default.clone(header_factory=registry)
