"""How far apart two colours are, for eyes of each kind, and how much one stands out from the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EYES", "ciede2000", "contrast", "distance"]

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

EYES: Final = ("typical", "protanopia", "deuteranopia")
# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB
_SEEN: Final[Mapping[str, Matrix]] = {
    "typical": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
}
_XYZ: Final[Matrix] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.072175),
    (0.0193339, 0.119192, 0.9503041),
)
_WHITE: Final[Triple] = (0.95047, 1.0, 1.08883)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG, from 1 to 21, of two colours such as `#1b2126`."""
    lower, upper = sorted(sum(map(float.__mul__, _XYZ[1], _linear(colour))) for colour in (one, other))
    return (upper + 0.05) / (lower + 0.05)


def distance(one: str, other: str, *, eye: str = "typical") -> float:
    """The distance CIEDE2000 as an eye of a kind sees two colours."""
    first, second = (_lab(_times(_SEEN[eye], _linear(colour))) for colour in (one, other))
    return ciede2000(first, second)


def _linear(colour: str) -> Triple:
    if len(colour) == 4:
        colour = f"#{''.join(2 * digit for digit in colour[1:])}"
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def _times(matrix: Matrix, vector: Triple) -> Triple:
    one, two, three = (min(1.0, max(0.0, sum(map(float.__mul__, map(float, row), vector)))) for row in matrix)
    return one, two, three


def _lab(linear: Triple) -> Triple:
    shares = (sum(map(float.__mul__, row, linear)) / white for row, white in zip(_XYZ, _WHITE, strict=True))
    x, y, z = (share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116 for share in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one: Triple, other: Triple) -> float:
    """The distance of two colours in L*a*b* (Sharma, Wu, Dalal 2005)."""
    mean = (math.hypot(*one[1:]) + math.hypot(*other[1:])) / 2
    stretch = 1.5 - 0.5 * math.sqrt(mean**7 / (mean**7 + 25**7))
    (light1, chroma1, hue1), (light2, chroma2, hue2) = (
        (light, math.hypot(a * stretch, b), math.degrees(math.atan2(b, a * stretch)) % 360)
        for light, a, b in (one, other)
    )
    turn = (hue2 - hue1 + 180) % 360 - 180 if chroma1 * chroma2 else 0.0
    hue = (hue1 + turn / 2) % 360 if chroma1 * chroma2 else hue1 + hue2
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    turned = 1 + sum(height * math.cos(math.radians(times * hue + shift)) for height, times, shift in waves)
    parts = (
        (light2 - light1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)),
        (chroma2 - chroma1) / (1 + 0.045 * chroma),
        2 * math.sqrt(chroma1 * chroma2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * turned),
    )
    bend = math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * bend
    return math.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2])
