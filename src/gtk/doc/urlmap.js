// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the references of other libraries are.
baseURLs = [
  ['GObject', 'https://docs.gtk.org/gobject/'],
  ['Gdk', 'https://docs.gtk.org/gdk4/'],
  ['Gtk', 'https://docs.gtk.org/gtk4/'],
]
