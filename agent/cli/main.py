"""The command `hearth`: noun-verb, results on stdout, problems on stderr with a code."""

from __future__ import annotations

import typer

from agent.cli import (
    audit,
    bench,
    bridge,
    care,
    decode,
    demo,
    device_pair,
    doctor,
    enroll,
    explain,
    fleet_act,
    fleet_machine,
    hub_reset,
    ledger,
    login,
    readings_decide,
    run,
    screen,
    support,
    visit,
    vitals,
)
from agent.cli.ending import carried_out

app = typer.Typer(
    name="hearth",
    help="Home hub for remote patient monitoring.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: it wraps by itself, and NO_COLOR needs nothing
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("screen")(screen.screen)
app.command("decode")(decode.decode)
app.command("doctor")(doctor.doctor)
app.command("enroll")(enroll.enroll)
app.command("explain")(explain.explain)
app.command("vitals")(vitals.vitals)
app.command("ledger")(ledger.ledger)
app.add_typer(device_pair.app, name="device")
app.add_typer(readings_decide.app, name="readings")
app.add_typer(bench.app, name="bench")
app.add_typer(bridge.app, name="bridge")
app.add_typer(audit.app, name="audit")
app.add_typer(care.app, name="care")
app.add_typer(hub_reset.app, name="hub")
app.add_typer(support.app, name="support")
app.add_typer(login.app, name="login")
app.add_typer(visit.app, name="visit")
fleet_act.app.add_typer(fleet_machine.app, name="machine")
app.add_typer(fleet_act.app, name="fleet")


def main() -> None:
    """Run the command line."""
    carried_out(app)


if __name__ == "__main__":
    main()
