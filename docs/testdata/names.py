"""Lists what the Python client kneo-client offers: methods of the client and its services, and what kneo_client.core exports."""

import inspect

import kneo_client.core
from kneo_client import KneoClient
from kneo_client.agent import client as agent
from kneo_client.platform import client as platform


def members(kind):
    """Returns the names of the public methods and properties of a class."""
    return [name for name, _ in inspect.getmembers(kind) if not name.startswith("_")]


def services(owner, module):
    """Yields the services of one side of the client: the properties or annotations that name a class ending in Client."""
    for name, kind in sorted(vars(module).items()):
        if name.endswith("Client") and inspect.isclass(kind) and kind.__module__ != module.__name__:
            yield f"{owner}.{kind.__module__.rsplit('.', 1)[1]}", kind


names = [f"KneoClient.{name}" for name in members(KneoClient)]
for owner, module in (("platform", platform), ("agent", agent)):
    for service, kind in services(owner, module):
        names += [f"{service}.{name}" for name in members(kind)]
names += [f"core.{name}" for name in kneo_client.core.__all__]
print("\n".join(sorted(names)))
