"""The movement rule once more, for one player, in plain integers: written from the text in game/arena/movement.py.

It shares no code and no table with the vectorised function. ``Body`` counts the branches it goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isqrt

R, T, LONGEST = 576, 1536, 960


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def half_away(a: int, b: int) -> int:
    return sign(a) * ((2 * abs(a) + b) // (2 * b))


def length_of(x: int, y: int) -> int:
    return isqrt((x * x + y * y) * 65536)


@dataclass
class Rates:
    walk: int
    boots: int
    dash: int
    dash_ticks: int
    dash_cooldown: int


@dataclass
class Contact:
    moved: int
    cut: int = 0
    corner: bool = False
    extent: int = 0
    away: int = 0
    overlap: int = 0


@dataclass
class Body:
    is_wall: Callable[[int, int], bool]  # column, line
    x: int
    y: int
    dash_x: int = 0
    dash_y: int = 0
    dash_until: int = 0
    dash_ready: int = 0
    boots_from: int = 0
    boots_until: int = 0
    branches: Counter[str] = field(default_factory=Counter)

    def step(self, x: int, y: int, buttons: int, tick: int, rates: Rates, may_move: bool = True) -> None:
        if may_move and buttons & 1 and tick >= self.dash_ready and (x, y) != (0, 0):
            self.branches["dash"] += 1
            length = length_of(x, y)
            self.dash_x, self.dash_y = half_away(127 * 256 * x, length), half_away(127 * 256 * y, length)
            self.dash_until = tick + rates.dash_ticks - 1
            self.dash_ready = tick + rates.dash_cooldown
        speed = rates.walk
        if tick <= self.dash_until:
            x, y, speed = self.dash_x, self.dash_y, rates.dash
        elif self.boots_from <= tick <= self.boots_until:
            speed = rates.boots
            self.branches["boots"] += 1
        if not may_move:
            speed = 0
        divisor = max(127 * 256, length_of(x, y))
        vx, vy = half_away(256 * speed * x, divisor), half_away(256 * speed * y, divisor)
        pieces = max(1, -(-max(abs(vx), abs(vy)) // LONGEST))
        self.branches[f"{pieces} pieces"] += 1
        for i in range(pieces):
            self.piece(vx * (i + 1) // pieces - vx * i // pieces, vy * (i + 1) // pieces - vy * i // pieces)

    def piece(self, ux: int, uy: int) -> None:
        start_x = self.x
        contact = self.travel_x(ux)
        down = uy
        if contact.cut and contact.corner and contact.overlap:
            wish, nudge = uy * contact.away, min(contact.cut, contact.overlap)
            dx, dy = contact.extent, R - contact.overlap
            if wish >= 0:
                self.branches["around, free"] += 1
                down = contact.away * max(wish, nudge)
            elif abs(ux) * dy >= abs(uy) * dx:
                self.branches["around, against the input"] += 1
                down = contact.away * nudge
            else:
                self.branches["other side first"] += 1
                self.travel_x(-sign(ux) * min(contact.cut, R - dx))
        contact = self.travel_y(down)
        if contact.cut and contact.corner and contact.overlap:
            moved = self.x - start_x
            wish, nudge = ux * contact.away, min(contact.cut, contact.overlap)
            dx, dy = R - contact.overlap, contact.extent
            if wish >= 0:
                self.branches["down, free"] += 1
                self.travel_x(contact.away * max(0, nudge - wish))
            elif abs(down) * dx > abs(ux) * dy:
                self.branches["down, against the input"] += 1
                self.travel_x(contact.away * min(abs(moved) + nudge, LONGEST))
            else:
                self.branches["down, waits"] += 1

    def travel_x(self, u: int) -> Contact:
        contact = self.travel(self.x, self.y, u, self.is_wall)
        self.x += contact.moved
        return contact

    def travel_y(self, u: int) -> Contact:
        contact = self.travel(self.y, self.x, u, lambda line, column: self.is_wall(column, line))
        self.y += contact.moved
        return contact

    def travel(self, along: int, across: int, u: int, is_wall: Callable[[int, int], bool]) -> Contact:
        if u == 0:
            return Contact(0)
        column, line, f = along // T, across // T, across % T
        gap = T - along % T if u > 0 else along % T
        contact = Contact(u)
        if is_wall(column + sign(u), line):
            contact.extent = R
        else:
            if f < R:
                distance, contact.away = f, 1
            elif T - f < R:
                distance, contact.away = T - f, -1
            else:
                return contact
            if not is_wall(column + sign(u), line - contact.away):
                return contact
            contact.corner = True
            contact.extent = (
                next(e for e in range(R, -1, -1) if e * e >= R * R - distance * distance > (e - 1) ** 2)
                if distance
                else R
            )
            contact.overlap = R - distance if distance else 0
        contact.cut = max(0, abs(u) - max(0, gap - contact.extent))
        contact.moved = u - sign(u) * contact.cut
        self.branches["flat" if contact.cut and not contact.corner else "travel"] += 1
        return contact
