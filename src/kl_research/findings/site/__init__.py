"""The whole site: front pages, packs, index, publishing, PDF."""
