#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine in a window: window.py WHERE, with WHERE as "oriel view" takes it."""
import sys

import gi
gi.require_versions({'Gtk': '4.0', 'Oriel': '0'})
from gi.repository import Gtk, Oriel  # noqa: E402


def show(app):
    machine = Oriel.Connection(where=sys.argv[1])
    machine.connect('disconnected', lambda machine, reason: app.quit())
    window = Gtk.ApplicationWindow(application=app, title=sys.argv[1], default_width=1024, default_height=768)
    window.set_child(Oriel.Display(connection=machine))
    window.present()
    machine.open()


app = Gtk.Application()
app.connect('activate', show)
app.run()
