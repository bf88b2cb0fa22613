"""Every count of users has its place among the published ones: one that has none would be dropped in silence."""

from kl_research.adoption.measures.members import FIND
from kl_research.disclosure.members import AT_MOST, ORDER


def test_every_count_of_users_is_published_in_an_order_that_cuts_parts_to_their_wholes() -> None:
    assert set(ORDER) == set(FIND)
    for part, wholes in AT_MOST.items():
        assert all(ORDER.index(whole) < ORDER.index(part) for whole in wholes), part
