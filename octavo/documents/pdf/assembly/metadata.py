"""The metadata of the document: information dictionary (PDF 32000-1 § 14.3.3), XMP (§ 14.3.2, ISO 16684-1), IDs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from xml.sax.saxutils import escape

from octavo.documents.pdf.syntax import objects

PRODUCER = "Octavo"
XMP_ID = "W5M0MpCehiHzreSzNTczkc9d"  # the same in every packet (ISO 16684-1, 7.3.2)

XMP = """<?xpacket begin="\ufeff" id="{id}"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<dc:format>application/pdf</dc:format>
{properties}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Information:
    """Title, author and so on.

    `created` has a time zone. `language` is a tag as in RFC 5646 (`en`, `de-CH`). `fingerprint` is hexadecimal, and has
    at least 16 bytes.
    """

    title: str
    created: datetime
    fingerprint: str
    author: str = ""
    subject: str = ""
    language: str = "en"

    def dictionary(self) -> bytes:
        """Return the information dictionary."""
        moment = objects.date(self.created)
        texts = {
            "Title": self.title,
            "Author": self.author,
            "Subject": self.subject,
            "Producer": PRODUCER,
        }
        entries = {key: objects.text(value) for key, value in texts.items() if value}
        return objects.dictionary({**entries, "CreationDate": moment, "ModDate": moment})

    def xmp(self) -> bytes:
        """Return the XMP packet: the same facts as in the dictionary, for programs that do not read PDF."""
        moment = self.created.isoformat(timespec="seconds")
        properties = [
            _alternative("dc:title", self.title),
            _alternative("dc:description", self.subject),
            _list("dc:creator", "Seq", [self.author]),
            _list("dc:language", "Bag", [self.language]),
            _property("pdf:Producer", PRODUCER),
            _property("xmp:CreateDate", moment),
            _property("xmp:ModifyDate", moment),
            _property("xmp:MetadataDate", moment),
            _property("xmpMM:DocumentID", f"uuid:{UUID(bytes=self._permanent_id())}"),
            _property("xmpMM:InstanceID", f"uuid:{UUID(bytes=self._changing_id())}"),
        ]
        return XMP.format(id=XMP_ID, properties="\n".join(filter(None, properties))).encode("utf-8", "replace")

    def id(self) -> bytes:
        """Return the file identifier (§ 14.4): one that equal requests share, and one that differs for each run."""
        return b"[<%b><%b>]" % (self._permanent_id().hex().encode(), self._changing_id().hex().encode())

    def _permanent_id(self) -> bytes:
        return bytes.fromhex(self.fingerprint)[:16]

    def _changing_id(self) -> bytes:
        return hashlib.sha256(f"{self.fingerprint} {self.created.isoformat()}".encode()).digest()[:16]


def _property(name: str, value: str) -> str:
    return f"<{name}>{_escaped(value)}</{name}>" if value else ""


def _alternative(name: str, value: str) -> str:
    return (
        f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{_escaped(value)}</rdf:li></rdf:Alt></{name}>' if value else ""
    )


def _list(name: str, kind: str, values: Sequence[str]) -> str:
    items = "".join(f"<rdf:li>{_escaped(value)}</rdf:li>" for value in values if value)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>" if items else ""


def _escaped(value: str) -> str:
    """Escape a text for XML 1.0, without its control characters, which XML does not allow."""
    return escape("".join(character for character in value if character.isprintable() or character in "\t\n"))
