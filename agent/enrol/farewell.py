"""The one sentence that the patient hears when their hub is ready, in their language."""

from __future__ import annotations

from collections.abc import Mapping

from config.load import parse

_SENTENCES: Mapping[str, str] = {
    "en": "It is ready: measure as you always do, and your care team sees it; nothing else to do.",
    "de": "Es ist bereit: Messen Sie wie immer, Ihr Behandlungsteam sieht es; "
    "sonst ist nichts zu tun.",
    "es": "Está listo: mida como siempre y su equipo médico lo verá; no tiene que hacer nada más.",
}


def farewell(settings: str) -> str:
    """Return the sentence in the language of the settings (TOML)."""
    return _SENTENCES[parse(settings, source="the clinic's settings").screen.language]
