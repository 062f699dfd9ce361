"""A menu by D-Bus, com.canonical.dbusmenu: panels read it, draw it, and say what was clicked.

As long as a menu has the same lines, only the words that changed are told, so that one which is
open stays open. With other lines every line gets a new number: a click on one that is no longer
there does nothing, instead of what another line means.
"""

# Annotations stay values here: dbus-fast takes the word "None" for no signature and fails.

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Annotated, Any, Final, NamedTuple

from dbus_fast import DBusError, PropertyAccess, Variant
from dbus_fast.annotations import (
    DBusBool,
    DBusInt32,
    DBusSignature,
    DBusStr,
    DBusUInt32,
    DBusVariant,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

Properties = dict[str, Variant]

_Names = Annotated[list[str], DBusSignature("as")]
_Numbers = Annotated[list[int], DBusSignature("ai")]
_Layout = Annotated[list[Any], DBusSignature("u(ia{sv}av)")]
_Events = Annotated[list[list[Any]], DBusSignature("a(isvu)")]
_Described = Annotated[list[list[Any]], DBusSignature("a(ia{sv})")]
_Updated = Annotated[list[Any], DBusSignature("a(ia{sv})a(ias)")]
_Revision = Annotated[list[int], DBusSignature("ui")]
_Shown = Annotated[list[list[int]], DBusSignature("aiai")]

_ROOT: Final = 0
_SUBMENU: Final = {"children-display": Variant("s", "submenu")}


class Line(NamedTuple):
    """A line of the menu.

    Attributes:
        number: what panels call it.
        item: pystray's.
        properties: as the protocol names them.
        lines: those of its submenu.
    """

    number: int
    item: Any
    properties: Properties
    lines: "tuple[Line, ...]"


class ItemMenu(ServiceInterface):
    """The menu of an icon.

    Args:
        items: reads a menu of pystray, as it is now.
        separator: the item of pystray that stands for a line between others.
        clicked: called with the item of pystray that was clicked.
    """

    def __init__(
        self, items: Iterable[Any], separator: object, clicked: Callable[[Any], None]
    ) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._items, self._separator, self._clicked = items, separator, clicked
        self._revision, self._last = 0, _ROOT
        self._root = Line(_ROOT, None, _SUBMENU, ())

    def renew(self) -> bool:
        """Read the menu again and tell what changed; whether it has other lines than before."""
        first = self._root.lines[0].number if self._root.lines else 1
        root = self._root._replace(lines=self._read(self._items, count(first)))
        if _shape(root) != _shape(self._root):
            root = root._replace(lines=self._read(self._items, count(self._last + 1)))
            self._root, self._revision = root, self._revision + 1
            self._last = max(line.number for line in _all(root))
            self.layout_updated()
            return True
        before = {line.number: line.properties for line in _all(self._root)}
        self._root = root
        changed = [
            [line.number, line.properties]
            for line in _all(root)
            if line.properties != before[line.number]
        ]
        if changed:
            self.items_properties_updated(changed)
        return False

    def _read(self, items: Iterable[Any], numbers: Iterator[int]) -> tuple[Line, ...]:
        lines = []
        for item in items:
            number = next(numbers)
            if item is self._separator:
                lines.append(Line(number, item, {"type": Variant("s", "separator")}, ()))
                continue
            below = () if item.submenu is None else self._read(item.submenu, numbers)
            lines.append(Line(number, item, _properties(item), below))
        return tuple(lines)

    def _find(self, number: int) -> Line:
        for line in _all(self._root):
            if line.number == number:
                return line
        raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", "there is no such line")

    def _take(self, line: Line, kind: str) -> None:
        if kind == "clicked" and line.item is not None and not line.lines:
            self._clicked(line.item)

    @dbus_property(access=PropertyAccess.READ, name="Version")
    def version(self) -> DBusUInt32:
        """Of the protocol."""
        return 3

    @dbus_property(access=PropertyAccess.READ, name="TextDirection")
    def text_direction(self) -> DBusStr:
        """Whatever we say is written from left to right."""
        return "ltr"

    @dbus_property(access=PropertyAccess.READ, name="Status")
    def status(self) -> DBusStr:
        """A menu that should be pointed at would say `notice`."""
        return "normal"

    @dbus_property(access=PropertyAccess.READ, name="IconThemePath")
    def icon_theme_path(self) -> _Names:
        """No line has a picture."""
        return []

    @dbus_method(name="GetLayout")
    def get_layout(self, parent: DBusInt32, depth: DBusInt32, names: _Names) -> _Layout:
        """A line and so many levels below it, with some or all properties."""
        return [self._revision, _laid_out(self._find(parent), depth, names)]

    @dbus_method(name="GetGroupProperties")
    def get_group_properties(self, numbers: _Numbers, names: _Names) -> _Described:
        """The properties of some or all lines."""
        return [
            [line.number, _chosen(line.properties, names)]
            for line in _all(self._root)
            if not numbers or line.number in numbers
        ]

    @dbus_method(name="GetProperty")
    def get_property(self, number: DBusInt32, name: DBusStr) -> DBusVariant:
        """One property of a line."""
        try:
            return self._find(number).properties[name]
        except KeyError as error:
            message = "the line has no such property"
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", message) from error

    @dbus_method(name="Event")
    def event(self, number: DBusInt32, kind: DBusStr, data: DBusVariant, when: DBusUInt32) -> None:
        """Something was done to a line; only clicks matter."""
        del data, when
        self._take(self._find(number), kind)

    @dbus_method(name="EventGroup")
    def event_group(self, events: _Events) -> _Numbers:
        """The same of several lines at once; those that are not there any more."""
        known = {line.number: line for line in _all(self._root)}
        for number, kind, _data, _when in events:
            if number in known:
                self._take(known[number], kind)
        return [event[0] for event in events if event[0] not in known]

    @dbus_method(name="AboutToShow")
    def about_to_show(self, number: DBusInt32) -> DBusBool:
        """A panel is about to open the menu; whether it has to be laid out again."""
        del number
        return self.renew()

    @dbus_method(name="AboutToShowGroup")
    def about_to_show_group(self, numbers: _Numbers) -> _Shown:
        """The same of several submenus at once."""
        return [numbers if self.renew() else [], []]

    @dbus_signal(name="ItemsPropertiesUpdated")
    def items_properties_updated(self, changed: list[list[Any]]) -> _Updated:
        """Lines say something else than before."""
        return [changed, []]

    @dbus_signal(name="LayoutUpdated")
    def layout_updated(self) -> _Revision:
        """There are other lines than before."""
        return [self._revision, _ROOT]


def _properties(item: Any) -> Properties:  # noqa: ANN401  pystray has no types
    """What panels are told of an item; an underscore would mark a key, two are one."""
    properties = {
        "label": Variant("s", item.text.replace("_", "__")),
        "enabled": Variant("b", bool(item.enabled)),
    }
    if item.submenu is not None:
        properties |= _SUBMENU
    if item.checked is not None:
        properties["toggle-type"] = Variant("s", "radio" if item.radio else "checkmark")
        properties["toggle-state"] = Variant("i", int(item.checked))
    return properties


def _all(line: Line) -> Iterator[Line]:
    yield line
    for below in line.lines:
        yield from _all(below)


def _shape(line: Line) -> tuple[object, ...]:
    """Which lines there are, and of which kinds, whatever their words and states."""
    return (tuple(line.properties), *map(_shape, line.lines))


def _laid_out(line: Line, depth: int, names: list[str]) -> list[Any]:
    """A line as `(ia{sv}av)`, with so many levels below it; -1 for all."""
    below = [] if depth == 0 else [_laid_out(one, depth - 1, names) for one in line.lines]
    return [
        line.number,
        _chosen(line.properties, names),
        [Variant("(ia{sv}av)", one) for one in below],
    ]


def _chosen(properties: Properties, names: list[str]) -> Properties:
    """Those of the wanted names; without any, all."""
    return {name: value for name, value in properties.items() if not names or name in names}
