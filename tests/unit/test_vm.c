/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure part of the vm room: JSON, QMP, what people write, and QEMU's command line. */
#include "base/arith.h"
#include "base/mem.h"
#include "check.h"
#include "vm/config.h"
#include "vm/hmp.h"
#include "vm/qmp.h"

#include <stdlib.h>

static void test_json_answers(void)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"{}", true},
        {" [ 1 , 2 ] ", true},
        {"\"x\"", true},
        {"-0.5e+3", true},
        {"", false},
        {"{} {}", false},
        {"[1,]", false},
        {"{\"a\":1,}", false},
        {"{a:1}", false},
        {"01", false},
        {"1.", false},
        {"+1", false},
        {"nul", false},
        {"\"a\nb\"", false},
        {"\"\\x\"", false},
        {"\"\\u12g4\"", false},
        {"\"\xff\"", false},
        {"\"open", false},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", true},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_document *d = json_parse(cases[i].text, strlen(cases[i].text));

        if ((d != NULL) != cases[i].valid)
            fprintf(stderr, "%s\n", cases[i].text);
        CHECK_INT(d != NULL, cases[i].valid);
        json_document_destroy(d);
    }
}

static void test_json_values(void)
{
    static const char text[] =
        "{\"n\": -12, \"big\": 1e300, \"t\": true, \"s\": \"\\u00fc\\ud83d\\ude00"
        "\\ud800\\n\\u0000\", \"a\": [1, \"two\"], \"n\": 7}";
    struct json_document *d = json_parse(text, sizeof(text) - 1);
    const struct json *root, *a;
    struct buf out = BUF_INIT;

    CHECK(d != NULL);
    root = json_root(d);
    CHECK_INT(json_integer(json_member(root, "n"), 0), -12);
    CHECK_INT(json_integer(json_member(root, "big"), 0), INT64_MAX);
    CHECK_INT(json_integer(json_member(root, "s"), 5), 5);
    CHECK(json_truth(json_member(root, "t"), false));
    CHECK_STR(json_text(json_member(root, "s"), ""),
              "\xc3\xbc\xf0\x9f\x98\x80\xef\xbf\xbd\n\xef\xbf\xbd");
    a = json_member(root, "a");
    CHECK(a && a->type == JSON_ARRAY && a->first->next && !a->first->next->next);
    CHECK_STR(json_text(a->first->next, ""), "two");
    CHECK(!json_member(a, "n") && !json_member(NULL, "n") && !json_member(root, "none"));
    json_document_destroy(d);

    json_put_string(&out, "a\"b\\c\n\x01\xff\xc3\xbc");
    buf_append(&out, "", 1);
    CHECK_STR((char *)out.data, "\"a\\\"b\\\\c\\u000a\\u0001?\xc3\xbc\"");
    d = json_parse(out.data, out.len - 1);
    CHECK(d != NULL);
    CHECK_STR(json_text(d ? json_root(d) : NULL, ""), "a\"b\\c\n\x01?\xc3\xbc");
    json_document_destroy(d);
    buf_finish(&out);
}

static const char session[] =
    "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"VSERPORT_CHANGE\", "
    "\"data\": {\"open\": true, \"id\": \"oriel-agent\"}}\r\n"
    "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n"
    "{\"event\": \"STOP\"}\n";

static void check_session_message(int i, const struct qmp_message *m)
{
    static const enum qmp_kind kinds[] = {QMP_GREETING, QMP_RETURN, QMP_EVENT, QMP_ERROR,
                                          QMP_EVENT};
    static const uint64_t ids[] = {0, 1, 0, 2, 0};

    CHECK_INT(m->kind, kinds[i]);
    CHECK_INT(m->id, ids[i]);
    if (i == 2) {
        CHECK_STR(m->text, "VSERPORT_CHANGE");
        CHECK(json_truth(json_member(m->body, "open"), false));
    } else if (i == 3) {
        CHECK_STR(m->text, "no");
    } else if (i == 4) {
        CHECK(!m->body);
    }
}

/* Cut at every position: the same five messages come, whatever arrives together. */
static void test_qmp_split(void)
{
    size_t len = sizeof(session) - 1;

    for (size_t cut = 0; cut <= len; cut++) {
        struct buf in = BUF_INIT;
        struct qmp_message m;
        struct err err;
        int seen = 0;

        for (int part = 0; part < 2; part++) {
            long n;

            buf_append(&in, session + (part ? cut : 0), part ? len - cut : cut);
            while ((n = qmp_parse(in.data, in.len, &m, &err)) > 0) {
                check_session_message(seen++, &m);
                qmp_message_finish(&m);
                buf_consume(&in, (size_t)n);
            }
            CHECK_INT(n, 0);
        }
        CHECK_INT(seen, 5);
        CHECK_INT(in.len, 0);
        buf_finish(&in);
    }
}

