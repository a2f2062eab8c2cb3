/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --install: starts the agent with the session. As root for everybody, with a udev rule that lets
 * the user at the seat open the port; as a user for that user only.
 */
#include "agent.h"

#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char entry_text[] = "[Desktop Entry]\n"
                                 "Type=Application\n"
                                 "Name=Oriel guest agent\n"
                                 "Comment=Shows this session's windows on the host\n"
                                 "Exec=%s\n"
                                 "TryExec=%s\n"
                                 "NoDisplay=true\n"
                                 "X-GNOME-Autostart-Phase=Initialization\n";

/* uaccess: the user who sits at the seat; the group is for sessions without a seat. */
static const char rule_text[] =
    "SUBSYSTEM==\"virtio-ports\", ATTR{name}==\"org.oriel.agent.0\", TAG+=\"uaccess\", "
    "GROUP=\"video\", MODE=\"0660\", SYMLINK+=\"virtio-ports/org.oriel.agent.0\"\n";

static int make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0755) && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return 0;
}

static int write_file(const char *path, const char *text, struct err *err)
{
    cleanup_free char *copy = mem_strdup(path);
    FILE *file = make_directories(copy) ? NULL : fopen(path, "we");
    bool wrong = !file || fputs(text, file) < 0;

    if (file && fclose(file))
        wrong = true;
    if (wrong)
        return err_set(err, "cannot write %s: %s", path, strerror(errno));
    printf("wrote %s\n", path);
    return 0;
}

static int own_path(char *out, size_t room, struct err *err)
{
    ssize_t len = readlink("/proc/self/exe", out, room - 1);

    if (len <= 0)
        return err_set(err, "cannot find this program's own path: is /proc mounted?");
    out[len] = 0;
    /* A desktop entry would read these as quoting or as field codes. */
    if (strpbrk(out, " \t\"'\\%$`<>~|&;*?#()"))
        return err_set(err,
                       "%s has characters that a desktop entry cannot carry: copy the agent "
                       "to /usr/local/bin first",
                       out);
    return 0;
}

int install_run(struct err *err)
{
    char self[PATH_MAX], path[PATH_MAX + 64], text[sizeof entry_text + 2 * PATH_MAX];
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool root = geteuid() == 0;

    if (own_path(self, sizeof self, err))
        return -1;
    snprintf(text, sizeof text, entry_text, self, self);
    if (root)
        snprintf(path, sizeof path, "/etc/xdg/autostart/oriel-agent.desktop");
    else if (config && config[0] == '/')
        snprintf(path, sizeof path, "%s/autostart/oriel-agent.desktop", config);
    else if (home)
        snprintf(path, sizeof path, "%s/.config/autostart/oriel-agent.desktop", home);
    else
        return err_set(err, "HOME is not set: say whose sessions the agent is to be started with");
    if (write_file(path, text, err))
        return -1;
    if (!root) {
        puts("For the right to open the port, run the same command once as root.");
        return 0;
    }
    if (write_file("/etc/udev/rules.d/70-oriel-agent.rules", rule_text, err))
        return -1;
    /* Without udev, or in an image that is being built, the next start does it. */
    if (system("udevadm control --reload 2>/dev/null && "
               "udevadm trigger --subsystem-match=virtio-ports 2>/dev/null"))
        puts("The rule takes effect at the next start.");
    return 0;
}
