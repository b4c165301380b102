"""docs/aws.md lists the claims about AWS: each says where the code relies on it, its proof and what would refute it."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "aws.md").read_text()
CLAIMS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE[PAGE.index("## Claims") : PAGE.index("## Two interpreters")].splitlines()
    if line.startswith("| ") and not line.startswith("| claim ")
]


def test_every_claim_has_a_place_a_proof_and_what_would_show_it_false():
    assert len(CLAIMS) > 40
    assert all(len(claim) == 4 and all(claim) for claim in CLAIMS)


def test_every_place_that_a_claim_names_exists():
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", PAGE)
    assert linked
    assert [place for place in linked if not (DOCS / place).exists()] == []


def test_every_source_is_an_address():
    sources = re.findall(r"\]\((https?:[^)]*)\)", PAGE)
    assert sources
    assert all(source.startswith("https://") for source in sources)