static void test_qmp_refusals(void)
{
    static const char *const wrong[] = {"hello\n", "[]\n", "{}\n", "{\"event\": 5}\n", "\n"};
    uint8_t *endless = mem_alloc0(QMP_MESSAGE_MAX + 1, 1);
    struct buf out = BUF_INIT;
    struct qmp_message m;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK(qmp_parse((const uint8_t *)wrong[i], strlen(wrong[i]), &m, &err) < 0);
    memset(endless, ' ', QMP_MESSAGE_MAX + 1);
    CHECK_INT(qmp_parse(endless, QMP_MESSAGE_MAX, &m, &err), 0);
    CHECK(qmp_parse(endless, QMP_MESSAGE_MAX + 1, &m, &err) < 0);
    free(endless);
    qmp_put_command(&out, 7, "getfd", "{\"fdname\":\"d\"}");
    qmp_put_command(&out, 8, "quit", NULL);
    buf_append(&out, "", 1);
    CHECK_STR((char *)out.data,
              "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"d\"},\"id\":7}\r\n"
              "{\"execute\":\"quit\",\"id\":8}\r\n");
    buf_finish(&out);
}

static void test_serial_ports(void)
{
    static const char *const wrong[] = {"", "0", "-1", "x", "2x", "com", "4", "99999999999"};
    struct vm_config c;
    struct err err;

    vm_config_init(&c);
    CHECK_INT(vm_serial_count(&c), 1);
    CHECK(vm_parse_serial("2", &c, &err) == 0 && vm_parse_serial("virtio", &c, &err) == 0);
    CHECK_INT(vm_serial_count(&c), 3);
    CHECK(c.serial[1] == VM_SERIAL_UART && c.serial[2] == VM_SERIAL_VIRTIO);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK(vm_parse_serial(wrong[i], &c, &err) < 0);
    CHECK_INT(vm_serial_count(&c), 3);
    CHECK(vm_parse_serial("2", &c, &err) == 0 && vm_parse_serial("1", &c, &err) < 0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(vm_parse_serial("virtio", &c, &err), 0);
    CHECK(vm_parse_serial("virtio", &c, &err) < 0);
    CHECK_INT(vm_serial_count(&c), VM_SERIAL_MAX);
    vm_config_finish(&c);
}

static void test_what_people_write(void)
{
    static const struct {
        const char *text;
        unsigned mib; /* 0: refused */
    } sizes[] = {{"512", 512}, {"512M", 512},      {"4G", 4096}, {"2g", 2048},        {"16m", 16},
                 {"", 0},      {"x", 0},           {"-5", 0},    {"5T", 0},           {"4GB", 0},
                 {"15", 0},    {"0", 0},           {"1.5G", 0},  {"99999999999G", 0}, {" 512", 0},
                 {"5000G", 0}, {"4096G", 4u << 20}};
    static const char *const names[] = {"", ".x", "a/b", "a b", "-x", "..", "a\n", "\xc3\xbc"};
    static const char *const screens[] = {"",      "1400",  "1400x",    "x1050",       "1400*1050",
                                          "63x64", "64x63", "16385x64", "1400x1050x2", "-1x5"};
    static const char *const texts[] = {"",    "x",   "10",    "10G",
                                        "65M", "-1M", "64KiB", "9999999999999999999K"};
    unsigned mib, w = 0, h = 0, cpus;
    size_t bytes;
    enum vm_accel accel;
    struct err err;
    char longest[VM_NAME_MAX + 2];

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        mib = 0;
        CHECK_INT(vm_parse_memory(sizes[i].text, &mib, &err), sizes[i].mib ? 0 : -1);
        CHECK_INT(mib, sizes[i].mib);
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK(vm_parse_name(names[i], &err) < 0);
    memset(longest, 'a', sizeof(longest));
    longest[VM_NAME_MAX + 1] = 0;
    CHECK(vm_parse_name(longest, &err) < 0);
    longest[VM_NAME_MAX] = 0;
    CHECK(vm_parse_name(longest, &err) == 0 && vm_parse_name("a.b_c-1", &err) == 0);
    for (size_t i = 0; i < ARRAY_LEN(screens); i++)
        CHECK(vm_parse_screen(screens[i], &w, &h, &err) < 0);
    CHECK(w == 0 && vm_parse_screen("1366x768", &w, &h, &err) == 0 && w == 1366 && h == 768);
    CHECK(vm_parse_cpus("0", &cpus, &err) < 0 && vm_parse_cpus("256", &cpus, &err) < 0);
    CHECK(vm_parse_cpus("255", &cpus, &err) == 0 && cpus == 255);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        CHECK(vm_parse_clipboard(texts[i], &bytes, &err) < 0);
    CHECK(!vm_parse_clipboard("64K", &bytes, &err) && bytes == 64 << 10);
    CHECK(!vm_parse_clipboard("64m", &bytes, &err) && bytes == 64 << 20);
    CHECK(!vm_parse_clipboard("0", &bytes, &err) && !bytes);
    test_serial_ports();
    CHECK(vm_parse_accel("hvf", &accel, &err) < 0);
    CHECK(vm_parse_accel("tcg", &accel, &err) == 0 && accel == VM_ACCEL_TCG);
}

/* ---- The command line: a description, and words that stand in it one after the other ---- */

static void disk(struct vm_config *c, const char *path, enum vm_format format, bool read_only)
{
    struct vm_disk *d = vm_config_add_disk(c);

    *d = (struct vm_disk){mem_strdup(path), format, read_only};
}

static void describe_default(struct vm_config *c)
{
    disk(c, "/images/a.qcow2", VM_FORMAT_QCOW2, false);
}

static void describe_kernel(struct vm_config *c)
{
    c->kernel = mem_strdup("/boot/vmlinux");
    vm_strings_add(&c->initrds, "/boot/initrd");
    c->append = mem_strdup("console=ttyS0 quiet");
    disk(c, "/images/root,1.sqfs", VM_FORMAT_RAW, true);
    c->accel = VM_ACCEL_KVM;
    c->memory_mib = 512;
    c->cpus = 4;
    c->width = 1400;
    c->height = 1050;
}

static void describe_cd(struct vm_config *c)
{
    disk(c, "/images/a.img", VM_FORMAT_RAW, false);
    disk(c, "/images/a.iso", VM_FORMAT_CD, true);
    vm_strings_add(&c->extra, "-sandbox");
    vm_strings_add(&c->extra, "off");
    c->serial[0] = VM_SERIAL_VIRTIO;
    c->n_serial = 4;
}

static const struct {
    void (*describe)(struct vm_config *c);
    int initrd;
    const char *words; /* separated by one '|' */
    bool stands;       /* false: must not */
} lines[] = {
    {describe_default, -1, "-nodefaults|-no-user-config", true},
    {describe_default, -1, "-name|guest,,1", true},
    {describe_default, -1, "-accel|tcg,thread=multi|-cpu|max,la57=off|-smp|2|-m|2048", true},
    {describe_default, -1,
     "-sandbox|on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", true},
    {describe_default, -1,
     "-drive|file=/images/a.qcow2,if=none,id=disk0,format=qcow2|-device|"
     "virtio-blk-pci,drive=disk0,bootindex=0",
     true},
    {describe_default, -1, "-display|dbus,p2p=yes|-device|virtio-vga|", true},
    {describe_default, -1, "-chardev|socket,id=oriel-qmp,fd=10|-mon|chardev=oriel-qmp,mode=control",
     true},
    {describe_default, -1,
     "-chardev|socket,id=oriel-relay,fd=11|-mon|chardev=oriel-relay,mode=control", true},
    {describe_default, -1, "-chardev|socket,id=oriel-serial0,fd=12|-serial|chardev:oriel-serial0|",
     true},
    {describe_default, -1, "oriel-serial1", false},
    {describe_cd, -1,
     "-chardev|socket,id=oriel-serial0,fd=12|-device|virtconsole,bus=oriel-ports.0,"
     "chardev=oriel-serial0,name=org.oriel.serial.0|"
     "-chardev|socket,id=oriel-serial1,fd=22|-serial|chardev:oriel-serial1|"
     "-chardev|socket,id=oriel-serial2,fd=32|-serial|chardev:oriel-serial2|"
     "-chardev|socket,id=oriel-serial3,fd=42|-device|pci-serial,chardev=oriel-serial3|",
     true},
    {describe_default, -1, "-chardev|socket,id=oriel-agent,fd=13", true},
    {describe_default, -1, "-kernel", false},
    {describe_kernel, -1, "-kernel|/boot/vmlinux|-initrd|/boot/initrd|-append|console=ttyS0 quiet",
     true},
    {describe_kernel, 14, "-kernel|/boot/vmlinux|-initrd|/proc/self/fd/14|-append", true},
    {describe_kernel, -1,
     "-drive|file=/images/root,,1.sqfs,if=none,id=disk0,format=raw,readonly=on|-device|"
     "virtio-blk-pci,drive=disk0,bootindex=1",
     true},
    {describe_kernel, -1, "-accel|kvm,kernel-irqchip=split|-cpu|host|-smp|4|-m|512", true},
    {describe_kernel, -1, "|virtio-vga,xres=1400,yres=1050|", true},
    {describe_cd, -1, "format=raw,readonly=on,media=cdrom|-device|ide-cd,drive=disk1,bootindex=1",
     true},
    {describe_cd, -1, "-sandbox|on", false},
    {describe_cd, -1, "|-sandbox|off|$", true},
};

static void test_command_lines(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct vm_fds fds = {10, 11, {12, 22, 32, 42}, 13, lines[i].initrd};
        struct vm_strings argv = {NULL, 0};
        struct buf joined = BUF_INIT;
        struct vm_config c;

        vm_config_init(&c);
        c.name = mem_strdup("guest,1");
        lines[i].describe(&c);
        if (c.accel == VM_ACCEL_AUTO)
            c.accel = VM_ACCEL_TCG;
        vm_command_line(&c, &fds, &argv);
        CHECK_STR(argv.items[0], "qemu-system-x86_64");
        CHECK(!argv.items[argv.count]);
        for (size_t k = 0; k < argv.count; k++) {
            json_put_raw(&joined, argv.items[k]);
            json_put_raw(&joined, "|");
        }
        buf_append(&joined, "$", 2);
        if (!strstr((char *)joined.data, lines[i].words) == lines[i].stands)
            fprintf(stderr, "%s\nin %s\n", lines[i].words, (char *)joined.data);
        CHECK_INT(strstr((char *)joined.data, lines[i].words) != NULL, lines[i].stands);
        buf_finish(&joined);
        vm_strings_finish(&argv);
        vm_config_finish(&c);
    }
}

