"""An icon on the bus, as `org.kde.StatusNotifierItem` has it: panels read it and show it."""

# Annotations stay values here: dbus-fast takes the word "None" for no signature and fails.

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

from dbus_fast import PropertyAccess
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from difclient.tray.picture import pixmaps_of

_READ: Final = PropertyAccess.READ
_Pixmaps = Annotated[list[list[Any]], DBusSignature("a(iiay)")]
_ToolTip = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]


class StatusItem(ServiceInterface):
    """What the bus knows of an icon.

    Args:
        name: of the program.
        words: what the tooltip says.
        icon: a picture, RGBA.
        menu: the path of its menu on the bus.
        act: called at a click.
    """

    def __init__(
        self,
        name: str,
        words: str,
        icon: Any,  # noqa: ANN401
        menu: str,
        act: Callable[[], None],
    ) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._name, self._menu, self._do = name, menu, act
        self.words, self.icon, self.attention = words, icon, False
        self._pixmaps = pixmaps_of(icon)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file, self._written = "", 0

    def show(self, icon: Any) -> None:  # noqa: ANN401
        """Show another picture."""
        self.icon, self._pixmaps = icon, pixmaps_of(icon)
        self._write()
        self.new_icon()
        if self.attention:
            self.new_attention_icon()

    def say(self, words: str) -> None:
        """Say something else in the tooltip."""
        self.words = words
        self.new_title()
        self.new_tool_tip()

    def call(self, wanted: bool) -> None:  # noqa: FBT001
        """Ask for somebody who looks, or do not."""
        if wanted != self.attention:
            self.attention = wanted
            self.new_attention_icon()
            self.new_status()

    def name_files(self, wanted: bool) -> None:  # noqa: FBT001
        """Whether the panel needs a file instead of a picture."""
        if wanted != (self._folder is not None):
            self.forget_files()
            place = os.environ.get("XDG_RUNTIME_DIR")  # what a killed icon leaves goes with it
            self._folder = (
                tempfile.TemporaryDirectory(prefix="difd-tray-", dir=place) if wanted else None
            )
            self._write()

    def forget_files(self) -> None:
        """Remove what was written for the panel."""
        if self._folder is not None:
            self._folder.cleanup()
        self._folder, self._file = None, ""

    def _write(self) -> None:
        """Panels look at a file again only where it has another name."""
        if self._folder is None:
            return
        before = self._file
        self._written += 1
        self._file = str(Path(self._folder.name) / f"{self._name}-{self._written}.png")
        self.icon.save(self._file)
        if before:
            Path(before).unlink(missing_ok=True)

    def _status(self) -> str:
        return "NeedsAttention" if self.attention else "Active"

    @dbus_property(access=_READ, name="Category")
    def category(self) -> DBusStr:
        """A program that works by itself."""
        return "ApplicationStatus"

    @dbus_property(access=_READ, name="Id")
    def identity(self) -> DBusStr:
        """The program."""
        return self._name

    @dbus_property(access=_READ, name="Title")
    def title(self) -> DBusStr:
        """What some panels show instead of the tooltip."""
        return self.words

    @dbus_property(access=_READ, name="Status")
    def status(self) -> DBusStr:
        """Whether panels should point at it."""
        return self._status()

    @dbus_property(access=_READ, name="IconName")
    def icon_name(self) -> DBusStr:
        """A file, where the panel wants one; no theme has the picture."""
        return self._file

    @dbus_property(access=_READ, name="IconPixmap")
    def icon_pixmap(self) -> _Pixmaps:
        """The picture in several sizes."""
        return self._pixmaps

    @dbus_property(access=_READ, name="IconAccessibleDesc")
    def icon_accessible_desc(self) -> DBusStr:
        """What screen readers say of the picture; GNOME's extension asks for it."""
        return self.words

    @dbus_property(access=_READ, name="AttentionAccessibleDesc")
    def attention_accessible_desc(self) -> DBusStr:
        """The same, for the picture says it."""
        return self.words

    @dbus_property(access=_READ, name="AttentionIconName")
    def attention_icon_name(self) -> DBusStr:
        """The same, for the picture says it."""
        return self._file

    @dbus_property(access=_READ, name="AttentionIconPixmap")
    def attention_icon_pixmap(self) -> _Pixmaps:
        """The same, where it is wanted."""
        return self._pixmaps if self.attention else []

    @dbus_property(access=_READ, name="OverlayIconName")
    def overlay_icon_name(self) -> DBusStr:
        """The picture has its own mark."""
        return ""

    @dbus_property(access=_READ, name="IconThemePath")
    def icon_theme_path(self) -> DBusStr:
        """No theme of ours."""
        return ""

    @dbus_property(access=_READ, name="ToolTip")
    def tool_tip(self) -> _ToolTip:
        """Icon, title and text; the title says it all."""
        return ["", [], self.words, ""]

    @dbus_property(access=_READ, name="WindowId")
    def window_id(self) -> DBusInt32:
        """There is no window."""
        return 0

    @dbus_property(access=_READ, name="ItemIsMenu")
    def item_is_menu(self) -> DBusBool:
        """A click does something; the menu is for the other button."""
        return False

    @dbus_property(access=_READ, name="Menu")
    def menu(self) -> DBusObjectPath:
        """Where the menu is."""
        return self._menu

    @dbus_method(name="Activate")
    def activate(self, x: DBusInt32, y: DBusInt32) -> None:
        """A click."""
        del x, y
        self._do()

    @dbus_method(name="SecondaryActivate")
    def secondary_activate(self, x: DBusInt32, y: DBusInt32) -> None:
        """A click with the middle button."""
        del x, y
        self._do()

    @dbus_method(name="ContextMenu")
    def context_menu(self, x: DBusInt32, y: DBusInt32) -> None:
        """Whoever shows the menu reads it from its own object."""

    @dbus_method(name="Scroll")
    def scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:
        """Nothing is scrolled."""

    @dbus_signal(name="NewIcon")
    def new_icon(self) -> None:
        """The picture is another."""

    @dbus_signal(name="NewAttentionIcon")
    def new_attention_icon(self) -> None:
        """The picture is another."""

    @dbus_signal(name="NewTitle")
    def new_title(self) -> None:
        """The tooltip says something else; some panels show the title as one."""

    @dbus_signal(name="NewToolTip")
    def new_tool_tip(self) -> None:
        """The tooltip says something else."""

    @dbus_signal(name="NewStatus")
    def new_status(self) -> DBusStr:
        """Somebody should look, or need not any more."""
        return self._status()
