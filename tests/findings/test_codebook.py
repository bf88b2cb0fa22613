from pathlib import Path

from kl_research.findings.words.codebook import codebook


def test_the_code_book_in_the_documentation_is_the_one_the_measures_make(root: Path):
    current = (root / "docs" / "measures.md").read_text(encoding="utf-8")
    assert current == codebook(), "run: python -m kl_research.findings.words.codebook > docs/measures.md"
