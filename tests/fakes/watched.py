"""Somebody at the screen: a model, the time, and everything it did."""

from __future__ import annotations

from dataclasses import replace

from agent.screen import model
from agent.screen.messages import FromHub, FromScreen, Home
from agent.screen.model import Model
from agent.screen.sight import Sight
from agent.screen.views.view import Effect, Say, Tell


class Screen:
    """A screen that is pressed and told things."""

    def __init__(self, first: Home | None = None, *, connected: bool = True) -> None:
        self.at_s = 0.0
        self.model = replace(Model(at_s=0.0), connected=connected)
        self.did: list[Effect] = []
        if first is not None:
            self.hub(first)

    def _take(self, done: model.Done) -> None:
        self.model, effects = done
        self.did += effects

    def hub(self, message: FromHub) -> None:
        self._take(model.told(self.model, message, self.at_s))

    def press(self, *actions: str) -> None:
        for action in actions:
            self._take(model.pressed(self.model, action, self.at_s))

    def wait(self, seconds: float) -> None:
        self.at_s += seconds
        self._take(model.ticked(self.model, self.at_s))

    def see(self, sight: Sight) -> None:
        self._take(model.saw(self.model, sight, self.at_s))

    def connected(self, *, is_there: bool) -> None:
        self._take(model.connected(self.model, self.at_s, is_there=is_there))

    @property
    def page(self) -> str:
        return self.model.page.name

    @property
    def told(self) -> list[FromScreen]:
        return [effect.message for effect in self.did if isinstance(effect, Tell)]

    @property
    def said(self) -> list[str]:
        return [effect.text for effect in self.did if isinstance(effect, Say)]
