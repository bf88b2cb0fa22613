"""The published results: none outside its tolerance, the committed tables always checked, absent data said."""

from kl_research.commands.validate import compare_all, table


def test_no_published_result_is_missed_by_more_than_its_tolerance():
    found = compare_all()
    assert [f"{c.case}: {c.quantity}" for c in found if c.status == "exceeded"] == []
    checked = {c.case for c in found if c.status == "ok"}
    assert {"van drivers killed, seat-belt law", "BCG vaccine, thirteen trials", "exact rate ratio"} <= checked


def test_data_that_are_absent_are_listed_as_not_checked(tmp_path):
    rows = table(compare_all(data=tmp_path))
    assert set(rows.loc[rows["case"] == "Sicily, smoking ban", "status"]) == {"not_checked"}
    assert "exceeded" not in set(rows["status"])
    notes = {c.note for c in compare_all(data=tmp_path) if c.case == "Sicily, smoking ban"}
    assert notes == {f"no {tmp_path.name}/sicily/sicily.csv"}
