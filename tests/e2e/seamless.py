#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The windows of a real guest as windows of real X displays. The words of the command line are groups of tests on
one guest, booted once: "screen" (whole_screen.py), a window manager of the host's or "none", and at last "ends".

Each test compares what winprobe says of the guest's display with what it says of the host's.
"""
import os
import re
import select
import signal
import sys

import whole_screen
from harness import SLOW, Environment, Failure, Tap, expect

TITLES = ('one', 'two')


def open_terminals(env):
    """Two that overlap, "two" to the lower right; those of an earlier group, moved about since, go first."""
    for window in env.guest.list():
        if window.title in TITLES:
            env.guest.do('xdotool windowkill ' + window.id)
            env.guest.until(f'id={window.id}', 'gone')
    env.guest.start('/run/g/as-user xterm -T one -geometry 60x16+60+80 -e sh -c "cat >>/tmp/typed-one"')
    env.guest.start('/run/g/as-user xterm -T two -geometry 60x16+300+260 -e sh -c "cat >>/tmp/typed-two"')
    for title in TITLES:
        env.guest.until(f'title={title}', 'mapped', seconds=30)


def same_window(env, display, title):
    """The guest's window and its host window at rest, equal in all that a person sees."""
    display.do('wmctrl', '-a', title)
    env.guest.until(f'title={title}', 'focus')
    display.quiet()
    guest = env.guest.window(title)
    host = display.until(f'title={title}', f'class={guest.class_name}', f'hash={guest.hash}')
    expect((host.w, host.h) == (guest.w, guest.h), f'{title}: host {host}, guest {guest}')
    return guest, host


def test_every_window(env, display):
    for title in TITLES:
        display.until(f'title={title}', 'mapped', seconds=20)
    for guest in env.guest.list():
        if guest.managed:
            same_window(env, display, guest.title)
    shown = [w for w in display.list() if w.managed]
    there = [w for w in env.guest.list() if w.managed]
    expect(len(shown) == len(there), f'host {shown}, guest {there}')


def typed(env, title, text):
    """Waits until a terminal has got just these lines."""
    env.guest.do(f'n=0; until [ $(wc -l < /tmp/typed-{title}) -ge {len(text)} ]; do /bin/busybox usleep 20000; '
                 'n=$((n+1)); [ $n -lt 500 ] || break; done')
    there = env.guest.do(f'cat /tmp/typed-{title}').splitlines()
    expect(there == text, f'the window "{title}" got {there!r}, not {text!r}')


def test_typing(env, display):
    env.guest.do(': >/tmp/typed-one; : >/tmp/typed-two')
    for title in ('two', 'one', 'two'):
        display.do('wmctrl', '-a', title)
        display.until(f'title={title}', 'focus')
        display.do('xdotool', 'type', '--delay', '20', f'to {title}')
        display.do('xdotool', 'key', 'Return')
    typed(env, 'one', ['to one'])
    typed(env, 'two', ['to two'] * 2)


def test_click_and_type(env, display):
    """A click into what is visible of the lower of two overlapped windows, then keys at once."""
    env.guest.do(': >/tmp/typed-one; : >/tmp/typed-two')
    display.do('wmctrl', '-a', 'one')
    env.guest.until('title=one', 'focus')
    one, two = display.window('one'), display.window('two')
    expect(one.x < two.x < one.x + one.w and one.y < two.y < one.y + one.h, f'not overlapped: {one}, {two}')
    points = {'one': (one.x + 20, one.y + 20), 'two': (two.x + two.w - 20, two.y + two.h - 20)}
    for title in ('two', 'one', 'two'):
        x, y = points[title]
        display.do('xdotool', 'mousemove', str(x), str(y), 'click', '1')
        display.until(f'title={title}', 'focus')
        # The arrow is a key whose code is another one in the keymap that XTEST is born with.
        display.do('xdotool', 'type', '--delay', '20', f'in {title}')
        display.do('xdotool', 'key', 'Left', 'Return')
    typed(env, 'one', ['in one\x1b[D'])
    typed(env, 'two', ['in two\x1b[D'] * 2)


