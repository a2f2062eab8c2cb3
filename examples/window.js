#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A machine in a window: window.js WHERE, with WHERE as "oriel view" takes it.
import Gtk from 'gi://Gtk?version=4.0';
import Oriel from 'gi://Oriel?version=0';
import {programArgs} from 'system';

const app = new Gtk.Application();
app.connect('activate', () => {
    const machine = new Oriel.Connection({where: programArgs[0]});
    machine.connect('disconnected', () => app.quit());
    const window = new Gtk.ApplicationWindow({application: app, title: programArgs[0], default_width: 1024, default_height: 768});
    window.set_child(new Oriel.Display({connection: machine}));
    window.present();
    machine.open();
});
app.run([]);
