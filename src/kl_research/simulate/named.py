"""What the user group said of its municipalities (minutes, spring 2025), turned into units and rates.

Unit names, unit rates, provider numbers and all dates not in the minutes are invented.
"""

from __future__ import annotations

from kl_research.simulate.place import HORIZON, ORIGIN, Place, Unit

CARE = "Sundhed og Omsorg"
SOCIAL = "Social og Handicap"
CPH_HEALTH = "Sundheds- og Omsorgsforvaltningen"
CPH_SOCIAL = "Socialforvaltningen"


def _units(
    names: str, unit_type: str, administration: str, *rates: float, first: str = ORIGIN, event: str = ""
) -> tuple[Unit, ...]:
    """Units "names 1", "names 2", ... at constant rates."""
    return tuple(
        Unit(f"{names} {i}", unit_type, administration, ((ORIGIN, rate),), first, HORIZON, event)
        for i, rate in enumerate(rates, 1)
    )


def _early(code: str, units: tuple[Unit, ...], **more: object) -> Place:
    """A municipality that was connected before the statistics begin."""
    return Place(
        code=code,
        connected_from="2020-06",
        started_from="2020-10",
        agreement_signed="2020-03-02",
        units=units,
        **more,  # type: ignore[arg-type]
    )


# Aalborg's new units come in over the campaign's three months.
_AALBORG_NEW = tuple(
    Unit(f"Plejecenter {i}", "Plejecenter", CARE, ((ORIGIN, 1.1),), first, event="aalborg-reimplementation")
    for i, first in enumerate(["2024-09"] * 3 + ["2024-10"] * 3 + ["2024-11"] * 3, 9)
)

NAMED: dict[str, Place] = {
    place.code: place
    for place in (
        _early(
            "101",
            _units("Plejecenter", "Plejecenter", CPH_HEALTH, 7, 5, 3, 2, 1.5, 1)
            + _units("Sygeplejen", "Sygepleje", CPH_HEALTH, 2, 1)
            + _units("Bosted", "Bosted", CPH_SOCIAL, 2, 1, first="2024-12", event="kobenhavn-social-administration")
            + _units(
                "Socialpsykiatrien",
                "Socialpsykiatri",
                CPH_SOCIAL,
                1.5,
                first="2024-12",
                event="kobenhavn-social-administration",
            ),
            sms_share=0.2,
        ),
        Place(code="265", planned_from="2024-10", sms_share=0.15),
        _early(
            "330",
            (
                Unit("Plejecenter 1", "Plejecenter", CARE, (("2022-07", 6.3), ("2023-06", 29.0))),
                Unit("Plejecenter 2", "Plejecenter", CARE, (("2022-07", 2.2), ("2023-06", 10.0))),
                Unit("Plejecenter 3", "Plejecenter", CARE, ((ORIGIN, 0.8),), last="2023-02"),
                Unit("Plejecenter 4", "Plejecenter", CARE, ((ORIGIN, 0.5),), last="2022-11"),
                Unit("Sygeplejen 1", "Sygepleje", CARE, ((ORIGIN, 0.15),)),
            ),
            sms_share=0.05,
        ),
        _early(
            "461",
            _units("Plejecenter", "Plejecenter", CARE, 4.5, 3.5, 2.5, 1.5, 1)
            + _units("Sygeplejen", "Sygepleje", CARE, 1.5, 0.5),
            sms_share=0.15,
            without_citizen=0.35,
        ),
        _early("561", _units("Plejecenter", "Plejecenter", CARE, 1.5, 0.8, 0.5), sms_share=0.1, vdx=22),
        _early(
            "661",
            _units("Plejecenter", "Plejecenter", CARE, 3, 2, 1.2, 0.8) + _units("Bosted", "Bosted", SOCIAL, 0.6),
            sms_share=0.2,
        ),
        _early(
            "710",
            (
                *_units("Plejecenter", "Plejecenter", CARE, 3.2, 2.3, 1),
                Unit("Sygeplejen 1", "Sygepleje", CARE, (("2023-06", 5.5), ("2025-06", 1.6))),
            ),
            sms_share=0.04,
        ),
        _early("820", _units("Plejecenter", "Plejecenter", CARE, 2.3, 1.6, 1.0), sms_share=0.2),
        _early(
            "851",
            _units("Plejecenter", "Plejecenter", CARE, 2.2, 1.5, 1.2, 1, 0.8, 0.8, 0.7, 0.6)
            + _AALBORG_NEW
            + _units("Sygeplejen", "Sygepleje", CARE, 0.8, 0.5),
            sms_share=0.3,
            fixed_gp=True,
        ),
    )
}
