"""`difctl keys`: who may use this machine's daemon, and whose daemons this machine trusts."""

from __future__ import annotations

import click
import zmq

from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difd.protocol.errors import DaemonNotRunning, InvalidOption
from difd.protocol.remote import (
    Allowed,
    Host,
    check_key,
    check_name,
    parse_address,
    user_remote_files,
)

# One key in 85 begins with "-": after the name that comes first, nothing is an option.
_KEY_LAST = {"allow_interspersed_args": False}


@click.group()
def keys() -> None:
    """Let other machines use this machine's daemon, and trust theirs.

    \b
    Example, to use the daemon of a NAS from a laptop:
      laptop$ difctl keys show
      nas$    difctl keys allow laptop 'KEY OF THE LAPTOP'
      nas$    difctl daemon listen
      laptop$ difctl keys trust nas nas.local 'KEY OF THE NAS'
      laptop$ difctl --host nas search /volume/photos
    """


@keys.command()
def show() -> None:
    """Print this user's key, which other machines have to allow.

    It is not a secret.

    \b
    Example:
      difctl keys show
    """
    click.echo(user_remote_files().client_key(zmq.curve_keypair).public)


@keys.command()
@click.confirmation_option(
    prompt="Machines that allow the old key will refuse the new one. Go on?", help="Do not ask."
)
def new() -> None:
    """Make and print a new key for this user.

    Do so when the old one's secret half may have become known. Machines that allow the old key
    have to allow the new one.

    \b
    Example:
      difctl keys new --yes
    """
    click.echo(user_remote_files().renew_client_key(zmq.curve_keypair).public)


@keys.command(context_settings=_KEY_LAST)
@click.argument("name")
@click.argument("key")
def allow(name: str, key: str) -> None:
    """Let the owner of KEY use this machine's daemon.

    That machine, which you call NAME here, may then do all that you may do through the daemon. It
    prints its KEY with `difctl keys show`.

    \b
    Example:
      difctl keys allow laptop 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'
    """
    added = Allowed(check_name(name), check_key(key))
    files = user_remote_files()
    others = tuple(one for one in files.allowed() if name != one.name and key != one.key)
    files.set_allowed((*others, added))
    apply_access()
    Printer().line((f"{name} may use this machine's daemon.", ""))


@keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Stop letting NAME in, and end its connections.

    \b
    Example:
      difctl keys revoke laptop
    """
    files = user_remote_files()
    before = files.allowed()
    left = tuple(one for one in before if name not in {one.name, one.key})
    if left == before:
        raise InvalidOption(
            f"Nobody is allowed in under the name {name!r}.",
            hint="See who is with: difctl keys list",
        )
    files.set_allowed(left)
    apply_access()
    Printer().line((f"{name} may no longer use this machine's daemon.", ""))


@keys.command(context_settings=_KEY_LAST)
@click.argument("name")
@click.argument("address")
@click.argument("key")
def trust(name: str, address: str, key: str) -> None:
    """Add the daemon at ADDRESS, for `difctl --host NAME`.

    ADDRESS is HOST or HOST:PORT. `difctl daemon listen` prints the KEY on that machine.

    \b
    Example:
      difctl keys trust nas nas.local 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
    """
    parse_address(address)
    added = Host(check_name(name), address, check_key(key))
    files = user_remote_files()
    files.set_hosts((*(one for one in files.hosts() if one.name != name), added))
    Printer().line((f"{name} is trusted. Try: difctl --host {name} daemon status", ""))


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List who is allowed in, and which daemons are trusted.

    \b
    Example:
      difctl keys list
    """
    files = user_remote_files()
    allowed, hosts = files.allowed(), files.hosts()
    if as_json:
        print_json(
            {
                "allowed": [{"name": one.name, "key": one.key} for one in allowed],
                "trusted": [
                    {"name": one.name, "address": one.address, "key": one.key} for one in hosts
                ],
            }
        )
        return
    printer = Printer()
    for guest in allowed:
        printer.line(("allowed  ", "green"), (guest.name, "bold"), (f"  {guest.key}", "dim"))
    for host in hosts:
        printer.line(
            ("trusted  ", "cyan"), (host.name, "bold"), (f"  {host.address}  {host.key}", "dim")
        )
    if not allowed and not hosts:
        printer.line(("Nobody is allowed in, and no other daemon is trusted.", ""))


def apply_access() -> str | None:
    """Have the daemon read the files again, if it runs; where it listens then."""
    try:
        with Client(start=False, here=True) as client:
            return client.apply_access()
    except DaemonNotRunning:
        return None  # it reads them when it starts
