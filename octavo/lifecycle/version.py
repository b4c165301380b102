"""The version of the code that makes a document: one document is made by one version, from its plan to its merge. Pure.

    submit ──(the type's definition, in the record)──► plan ──(the version, in the manifest)──► chunk, merge

The workflow of a report invokes published versions of the functions, so a deployment does not change a report that is
running. These checks are a second line of defence. Without them, a step of other code would write a document with the
columns of two versions, and all counts would be right.

A report may be planned by other code than the one that accepted it, as long as its report type has not changed.
"""

from __future__ import annotations

import hashlib

from octavo.errors import VersionChanged


def version(bundle_digest: str, definition: str) -> str:
    """Return the version of a bundle of code for reports of the type with this definition."""
    return hashlib.sha256(f"{bundle_digest}\0{definition}".encode()).hexdigest()


def check_same(mine: str, found: str | None) -> None:
    """Raise VersionChanged if what was found is not of my own version."""
    if found != mine:
        raise VersionChanged("The service was updated while this report was running. Submit the request again.")
