"""What the doctor examines: the API as its callers see it and, if there are rights, the stack in its AWS account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from octavo.client import Client
from octavo.operations.doctor.finding import CheckSkipped
from octavo.operations.doctor.trials import Trials

if TYPE_CHECKING:
    import httpx

    from octavo.operations.doctor.account import Account


@dataclass(frozen=True)
class Deployment:
    """A deployment, and the reports that the doctor requests from it.

    `stack_name` begins the names of the stack's resources. `account` is the stack in its AWS account; if that cannot be
    read, it is the reason, which skips the checks of it. `http` sends requests that are not signed.
    """

    client: Client
    auth: httpx.Auth | None
    http: httpx.Client
    trials: Trials
    stack_name: str
    account: Account | CheckSkipped

    @property
    def stack(self) -> Account:
        """The stack in its account. Raises CheckSkipped if it cannot be read."""
        if isinstance(self.account, CheckSkipped):
            raise CheckSkipped(self.account.detail, self.account.mend)
        return self.account
