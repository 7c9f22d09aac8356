"""What a care team might write, in the screen's languages: for samples and the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words of one made-up care team."""

    nurse: str
    doctor: str
    role: str
    letter: str
    high: str
    fine: str
    form: str
    display: str
    choice: str
    choices: tuple[str, ...]
    many: str
    boolean: str
    integer: str
    decimal: str
    date: str
    time: str
    open: str
    foods: tuple[str, ...]
    text: str


SAID: Mapping[str, Said] = {
    "en": Said(
        nurse="Nurse Weber",
        doctor="Dr Sandra Hoffmann",
        role="Heart clinic",
        letter=(
            "Good morning! Your readings of last week look steady. "
            "Please keep taking your tablets as before. "
        ),
        high="Your readings were a little high today. We will call you this afternoon.",
        fine="Thank you",
        form="Daily check-in",
        display="A few questions about today.",
        choice="How do you feel today?",
        choices=("Very well", "Well", "So-so", "Unwell"),
        many="What do you notice today?",
        boolean="Are your ankles swollen?",
        integer="How short of breath are you, from 0 to 10?",
        decimal="What does the scale say?",
        date="When were you last at the doctor's?",
        time="When did you get up?",
        open="What did you have for breakfast?",
        foods=("Bread", "Porridge"),
        text="What else should we know?",
    ),
    "de": Said(
        nurse="Schwester Weber",
        doctor="Dr. Sandra Hoffmann",
        role="Herzambulanz",
        letter=(
            "Guten Morgen! Ihre Messwerte der letzten Woche sind gleichmäßig. "
            "Bitte nehmen Sie Ihre Tabletten wie bisher. "
        ),
        high="Ihre Werte waren heute etwas hoch. Wir rufen Sie am Nachmittag an.",
        fine="Danke",
        form="Tagesfragen",
        display="Ein paar Fragen zum heutigen Tag.",
        choice="Wie geht es Ihnen heute?",
        choices=("Sehr gut", "Gut", "Mittelmäßig", "Nicht gut"),
        many="Was bemerken Sie heute?",
        boolean="Sind Ihre Knöchel geschwollen?",
        integer="Wie kurzatmig sind Sie, von 0 bis 10?",
        decimal="Was zeigt die Waage?",
        date="Wann waren Sie zuletzt beim Arzt?",
        time="Wann sind Sie aufgestanden?",
        open="Was gab es zum Frühstück?",
        foods=("Brot", "Haferbrei"),
        text="Was sollten wir noch wissen?",
    ),
    "es": Said(
        nurse="Enfermera Vega",
        doctor="Dra. Sandra Fernández",
        role="Clínica del corazón",
        letter=(
            "¡Buenos días! Sus medidas de la semana pasada son estables. "
            "Por favor, siga tomando sus pastillas como hasta ahora. "
        ),
        high="Sus medidas de hoy fueron algo altas. Le llamaremos esta tarde.",
        fine="Gracias",
        form="Preguntas del día",
        display="Unas preguntas sobre el día de hoy.",
        choice="¿Cómo se siente hoy?",
        choices=("Muy bien", "Bien", "Regular", "No muy bien"),
        many="¿Qué nota hoy?",
        boolean="¿Tiene los tobillos hinchados?",
        integer="¿Cuánto le falta el aire, de 0 a 10?",
        decimal="¿Qué marca la báscula?",
        date="¿Cuándo fue por última vez al médico?",
        time="¿A qué hora se levantó?",
        open="¿Qué desayunó?",
        foods=("Pan", "Avena"),
        text="¿Qué más deberíamos saber?",
    ),
}