def equal_places(env, display, title):
    """At rest, at the same place, and still there after a while: no side corrects the other for ever."""
    display.quiet()
    env.guest.until(f'title={title}', 'place=' + display.window(title).place)
    display.quiet()
    env.guest.quiet()
    guest, host = env.guest.window(title), display.window(title)
    expect(guest.place == host.place, f'{title}: host {host.place}, guest {guest.place}')
    return host


def drag_on(display, x, y, dx, dy, button='1'):
    """A real drag: the button held, many motions, let go."""
    display.do('xdotool', 'mousemove', str(x), str(y), 'mousedown', button)
    for step in range(1, 17):
        display.do('xdotool', 'mousemove', str(x + dx * step // 16), str(y + dy * step // 16))
    display.do('xdotool', 'mouseup', button)


def test_host_drag(env, display):
    """By the title bar; without a window manager there is none, so windows are moved by request."""
    display.do('wmctrl', '-a', 'one')
    display.until('title=one', 'focus')
    before = equal_places(env, display, 'one')
    if display.manager:
        drag_on(display, before.x + before.w // 2, before.y - 8, 130, 85)
    else:
        for step in range(1, 16):
            display.do('wmctrl', '-r', 'one', '-e', f'10,{before.x + 8 * step},{before.y + 5 * step},-1,-1')
    after = equal_places(env, display, 'one')
    expect((after.x, after.y) != (before.x, before.y), 'the host\'s drag did not move the window')
    if display.manager:
        expect(abs(after.x - before.x - 130) < 24 and abs(after.y - before.y - 85) < 24,
               f'dragged by 130,85 from {before.place}, it is at {after.place}')
    same_window(env, display, 'one')


def test_guest_drag(env, display):
    """With Alt and the mouse inside the guest: its own window manager moves the window."""
    display.do('wmctrl', '-a', 'two')
    env.guest.until('title=two', 'focus')
    before = equal_places(env, display, 'two')
    x, y = before.x + before.w // 2, before.y + before.h // 2
    steps = ' '.join(f'mousemove {x + 6 * step} {y - 4 * step} sleep 0.02' for step in range(1, 17))
    env.guest.do(f'xdotool mousemove {x} {y} keydown alt mousedown 1 {steps} mouseup 1 keyup alt')
    env.guest.quiet()
    expect(env.guest.window('two').place != before.place, 'the guest\'s drag did not move the window in the guest')
    after = equal_places(env, display, 'two')
    expect(abs(after.x - before.x - 96) < 24 and abs(after.y - before.y + 64) < 24,
           f'dragged by 96,-64 from {before.place}, it is at {after.place}')


def size_hint(text, name):
    """A pair like "resize increment: 6 by 13" out of xprop's WM_NORMAL_HINTS."""
    found = re.search(name + r': (\d+) by (\d+)', text)
    expect(found, f'no {name} in {text}')
    return int(found[1]), int(found[2])


def test_resize(env, display):
    before = equal_places(env, display, 'one')
    hints = env.guest.do(f'xprop -id {env.guest.window("one").id} WM_NORMAL_HINTS')
    base, step = size_hint(hints, 'base size'), size_hint(hints, 'resize increment')
    display.do('xdotool', 'windowsize', before.id, str(before.w + 50), str(before.h + 37))
    after = equal_places(env, display, 'one')
    expect(after.w > before.w and after.h > before.h, f'not resized: {after}')
    expect((after.w - base[0]) % step[0] == 0 and (after.h - base[1]) % step[1] == 0,
           f'{after.w}x{after.h} is not whole cells of {step} on {base}')
    same_window(env, display, 'one')


def test_minimise(env, display):
    host = display.window('one')
    display.do('xdotool', 'windowminimize', host.id)
    env.guest.until('title=one', 'iconic')
    display.do('wmctrl', '-a', 'one')
    env.guest.until('title=one', 'mapped')
    same_window(env, display, 'one')
    env.guest.do('xdotool windowminimize ' + env.guest.window('one').id)
    display.until('title=one', 'iconic')
    display.do('wmctrl', '-a', 'one')
    env.guest.until('title=one', 'mapped', 'focus')


def test_maximise(env, display):
    before = display.window('one')
    display.do('wmctrl', '-r', 'one', '-b', 'add,maximized_vert,maximized_horz')
    env.guest.until('title=one', 'max')
    host = equal_places(env, display, 'one')
    expect(host.w > before.w, f'not larger: {host}')
    display.do('wmctrl', '-r', 'one', '-b', 'remove,maximized_vert,maximized_horz')
    display.until('title=one', f'place={before.place}')
    equal_places(env, display, 'one')


def test_order(env, display):
    """First the host's hand, then the guest's: at rest between, or the first would win as it should."""
    for upper, lower in (('one', 'two'), ('two', 'one')):
        display.do('wmctrl', '-a', upper)
        env.guest.until(f'title={upper}', 'above=' + env.guest.window(lower).id)
    display.quiet()
    env.guest.quiet()
    for upper, lower in (('one', 'two'), ('two', 'one')):
        env.guest.do('xdotool windowraise ' + env.guest.window(upper).id)
        display.until(f'title={upper}', 'above=' + display.window(lower).id)


def test_menu(env, display):
    """A GTK application's menu, opened with the host's keyboard."""
    env.guest.start('/run/g/as-user galculator')
    display.until('title=galculator', 'mapped', seconds=40)
    display.do('wmctrl', '-a', 'galculator')
    env.guest.until('title=galculator', 'focus')
    equal_places(env, display, 'galculator')
    count = len(display.list())
    display.do('xdotool', 'key', 'F10')
    display.until(f'count={count + 1}')
    env.guest.quiet()
    display.quiet()
    menu = [w for w in display.list() if not w.managed][-1]
    theirs = [w for w in env.guest.list() if not w.managed][-1]
    parent = [w for w in env.guest.list('galculator') if w.managed][-1]
    host = display.window('galculator')
    expect((menu.x - host.x, menu.y - host.y) == (theirs.x - parent.x, theirs.y - parent.y),
           f'the menu is at {menu.place} of {host.place}, in the guest at {theirs.place} of {parent.place}')
    display.until(f'id={menu.id}', f'hash={theirs.hash}')
    display.picture('menu.png')
    display.do('xdotool', 'key', 'Escape')
    display.until(f'count={count}')
    env.guest.start('busybox killall galculator')
    display.until('title=galculator', 'gone')


def test_dialog(env, display):
    parent = env.guest.window('one')
    env.guest.start(f'/run/g/as-user /run/g/winprobe show 200,200,220x120 question dialog:{parent.id} 9')
    host = display.until('title=question', 'mapped')
    expect(int(host.transient, 16) == int(display.window('one').id, 16), f'transient for {host.transient}')
    same_window(env, display, 'question')
    display.do('wmctrl', '-c', 'question')
    env.guest.until('title=question', 'gone')
    display.until('title=question', 'gone')
    display.quiet()
    expect(not display.window('one').iconic, 'closing a dialog minimised its parent')


def test_close_in_guest(env, display):
    env.guest.start('/run/g/as-user /run/g/winprobe show 150,150,200x100 brief 4')
    display.until('title=brief', 'mapped')
    env.guest.do('xdotool windowkill ' + env.guest.window('brief').id)
    display.until('title=brief', 'gone')


def test_storm(env, display):
    count, theirs = len(display.list()), len(env.guest.list())
    env.guest.do('/run/g/winprobe storm 200 42')
    env.guest.until(f'count={theirs}')
    display.until(f'count={count}', seconds=20)


def main():
    groups = sys.argv[1:]
    env = Environment('e2e')
    tap = Tap(env.logs)
    try:
        if not tap.test('the guest starts', env.start):
            raise Failure('without a guest there is nothing to test')
        if 'screen' in groups:
            screen = env.display('openbox', '1440x900')  # whatever the guest shows while it boots fits into it
            viewer = whole_screen.before_the_agent(tap, env, screen)
        if not tap.test('the guest boots', env.up):
            raise Failure('without a session there is nothing to test')
        if 'screen' in groups:
            whole_screen.with_the_agent(tap, env, screen, viewer)
        for manager in groups:
            if manager not in ('screen', 'ends'):
                run_under(tap, env, manager)
        if 'ends' in groups:
            open_terminals(env)
            tap.test('a second viewer', test_second_viewer, env)
            tap.test('a resolution nobody has', test_resolutions, env)
            tap.test('QEMU killed ends all cleanly', test_qemu_killed, env)
    except Failure as reason:
        print('Bail out!', reason)
    finally:
        env.end()
    tap.finish()


def run_under(tap, env, manager):
    name = manager.split()[0]
    open_terminals(env)
    display = env.display(None if manager == 'none' else manager)
    viewer = env.viewer(display)
    tests = [test_every_window, test_typing, test_click_and_type, test_host_drag, test_guest_drag,
             test_resize, test_minimise, test_maximise, test_order, test_menu, test_dialog,
             test_close_in_guest, test_storm]
    for function in tests:
        tap.test(f'{name}: {function.__name__[5:]}', function, env, display)
    display.picture(f'{name}.png')
    tap.test(f'{name}: viewer killed and restarted', test_viewer_restart, env, display, viewer)
    tap.test(f'{name}: agent killed and restarted', test_agent_restart, env, display)
    for thing in (env.things.pop(), display):
        thing.end()
        if thing in env.things:
            env.things.remove(thing)


def test_viewer_restart(env, display, viewer):
    before = sorted((w.title, w.place) for w in display.list() if w.managed)
    viewer.end(signal.SIGKILL)
    env.things.remove(viewer)
    display.until('count=0')
    expect(env.machine(), 'the machine noticed the viewer\'s death')
    env.viewer(display)
    for title in TITLES:
        display.until(f'title={title}', 'mapped')
    display.quiet()
    env.guest.quiet()
    after = sorted((w.title, w.place) for w in display.list() if w.managed)
    expect(before == after, f'before {before}, after {after}')
    for title in TITLES:
        same_window(env, display, title)


def test_agent_restart(env, display):
    places = {title: equal_places(env, display, title).place for title in TITLES}
    env.guest.do('busybox killall -KILL oriel-agent-x11')
    display.until('title=one', 'gone')
    env.guest.start('/run/g/as-user /run/g/oriel-agent-x11')
    for title in TITLES:
        display.until(f'title={title}', 'mapped')
        same_window(env, display, title)
        now = equal_places(env, display, title).place
        expect(now == places[title], f'{title} was at {places[title]}, is at {now}')


def test_second_viewer(env):
    """It shows the whole screen and says why; the windows come to it when the first viewer leaves."""
    display, other = env.display('openbox'), env.display('openbox', '1024x700')
    first = env.viewer(display)
    display.until('title=one', 'mapped', seconds=20)
    second = env.viewer(other)
    other.until(f'title={env.name} (another viewer has its windows)', whole_screen.DESKTOP, 'mapped', seconds=20)
    other.until('count=1')
    same_window(env, display, 'one')
    first.end()
    for title in TITLES:
        other.until(f'title={title}', 'mapped', seconds=20)
    other.until(whole_screen.DESKTOP, 'gone')
    for thing in (first, second, other, display):
        thing.end()
        env.things.remove(thing)


def test_resolutions(env):
    for size in ('1400x1050', '1366x768'):
        display = env.display('openbox', size)
        viewer = env.viewer(display)
        display.until('title=one', 'mapped', seconds=20)
        seen = env.guest.do('n=0; until xdpyinfo | grep -q "dimensions: *%s "; do /bin/busybox usleep 50000; '
                            'n=$((n+1)); [ $n -lt 200 ] || { xdpyinfo | grep dimensions; exit 1; }; done' % size)
        expect(not seen.strip(), seen)
        same_window(env, display, 'one')
        for thing in (viewer, display):
            thing.end()
            env.things.remove(thing)


def test_qemu_killed(env):
    display = env.display('openbox')
    viewer = env.viewer(display)
    display.until('title=one', 'mapped', seconds=20)
    machine = env.machine()
    supervisor = os.pidfd_open(machine['pid'])
    os.kill(machine['qemu_pid'], signal.SIGKILL)
    viewer.child.wait(10)
    expect(viewer.child.returncode == 0, f'the viewer ended with {viewer.child.returncode}')
    display.until('count=0')
    expect(select.select([supervisor], [], [], 10 * SLOW)[0], 'the supervisor goes on')
    os.close(supervisor)
    expect(env.machine() is None, 'the machine is still listed')
    left = env.path('run/oriel')
    expect(not os.path.exists(left) or not os.listdir(left), 'something is left in the runtime directory')


if __name__ == '__main__':
    main()