static void test_frames(void)
{
    static const struct {
        const char *text;
        long len;
    } cases[] = {
        {"{}", 2},
        {" \r\n\t{}x", 6},
        {"{\"a\": \"}\"} ", 10},
        {"{\"\\\"}\": [{}, []]}{", 17},
        {"", 0},
        {"  ", 0},
        {"{", 0},
        {"{\"}", 0},
        {"{[}", 0},
        {"{\"\\", 0},
        {"x", -1},
        {" [1]", -1},
        {"}", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_INT(qmp_frame((const uint8_t *)cases[i].text, strlen(cases[i].text)), cases[i].len);
    for (size_t n = 0; n < 17; n++)
        CHECK_INT(qmp_frame((const uint8_t *)cases[3].text, n), 0);
}

static void test_names(void)
{
    static const char help[] =
        "announce_self [interfaces] [id] -- Trigger announcements\r\n"
        "block_job_cancel [-f] device -- stop (use -f\r\n\t\t\t if you want)\r\n"
        "c|cont  -- resume emulation\r\n"
        "info [subcommand] -- show various information about the system state\r\n"
        "info block-jobs  -- show progress\r\n"
        "not a description\r\n-- neither\n b\303\244d -- no name\nlast -- without an end";
    static const char *const want[] = {"announce_self", "block_job_cancel", "c",   "cont",
                                       "info",          "block-jobs",       "last"};
    static const char *const refused[] = {
        "unknown command: 'foo'\r\n", "Error: Device 'foo' not found\r\n",
        "x: integer expected\r\nTry \"help x\" for more information\r\n",
        "invalid parameter: foo\r\n"};
    struct vm_strings names = {NULL, 0};

    hmp_add_names(help, &names);
    CHECK_INT(names.count, ARRAY_LEN(want));
    for (size_t i = 0; i < names.count && i < ARRAY_LEN(want); i++)
        CHECK_STR(names.items[i], want[i]);
    vm_strings_finish(&names);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        CHECK(hmp_is_refusal(refused[i]));
    CHECK(!hmp_is_refusal("") && !hmp_is_refusal("VM status: running\r\n"));
}

int main(void)
{
    test_frames();
    test_names();
    test_json_answers();
    test_json_values();
    test_qmp_split();
    test_qmp_refusals();
    test_what_people_write();
    test_command_lines();
    return check_result();
}
